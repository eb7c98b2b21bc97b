"""The reader: sentences as a list, or one sentence with its answers and metadata.

It is our own components-v2 component because text from people must reach the page as text: ids, labels, names and a
file's metadata are inserted only through `textContent`. It is for reading: nothing is changed here.
"""

from collections.abc import Callable, Sequence
from typing import Any

from streamlit.components.v2 import component

from annotator.pages import browser_files


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("reader/reader.js")


_mount = component(
    "whylight_reader",
    css=browser_files.read("reader/reader.css") + browser_files.read("word_marker/marks.css"),
    js=script(),
)


def sentence_list(rows: Sequence[dict[str, Any]], *, key: str, on_open: Callable[[], None]) -> None:
    """Draw a list of sentences; `on_open` is called when one is chosen."""
    _mount(key=key, data={"rows": list(rows)}, on_open_change=on_open)


def own_list(rows: Sequence[dict[str, Any]], *, key: str, on_open: Callable[[], None]) -> None:
    """Draw a person's own answers; `on_open` is called when one is chosen."""
    _mount(key=key, data={"own": list(rows)}, on_open_change=on_open)


def sentence_sheet(sentence: dict[str, Any], *, key: str) -> None:
    """Draw one sentence with its answers, the marked words of each, and its metadata."""
    _mount(key=key, data={"sentence": sentence}, on_open_change=_nothing)


def preview_list(rows: Sequence[dict[str, Any]], *, key: str) -> None:
    """Draw the first sentences of a file as they were read, with their words, marks and answers."""
    _mount(key=key, data={"preview": list(rows)}, on_open_change=_nothing)


def table_of_text(head: Sequence[str], rows: Sequence[Sequence[str]], *, key: str) -> None:
    """Draw a small table whose cells are text."""
    _mount(key=key, data={"table": {"head": list(head), "rows": [list(row) for row in rows]}}, on_open_change=_nothing)


def table_of_numbers(head: Sequence[str], rows: Sequence[Sequence[str]], *, key: str) -> None:
    """Draw a table whose cells are numbers, but for the first of each row; a row of one cell heads those below it."""
    table = {"head": list(head), "rows": [list(row) for row in rows], "numbers": True}
    _mount(key=key, data={"table": table}, on_open_change=_nothing)


def first_rows(columns: Sequence[str], rows: Sequence[Sequence[str]], *, key: str) -> None:
    """Draw the first rows of a file, with the names of its columns; a wide table scrolls."""
    table = {"head": list(columns), "rows": [list(row) for row in rows], "wide": "The first rows of the file"}
    _mount(key=key, data={"table": table}, on_open_change=_nothing)


def log_of_acts(rows: Sequence[dict[str, str]], *, key: str) -> None:
    """Draw who did what, with the days as headings."""
    _mount(key=key, data={"acts": list(rows)}, on_open_change=_nothing)


def lines_of_text(lines: Sequence[str], *, key: str) -> None:
    """Draw lines of text, such as a file's name and its faults; the first is their heading."""
    _mount(key=key, data={"lines": list(lines)}, on_open_change=_nothing)


def _nothing() -> None:
    """Do nothing: none of this can be opened."""
