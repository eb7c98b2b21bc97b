"""Each package draws its errors in the docstring of its `errors.py`: the drawing is the truth."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("package", ["annotator", "db", "learner", "whylight"])
def test_the_tree_that_is_drawn_is_the_tree_of_the_classes(package: str) -> None:
    drawn = importlib.import_module(f"{package}.errors").__doc__ or ""
    assert _drawn(drawn) == _defined(package)


def _drawn(text: str) -> dict[str, str | None]:
    """Return the parent of each error of a drawing; None for one without."""
    parents: dict[str, str | None] = {}
    above: list[str] = []
    for line in text.splitlines():
        found = re.match(r"((?:[│ ]   )*)(├── |└── |)([A-Z]\w+)(?:$|  )", line)
        if found:
            depth = len(found[1]) // 4 + bool(found[2])
            above = [*above[:depth], found[3]]
            parents[found[3]] = above[-2] if depth else None
    return parents


def _defined(package: str) -> dict[str, str | None]:
    """Return the parent of each error that a package defines for other modules; None where it is not one of ours."""
    for file in sorted((ROOT / package).rglob("*.py")):
        if file.stem != "__main__":
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    public = [each for each in _below(BaseException) if not each.__name__.startswith("_")]
    ours = [each for each in public if each.__module__.split(".")[0] == package]
    return {each.__name__: _name_of_parent(each, ours) for each in ours}


def _below(error: type[BaseException]) -> set[type[BaseException]]:
    return {error}.union(*(_below(each) for each in error.__subclasses__()))


def _name_of_parent(error: type[BaseException], ours: list[type[BaseException]]) -> str | None:
    return next((each.__name__ for each in error.__bases__ if each in ours), None)
