"""What a session keeps between two runs of a page: a value, a default, and one subject at a time."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import streamlit as st

from annotator.pages.kept import Kept, KeptFor


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """A session's state, without a browser."""
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    yield state


def test_only_session_names_what_is_kept_and_only_widgets_reads_what_they_hold() -> None:
    sources = {path.name: path.read_text(encoding="utf-8") for path in Path(str(files("annotator"))).rglob("*.py")}
    assert {name for name, text in sources.items() if "session_state" in text} == {"kept.py", "widgets.py"}
    assert {name for name, text in sources.items() if re.search(r"\bKept(For)?[\[(]", text)} == {
        "kept.py",
        "session.py",
    }


def test_what_is_kept_is_returned_until_it_is_taken() -> None:
    notice = Kept("notice", "")
    assert notice.get() == ""
    notice.keep("Saved.")
    assert (notice.get(), notice.get(), notice.take(), notice.take()) == ("Saved.", "Saved.", "Saved.", "")


def test_a_default_is_not_changed_by_what_is_done_to_a_list() -> None:
    receipts = Kept[list[str]]("receipts", [])
    receipts.get().append("lost")
    assert receipts.get() == []


def test_reading_and_taking_keep_nothing(session: dict[str, object]) -> None:
    Kept("notice", "").take()
    Kept("left", 0).get()
    assert session == {}


def test_what_is_kept_for_one_subject_is_unknown_to_every_other() -> None:
    position = KeptFor[tuple[str, str], int]("position", 0)
    position.keep(("flagged", "words"), 20)
    assert position.get(("flagged", "words")) == 20
    assert position.get(("flagged", "")) == 0
    position.keep(("skipped", ""), 10)
    assert position.get(("flagged", "words")) == 0
