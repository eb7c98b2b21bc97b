"""λ is `--lambda` in every command, and its older spelling still works."""

from pathlib import Path

import click
import pytest

from annotator.commands.rounds import start
from learner.__main__ import main as learner


@pytest.mark.parametrize("spelling", ["--lambda", "--weight"])
def test_a_round_takes_both_spellings(tmp_path: Path, spelling: str) -> None:
    project = tmp_path / "p.db"
    project.touch()
    with start.make_context("start", [str(project), spelling, "0.7"]) as context:
        assert context.params["weight"] == 0.7


def test_help_shows_one_spelling(capsys: pytest.CaptureFixture[str]) -> None:
    text = start.get_help(click.Context(start))
    assert "--lambda FLOAT" in text
    assert "--weight" not in text
    with pytest.raises(SystemExit):
        learner(["train", "--help"])
    assert "--lambda X" in capsys.readouterr().out
