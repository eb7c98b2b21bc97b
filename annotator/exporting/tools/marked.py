"""Runs of marked words, by their tokens, and where they are in the text."""

import re
from typing import NamedTuple

from annotator.exporting.example import ExampleRow, GivenAnswer
from db.team.people import GOLD

_MARKED = re.compile(r"\++")


class Run(NamedTuple):
    """Neighbouring tokens with a plus, from the token `first` to the one before `end`, counted from 0."""

    first: int
    end: int


def runs(marks: str | None) -> list[Run]:
    """Return the runs of pluses, in order."""
    return [Run(*found.span()) for found in _MARKED.finditer(marks or "")]


def characters(row: ExampleRow, run: Run) -> tuple[int, int]:
    """Return where a run is in the row's text, in code points, the end exclusive."""
    return row.starts[run.first], row.starts[run.end - 1] + len(row.tokens[run.end - 1])


def signs(marks: str | None, count: int) -> list[int]:
    """Return 1 for each token with a plus and 0 for each other one of `count`."""
    return [int(mark == "+") for mark in marks or "." * count]


def answers_of(row: ExampleRow) -> tuple[GivenAnswer, ...]:
    """Return people's answers, or the row's own label and marks as the only one."""
    return row.answers or (GivenAnswer(GOLD, row.label, row.marks),)
