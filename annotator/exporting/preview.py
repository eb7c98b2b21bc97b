"""What an export of examples would be: its first rows, how many it has and leaves out, and what its format loses.

What a format cannot hold, only its writer knows, so it writes the first rows to where nothing is kept.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotator.exporting.choosing import format_with
from annotator.exporting.example import ExampleRow
from annotator.exporting.examples import Examples
from annotator.exporting.registry import FolderFormat, Format
from annotator.exporting.run import Asked, about_examples, remarks_on
from annotator.exporting.writing import About, NotCarried
from annotator.project.permissions import Actor, check_may_act
from annotator.wording import counted
from db.store import Store

ROWS = 3
MOST_LOOKED_AT = 2_000
"""Sentences that a preview looks at: no one waits for a million of them."""
LONGEST_TEXT = 32
HEAD = ("sentence", "label", "marked words", "split", "answers")


@dataclass(frozen=True)
class Preview:
    """The beginning of an export."""

    rows: Sequence[Sequence[str]]
    """The first rows, with the columns of `HEAD`."""
    examples: int
    remarks: Sequence[str]
    """What is left out, and what the format cannot hold, as an export says it."""
    is_all: bool
    """Whether all sentences were looked at."""

    @property
    def lines(self) -> list[str]:
        """Return what the export has and leaves out, in sentences."""
        number = counted(self.examples, "example")
        if self.is_all:
            return [f"{number}.", *self.remarks]
        about = f"Counted in the first {MOST_LOOKED_AT:,} sentences; the download has all."
        return [f"At least {number}.", *self.remarks, about]


def preview_examples(store: Store, asked: Asked, *, actor: Actor) -> Preview:
    """Return the beginning of the export that is asked for; raises CannotExport where the export would."""
    check_may_act(store, actor, least="researcher")
    examples = Examples(store, asked.chosen, policy=asked.policy, with_names=asked.with_names, most=MOST_LOOKED_AT)
    seen, lost = _Seen(), NotCarried()
    _write_nowhere(format_with(asked.format, asked.separator), seen.of(examples), about_examples(store, asked), lost)
    remarks = remarks_on(asked, Counter(examples.left_out), lost)
    return Preview([_cells(row) for row in seen.first], seen.number, remarks, examples.is_all)


class _Seen:
    """The first rows, and how many have passed."""

    def __init__(self) -> None:
        self.first: list[ExampleRow] = []
        self.number = 0

    def of(self, rows: Iterable[ExampleRow]) -> Iterator[ExampleRow]:
        """Yield the rows as they come."""
        for self.number, row in enumerate(rows, start=1):
            if self.number <= ROWS:
                self.first.append(row)
            yield row


def _write_nowhere(format: Format, rows: Iterable[ExampleRow], about: About, lost: NotCarried) -> None:
    if isinstance(format, FolderFormat):
        with tempfile.TemporaryDirectory() as folder:
            format.write(rows, Path(folder), about=about, lost=lost)
    else:
        with tempfile.TemporaryFile() as file:
            format.write(rows, file, about=about, lost=lost)


def _cells(row: ExampleRow) -> list[str]:
    text = " ".join(row.text.split())
    shown = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
    votes = ", ".join(f"{label} {number}" for label, number in row.votes.items())
    return [shown, row.label, ", ".join(row.words), row.split, votes]
