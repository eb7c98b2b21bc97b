"""Cut text into tokens with exact offsets: once, at import, and never again.

A token is the text between two Unicode word boundaries (UAX 29), so "don't" is one token,
each punctuation mark is one, and Chinese or Japanese text becomes short pieces. A cut is
made only where a grapheme cluster also ends: no emoji, flag or accented letter is split.
White space belongs to no token, and what cannot be seen (a control character, a zero-width space, a byte order
mark) is not a token of its own. Offsets count Unicode code points, the end exclusive.
"""

import re
from typing import NamedTuple

import regex  # type: ignore[import-untyped]

NAME = "unicode-words"
VERSION = f"2 (regex {regex.__version__})"

# The last branch alone would find every piece. The others are faster: they match plain words that a space follows, and
# the space, and they avoid counting a run of regional indicators from its start for each flag in it.
_PIECE = regex.compile(
    r"(?w)[A-Za-z0-9]++(?= )| (?=[A-Za-z0-9])|\p{Regional_Indicator}{2}(?=\p{Regional_Indicator})|\X+?(?:\b|\Z)"
)
_ASCII_TOKEN = re.compile(
    r"[A-Za-z0-9_]++(?:(?:(?<=[A-Za-z])[.:](?=[A-Za-z])|(?<=[0-9])[.,;](?=[0-9]))[A-Za-z0-9_]++)*+|[!-/:-@\[-^`{-~]"
)
"""The same tokens as the boundary rules', for ASCII alone; the tests compare them."""
_UNSEEN = regex.compile(r"[\p{Cc}\p{Default_Ignorable_Code_Point}\s]*")
_CLUSTER = regex.compile(r"\X")


class Token(NamedTuple):
    """One word or punctuation mark: `source[start:end] == text`."""

    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Return the tokens of `text` in order; together they have every character that can be seen."""
    return [Token(token, start, start + len(token)) for token, start in zip(*cut(text), strict=True)]


def cut(text: str) -> tuple[list[str], list[int]]:
    """Return the same as `tokenize`, as two lists, the tokens and where they start, in a fraction of the time.

    No rule looks beyond a space with ASCII on both sides, so only what is between such spaces and has other
    characters, or an apostrophe, needs the rules; all other words are cut by a simpler pattern.
    """
    tokens: list[str] = []
    starts: list[int] = []
    at, waiting = 0, -1
    for chunk in text.split(" "):
        if not chunk.isascii() or "'" in chunk:
            waiting = max(at - 1, 0) if waiting < 0 else waiting
        elif chunk:
            if waiting >= 0:
                _add_by_rules(text[waiting:at], waiting, tokens, starts)
                waiting = -1
            _add_ascii(chunk, at, tokens, starts)
        at += len(chunk) + 1
    if waiting >= 0:
        _add_by_rules(text[waiting:], waiting, tokens, starts)
    return tokens, starts


def _add_ascii(chunk: str, offset: int, tokens: list[str], starts: list[int]) -> None:
    if chunk.isalnum():
        tokens.append(chunk)
        starts.append(offset)
        return
    for found in _ASCII_TOKEN.finditer(chunk):
        tokens.append(found[0])
        starts.append(offset + found.start())


def _add_by_rules(text: str, offset: int, tokens: list[str], starts: list[int]) -> None:
    end = 0
    for piece in _PIECE.findall(text):  # every piece starts where the one before ends
        start, end = end, end + len(piece)
        if piece[0].isspace():
            if piece.isspace():
                continue
            start = _skip_space(text, start, end)
            piece = text[start:end]
        if not piece.isalnum() and is_unseen(piece):
            continue
        tokens.append(piece)
        starts.append(offset + start)


def is_unseen(text: str) -> bool:
    """Return whether a text shows nothing: white space, control characters and what has no width."""
    return _UNSEEN.fullmatch(text) is not None


def _skip_space(text: str, start: int, end: int) -> int:
    """Return where the first grapheme cluster starts that is not only white space: an accent may be on a space."""
    clusters = _CLUSTER.finditer(text, start, end)
    return int(next(cluster.start() for cluster in clusters if not cluster[0].isspace()))
