"""Two versions of the guidelines compared: what was taken out and what was added, word by word."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

Change = Literal["same", "removed", "added"]

MOST_WORDS = 2000
"""In a passage with more words than this, only whole lines are compared: words would take too long."""


class Piece(NamedTuple):
    """A piece of text that is in both versions, or in only one."""

    change: Change
    text: str


def compare_texts(before: str, after: str) -> list[Piece]:
    """Return the pieces of which both texts consist, in order.

    All pieces that are not added make up `before`, and all that are not removed make up `after`.
    """
    return _joined(_compare(before.splitlines(keepends=True), after.splitlines(keepends=True), by_word=True))


def _compare(before: Sequence[str], after: Sequence[str], *, by_word: bool) -> Iterator[Piece]:
    for kind, i, j, k, m in SequenceMatcher(None, before, after).get_opcodes():
        old, new = "".join(before[i:j]), "".join(after[k:m])
        if kind == "equal":
            yield Piece("same", old)
        elif by_word and kind == "replace" and len(_words(old)) + len(_words(new)) <= MOST_WORDS:
            yield from _compare(_words(old), _words(new), by_word=False)
        else:
            yield Piece("removed", old)
            yield Piece("added", new)


def _words(text: str) -> list[str]:
    """Return words and what separates them, so that joining them gives the text again."""
    return re.findall(r"\w+|\s+|[^\w\s]", text)


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in pieces:
        if piece.text and joined and joined[-1].change == piece.change:
            joined[-1] = Piece(piece.change, joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    return joined
