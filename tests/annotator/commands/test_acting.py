"""Commands that act as a person, and commands that ask first."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from annotator.cli import main
from annotator.project.permissions import RANKS
from db.store import Store

pytestmark = pytest.mark.slow

LINES = [
    {"id": "a", "text": "The ship sank.", "label": "event", "marks": "..+.", "split": "train"},
    {"id": "b", "text": "A boat slept.", "label": "none", "split": "train"},
    {"id": "c", "text": "It was late.", "split": "train"},
]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **more: CliRunner().invoke(main, arguments, **more)


@pytest.fixture
def project(run: Run, tmp_path: Path) -> Path:
    """A project with three sentences, two answers, and Anna, who is active; Ben is not."""
    (tmp_path / "s.jsonl").write_text("\n".join(map(json.dumps, LINES)))
    for command in (
        ["init", "p.db", "--label", "none", "--label", "event", "--no-rationale", "none"],
        ["import", "p.db", "s.jsonl", "--answers", "keep"],
        ["person", "add", "p.db", "Anna", "--role", "admin"],
        ["person", "add", "p.db", "Ben"],
        ["person", "add", "p.db", "Cem"],
        ["person", "deactivate", "p.db", "Ben"],
        ["backup", "p.db", "before.db"],
    ):
        assert run(*command).exit_code == 0
    return tmp_path / "p.db"


def newest_deed(run: Run) -> dict[str, Any]:
    result = run("audit", "p.db", "--limit", "1", "--json")
    (row,) = json.loads(result.stdout.splitlines()[-1])["audit"]
    return dict(row)


ACTING = {
    "import": ["import", "p.db", "more.jsonl"],
    "person added": ["person", "add", "p.db", "Zoe"],
    "person deactivated": ["person", "deactivate", "p.db", "Cem"],
    "person activated": ["person", "activate", "p.db", "Ben"],
    "backup": ["backup", "p.db"],
    "restored": ["restore", "p.db", "before.db", "--yes"],
    "export": ["export", "p.db", "out.jsonl"],
    "word rule added": ["word-rule", "add", "p.db", "ship"],
}


@pytest.fixture
def more(tmp_path: Path) -> None:
    (tmp_path / "more.jsonl").write_text(json.dumps({"text": "One more."}))


@pytest.mark.parametrize("action", ACTING)
def test_the_audit_names_the_person_a_command_is_given_for(run: Run, project: Path, more: None, action: str) -> None:
    assert run(*ACTING[action], "--as", "anna").exit_code == 0
    deed = newest_deed(run)
    assert (deed["action"], deed["person"]) == (action, "Anna")


@pytest.mark.parametrize("action", ACTING)
def test_without_a_name_the_audit_says_command_line(run: Run, project: Path, more: None, action: str) -> None:
    assert run(*ACTING[action]).exit_code == 0
    assert newest_deed(run)["person"] is None
    assert "command line" in run("audit", "p.db", "--limit", "1").stdout


@pytest.mark.parametrize("action", ACTING)
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Max", "add them with `whylight person add`"),
        ("Ben", "Ben was deactivated"),
        ("gold", "no person 'gold' who can"),
    ],
)
def test_a_person_who_cannot_act_stops_the_command(
    run: Run, project: Path, more: None, action: str, name: str, says: str
) -> None:
    before = newest_deed(run)
    result = run(*ACTING[action], "--as", name)
    assert (result.exit_code, says in result.stderr) == (1, True), result.output
    assert newest_deed(run) == before


OPENS_NO_PROJECT = {
    "whylight convert": "reads and writes files of sentences",
    "whylight demo": "makes a project of its own",
    "whylight init": "makes a project that has nobody yet",
    "whylight pool build": "reads files of sentences and writes shards",
    "whylight simulate": "makes projects of its own",
}


def commands(command: click.Command, name: str = "whylight") -> dict[str, click.Command]:
    if isinstance(command, click.Group):
        inner = [commands(each, f"{name} {key}") for key, each in command.commands.items()]
        return {name: each for found in inner for name, each in found.items()}
    return {name: command}


@pytest.mark.parametrize("name", commands(main))
def test_every_command_on_a_project_takes_the_person_it_acts_as(name: str) -> None:
    options = [option for parameter in commands(main)[name].params for option in parameter.opts]
    assert ("--as" in options) != (name in OPENS_NO_PROJECT)


READING = {
    "stats": ("researcher", ["stats", "p.db"]),
    "queue": ("researcher", ["queue", "p.db"]),
    "audit": ("researcher", ["audit", "p.db"]),
    "history": ("researcher", ["history", "p.db", "a"]),
    "agreement": ("researcher", ["agreement", "p.db"]),
    "leases": ("researcher", ["leases", "p.db"]),
    "label list": ("researcher", ["label", "list", "p.db"]),
    "guidelines list": ("researcher", ["guidelines", "list", "p.db"]),
    "guidelines show": ("annotator", ["guidelines", "show", "p.db"]),
    "round list": ("researcher", ["round", "list", "p.db"]),
    "round show": ("researcher", ["round", "show", "p.db", "1"]),
    "person list": ("admin", ["person", "list", "p.db"]),
    "doctor": ("admin", ["doctor", "p.db"]),
    "serve": ("admin", ["serve", "p.db", "--address", "0.0.0.0"]),
}


@pytest.mark.parametrize("name", READING)
def test_a_command_that_reads_asks_for_the_role_that_its_page_asks_for(run: Run, project: Path, name: str) -> None:
    least, command = READING[name]
    for role in ("annotator", "researcher"):
        run("person", "role", "p.db", "Cem", role)
        refused = "but this takes" in run(*command, "--as", "Cem").stderr
        assert refused == (RANKS[role] < RANKS[least])
    assert "Ben was deactivated" in run(*command, "--as", "Ben").stderr


def test_the_environment_names_the_person_and_the_option_goes_first(run: Run, project: Path) -> None:
    assert run("backup", "p.db", env={"WHYLIGHT_PERSON": "Anna"}).exit_code == 0
    assert newest_deed(run)["person"] == "Anna"
    assert run("backup", "p.db", "b.db", "--as", "Anna", env={"WHYLIGHT_PERSON": "nobody"}).exit_code == 0


def test_a_round_s_start_and_cancelling_are_in_the_audit(run: Run, project: Path) -> None:
    quick = ["--steps", "100000", "--vectors", "random"]
    assert run("round", "start", "p.db", *quick, "--as", "Anna").exit_code == 0
    assert (newest_deed(run)["action"], newest_deed(run)["person"]) == ("round started", "Anna")
    assert run("round", "cancel", "p.db", "1", "--as", "Anna").exit_code == 0
    assert (newest_deed(run)["action"], newest_deed(run)["person"]) == ("round cancelled", "Anna")


def test_a_restore_without_a_terminal_and_without_yes_changes_nothing(run: Run, project: Path) -> None:
    content = project.read_bytes()
    result = run("restore", "p.db", "before.db")
    assert result.exit_code == 1
    assert "add --yes" in result.stderr
    assert "the backup" in result.stdout
    assert project.read_bytes() == content


@pytest.mark.parametrize(("typed", "code"), [(b"n\n", 1), (b"y\n", 0)])
def test_a_restore_asks_at_the_terminal_and_follows_the_answer(
    run: Run, project: Path, more: None, typed: bytes, code: int
) -> None:
    run("import", "p.db", "more.jsonl")
    ours, theirs = pty.openpty()
    os.write(ours, typed)
    command = [sys.executable, "-m", "annotator", "restore", "p.db", "before.db"]
    done = subprocess.run(command, stdin=theirs, capture_output=True, text=True, check=False)
    os.close(ours)
    os.close(theirs)
    assert (done.returncode, "Replace p.db with before.db?" in done.stderr) == (code, True), done.stderr
    assert ("Nothing was changed" in done.stderr) == (code == 1)
    sentences = json.loads(run("stats", "p.db", "--json").stdout.splitlines()[-1])["sentences"]
    assert sum(sentences.values()) == (4 if code else 3)


def test_more_people_answer_each_sentence_where_init_says_so(run: Run, project: Path) -> None:
    assert run("init", "two.db", "--label", "none", "--label", "event", "--overlap", "2").exit_code == 0
    assert run("import", "two.db", "s.jsonl").exit_code == 0
    facts = json.loads(run("stats", "two.db", "--json").stdout.splitlines()[-1])
    assert (facts["project"]["overlap"], facts["slots"]["open"]) == (2, 6)
    assert "overlap" in run("stats", "two.db").stdout


@pytest.mark.parametrize("overlap", ["0", "21", "-1", "two", str(2**63)])
def test_an_overlap_out_of_range_makes_no_project(run: Run, tmp_path: Path, overlap: str) -> None:
    result = run("init", "new.db", "--label", "a", "--label", "b", "--overlap", overlap)
    assert result.exit_code == 1
    assert "1<=x<=20" in result.stderr or "not a valid integer" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_restored_project_knows_who_restored_it_even_if_they_are_new(run: Run, project: Path) -> None:
    run("person", "add", "p.db", "Zoe")
    refused = run("restore", "p.db", "before.db", "--yes", "--as", "Zoe")
    assert (refused.exit_code, "takes an admin" in refused.stderr) == (1, True)
    run("person", "role", "p.db", "Zoe", "admin")
    assert run("restore", "p.db", "before.db", "--yes", "--as", "Zoe").exit_code == 0
    deed = newest_deed(run)
    assert (deed["person"], deed["detail"]["by"]) == (None, "Zoe")
    with Store.open(project) as store:
        assert store.db.execute("SELECT count(*) FROM people WHERE name = 'Zoe'").fetchone() == (0,)
