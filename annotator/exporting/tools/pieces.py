"""A text as spaCy and Prodigy hold it: pieces that give the text again, each followed by one space or none."""

from typing import NamedTuple

from annotator.exporting.example import ExampleRow


class Piece(NamedTuple):
    """A token of ours, or what is between two of them and is more than one space."""

    text: str
    start: int
    """Its first character in the text, in code points."""
    token: int | None
    """The place of the token, None for what is between tokens."""
    has_space: bool
    """Whether one space follows it."""


def pieces(row: ExampleRow) -> list[Piece]:
    """Return the pieces of the row's text: `"".join(text + " " * has_space)` is the text."""
    found: list[Piece] = []
    end = 0
    for place, (token, start) in enumerate(zip(row.tokens, row.starts, strict=True)):
        _bridge(found, row.text[end:start], end)
        found.append(Piece(token, start, place, False))
        end = start + len(token)
    _bridge(found, row.text[end:], end)
    return found


def _bridge(found: list[Piece], gap: str, start: int) -> None:
    """Append what is between two tokens; its first space belongs to the piece before it."""
    if gap.startswith(" ") and found:
        found[-1] = found[-1]._replace(has_space=True)
        gap, start = gap[1:], start + 1
    if gap:
        found.append(Piece(gap, start, None, False))
