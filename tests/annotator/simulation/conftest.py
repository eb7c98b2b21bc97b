"""A small data set whose answers are known: a sentence with the word of its label, which is marked."""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from annotator.cli import main
from annotator.simulation.gold import Gold
from annotator.simulation.plan import Plan
from annotator.simulation.template import make_template

OTHERS = ("the", "day", "was", "long", "and", "we", "walked", "home", "slowly", "again")
Line = dict[str, Any]
WriteData = Callable[..., Path]


def made_lines(*, pool: int = 48, dev: int = 24, test: int = 12) -> list[Line]:
    """Return so many lines of each split: half of them of the label `event`, with one marked word."""
    draw = random.Random(0)
    found = []
    for split, number in (("train", pool), ("dev", dev), ("test", test)):
        for place in range(number):
            tokens = [*draw.sample(OTHERS, k=4), f"{split}{place}"]
            is_event = place % 2 == 0
            at = draw.randrange(4)
            tokens[at] = "ran" if is_event else "sat"
            marks = "".join("+" if is_event and index == at else "." for index in range(5))
            label = "event" if is_event else "none"
            found.append({"id": f"{split}-{place}", "tokens": tokens, "label": label, "marks": marks, "split": split})
    return found


@pytest.fixture
def lines() -> Callable[..., list[Line]]:
    """Return lines of the data set, to be changed before they are written."""
    return made_lines


@pytest.fixture
def write_data(tmp_path: Path) -> WriteData:
    """Write lines, by default made ones, into a file and return it."""

    def write(content: Sequence[Line] | None = None, *, name: str = "days.jsonl", **sizes: int) -> Path:
        path = tmp_path / name
        rows = made_lines(**sizes) if content is None else content
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def made_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of that data, which no test changes."""
    path = tmp_path_factory.mktemp("data") / "days.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in made_lines()), encoding="utf-8")
    return path


@pytest.fixture
def run() -> Callable[..., Result]:
    """Return a function that runs `whylight` with its arguments, in this process."""
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="session")
def template_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Gold], Path]:
    """Return the template for a data set, made once for all tests."""
    folder = tmp_path_factory.mktemp("templates")
    return lambda gold: make_template(folder, gold)


@pytest.fixture
def make_plan(write_data: WriteData) -> Callable[..., Plan]:
    """Plan a simulation of the paper's network on that data, with few steps; its settings can be replaced."""

    def plan(data: Path | None = None, **chosen: Any) -> Plan:
        usual: dict[str, Any] = {
            "sizes": (8, 14),
            "seeds": (0,),
            "encoders": ("static",),
            "losses": ("default",),
            "vectors": "random",
            "steps": 2,
            "device": "cpu",
        }
        return Plan(data or write_data(), **(usual | chosen))

    return plan
