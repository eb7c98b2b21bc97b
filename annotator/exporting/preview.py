"""What an export of examples would be: its first rows, and how many sentences it has and leaves out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from annotator.exporting.example import ExampleRow
from annotator.exporting.examples import Examples
from annotator.exporting.run import Asked, left_out_in_words
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
    """What is left out, a sentence for each reason."""
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
    """Return the beginning of the export that is asked for."""
    check_may_act(store, actor, least="researcher")
    examples = Examples(
        store,
        asked.chosen,
        policy=asked.policy,
        with_names=asked.with_names,
        with_predictions=False,
        most=MOST_LOOKED_AT,
    )
    first: list[ExampleRow] = []
    number = 0
    for number, row in enumerate(examples, start=1):
        if number <= ROWS:
            first.append(row)
    remarks = left_out_in_words(Counter(examples.left_out))
    return Preview([_cells(row) for row in first], number, remarks, examples.is_all)


def _cells(row: ExampleRow) -> list[str]:
    text = " ".join(row.text.split())
    shown = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
    votes = ", ".join(f"{label} {number}" for label, number in row.votes.items())
    return [shown, row.label, ", ".join(row.words), row.split, votes]
