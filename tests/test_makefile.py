"""The commands that developers run: what `make` would do, without doing it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Return an interpreter that only says its version."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 3.99\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("goal", ["newest", "oldest"])
def test_each_version_of_python_has_an_environment_of_its_own(python: Path, goal: str) -> None:
    made, *_, tried = _commands(goal, python)
    assert made == f"{python} -m venv --clear .venv-{goal}-3.99"
    assert f".venv-{goal}-3.99/bin/python -m pytest" in tried


def test_the_newest_releases_are_looked_up_every_time(python: Path) -> None:
    have_it = ["-o", ".venv-newest-3.99/bin/python"]
    assert any("--upgrade-strategy eager" in command for command in _commands("newest", python, *have_it))


def _commands(goal: str, python: Path, *options: str) -> list[str]:
    make = ["make", "--dry-run", "--no-print-directory", *options, goal, f"PYTHON={python}"]
    outside = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    return subprocess.run(make, cwd=ROOT, env=outside, capture_output=True, text=True, check=True).stdout.splitlines()
