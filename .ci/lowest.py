"""Print constraints for pip: the lowest versions that pyproject.toml allows, and torch as constraints.txt pins it."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def direct() -> list[str]:
    """Return all that pyproject.toml asks for, extras included but for `dev`: the rest of that is the extra `test`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {name: extra for name, extra in project["optional-dependencies"].items() if name != "dev"}
    return [*project["dependencies"], *(each for extra in extras.values() for each in extra)]


def lowest(requirements: list[str]) -> list[str]:
    """Return each requirement once, with its lower bound as the one version; torch is left out."""
    bounds = {each.replace(">=", "==") for each in requirements if not each.startswith("torch>")}
    return sorted(bounds)


def pinned_torch() -> str:
    """Return the line of constraints.txt that pins torch."""
    return next(line for line in (ROOT / "constraints.txt").read_text().splitlines() if line.startswith("torch=="))


if __name__ == "__main__":
    print("\n".join([*lowest(direct()), pinned_torch()]))
