"""Every failure is a sentence: hostile arguments, hostile messages from a browser, and our own faults."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator import failures
from annotator.answering.message import read_message, receive
from annotator.answering.screen import ScreenRequest, screen
from annotator.cli import main
from annotator.errors import Refused
from annotator.project.projects import create_project
from annotator.reviewing import browsing, history, review
from annotator.reviewing.message import read_review_message
from db.errors import StoreError
from db.records import Person
from db.store import Store
from db.team import people

pytestmark = pytest.mark.slow


def commands(command: click.Command, name: str = "whylight") -> dict[str, click.Command]:
    if isinstance(command, click.Group):
        inner = [commands(each, f"{name} {key}") for key, each in command.commands.items()]
        return {name: each for found in inner for name, each in found.items()}
    return {name: command}


COMMANDS = commands(main)

quick = settings(
    max_examples=8,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

HOSTILE = st.one_of(
    st.sampled_from(
        [
            *("", " ", "\0", "a\0b", "\ud800", "\u202ex", "x" * 250, "x" * 5000, ".", "..", "-", "--", "~"),
            *(
                "folder",
                "p.db",
                "broken.db",
                "s.txt",
                "p.db/inside",
                "America",
                "gold",
                "'; DROP TABLE people; --",
                "[red]x[/red]",
            ),
            *("0", "-1", "1", str(2**31), str(2**63), str(2**64), "1e309", "nan", "inf", "-inf", "1_0", "\u0661"),
        ]
    ),
    # No slash, so that paths stay in the test's own folder.
    st.text(st.characters(exclude_characters="/"), max_size=20),
)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project, a folder, a broken project and a file of sentences."""
    made = tmp_path_factory.mktemp("untouched")
    create_project(made / "p.db", labels=["none", "event"], no_rationale=["none"]).close()
    (made / "folder").mkdir()
    (made / "folder/demo.db").touch()
    (made / "broken.db").write_bytes(b"SQLite format 3\0" + bytes(200))
    (made / "s.txt").write_text("The ship sank.\nIt was late.\n")
    return made


@pytest.fixture
def go_to_new_place(untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that makes such a folder of that name and goes there."""

    def go(name: str) -> Path:
        place = tmp_path / name
        shutil.copytree(untouched, place)
        monkeypatch.chdir(place)
        monkeypatch.setenv("TMPDIR", str(place))
        monkeypatch.setattr("tempfile.tempdir", str(place))
        return place

    return go


@pytest.fixture
def place(go_to_new_place: Callable[[str], Path]) -> Path:
    """Such a folder, for one test."""
    return go_to_new_place("place")


def good(parameter: click.Parameter) -> str:
    """Return a value that the parameter accepts."""
    if isinstance(parameter.type, click.Choice):
        return str(parameter.type.choices[0])
    named = {"project": "p.db", "file": "s.txt", "backup": "p.db", "source": "s.txt", "target": "out.jsonl"}
    return named.get(parameter.name or "", "0.5" if parameter.type is click.FLOAT else "1")


def line(name: str, tried: click.Parameter, value: str) -> list[str]:
    """Return a command line in which one parameter has this value, and the other required ones a good value."""
    given, places = name.split()[1:], []
    if name == "whylight demo":
        given += ["--no-serve", "--dir=folder"]  # which already has a demo
    for parameter in COMMANDS[name].params:
        if parameter is not tried and not parameter.required:
            continue
        text = value if parameter is tried else good(parameter)
        if name == "whylight serve" and parameter.name == "project":
            # Serving a real project would replace this process and never end.
            text = "broken.db" if parameter is not tried or value == "p.db" else value
        if isinstance(parameter, click.Argument):
            places.append(text)
        elif parameter.is_flag:
            given.append(parameter.opts[0])
        else:
            given.append(f"{parameter.opts[0]}={text}")
    return [*given, "--", *places]


def parameters(name: str) -> Iterator[click.Parameter]:
    for parameter in COMMANDS[name].params:
        if (name, parameter.name) not in {("whylight demo", "folder"), ("whylight demo", "serve")}:
            yield parameter


def is_a_sentence(result: Any) -> bool:
    escaped = result.exception is not None and not isinstance(result.exception, SystemExit)
    return not escaped and result.exit_code in (0, 1, 2) and "Traceback (most recent" not in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_no_argument_of_any_command_ends_in_a_traceback(go_to_new_place: Callable[[str], Path], name: str) -> None:
    for number, parameter in enumerate(parameters(name)):
        go_to_new_place(str(number))
        try_values_of(name, parameter)


def try_values_of(name: str, parameter: click.Parameter) -> None:
    @quick
    @given(value=HOSTILE)
    def attempt(value: str) -> None:
        arguments = line(name, parameter, value)
        result = CliRunner().invoke(main, arguments, input="")
        assert is_a_sentence(result), (arguments, result.exception, result.output)

    attempt()


@pytest.mark.parametrize("folder", ["s.txt", "a\0b", "x" * 300, "p.db/inside"])
def test_a_demo_that_can_be_nowhere_says_so(place: Path, folder: str) -> None:
    assert is_a_sentence(CliRunner().invoke(main, ["demo", "--no-serve", f"--dir={folder}"]))


def test_a_project_name_that_is_too_long_is_refused_in_a_sentence(place: Path) -> None:
    result = CliRunner().invoke(main, ["init", "x" * 253, "--label", "a", "--label", "b"])
    assert result.exit_code == 1
    assert "File name too long" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_fault_of_ours_in_a_command_is_a_sentence_and_a_private_log(place: Path) -> None:
    with Store.open(place / "p.db") as store, store.writing() as db:
        db.execute("INSERT INTO audit (person_id, action, detail, at_ms) VALUES (NULL, 'x', '{}', ?)", [2**62])
    result = CliRunner().invoke(main, ["audit", "p.db"])
    log = place / "p.db.log"
    assert result.exit_code == 1
    assert f"{log.name} has the details to report" in result.stderr
    assert "Traceback" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_that_is_a_link_is_not_followed(place: Path) -> None:
    (place / "p.db.log").symlink_to(place / "elsewhere")
    said = failures.log_failure(ValueError("x"), place / "p.db", "This command")
    assert not (place / "elsewhere").exists()
    assert f"whylight-{os.getuid()}.log" in said


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([2**53, 2**63, 2**64, -1, 0, 1]),
        st.floats(),
        st.text(max_size=12),
        st.sampled_from(["\0", "\ud800", "x" * 5000, "answer", "skip", "adjudicated", "gold-1", "browser-key-1"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
ANSWER = {
    **{"key": "browser-key-1", "sentence_id": 1, "kind": "answer", "label": 1, "marks": "..+.", "seconds": 2.0},
    **{"seconds_to_first_mark": 1.0, "edits": 0, "shown": [], "guidelines_version": None, "saliency_round": None},
    **{"marks_at_reveal": None, "note": "", "flagged": False},
}
DECISION = {"sentence_id": 1, "label": 1, "marks": "..+.", "key": "decision-1", "note": None}

of_messages = settings(quick, max_examples=25)


@pytest.mark.parametrize("field", ANSWER)
def test_any_value_of_a_field_of_an_answer_has_a_receipt(store: Store, anna: Person, field: str) -> None:
    @of_messages
    @given(value=ANYTHING)
    def attempt(value: object) -> None:
        item = ANSWER | {field: value}
        receipts = receive(store, anna, read_message({"outbox": [item]}))
        assert len(receipts) == isinstance(item["key"], str)

    attempt()


@pytest.mark.parametrize("field", DECISION)
def test_any_value_of_a_field_of_a_decision_has_a_receipt(store: Store, field: str) -> None:
    ada = people.add(store, "Ada", role="admin")

    @of_messages
    @given(value=ANYTHING)
    def attempt(value: object) -> None:
        item = DECISION | {field: value}
        receipts = review.settle_all(store, ada, read_review_message({"decisions": [item]}))
        assert len(receipts) == isinstance(item["key"], str)

    attempt()


@of_messages
@given(message=ANYTHING, field=st.sampled_from(["outbox", "holding", "has", "beside", "anew", "decisions", "admit"]))
def test_any_message_is_answered(store: Store, anna: Person, message: object, field: str) -> None:
    for sent in (message, {field: message}, {field: [message]}):
        read = read_message(sent)
        receive(store, anna, read)
        drawn = screen(store, anna, ScreenRequest(holding=read.holding, has=read.has, neighbours=read.neighbours))
        assert drawn["person"]


@of_messages
@given(name=HOSTILE)
def test_any_sentence_that_an_address_names_is_shown_or_refused(store: Store, name: str) -> None:
    ada = people.find(store, "Ada") or people.add(store, "Ada", role="admin")
    for read in (history.sentence_history, browsing.describe_sentence):
        with suppress(Refused, StoreError):
            read(store, name, actor=ada)
