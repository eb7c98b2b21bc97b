"""Cut prose into sentences by a small rule, which docs/formats.md states."""

from collections.abc import Iterator, Sequence

import regex  # type: ignore[import-untyped]

# Possessive, and only from the first mark of a run: a line of a million full stops takes no longer than one of words.
_BREAK = regex.compile(
    r"\n[^\S\n]*+\n\s*+"
    r"|(?<![.!?…])(?P<end>[.!?…]++)[\p{Pe}\p{Pf}\"']*+\s++(?=[\p{Ps}\p{Pi}\"']*+[\p{Lu}\p{N}])"
)
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof gen col maj capt lt sgt sen rep gov pres st vs jr sr co corp inc ltd bros "  # noqa: SIM905
    "jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
_LONGEST = 20  # letters before a full stop that are examined
_INITIALS = regex.compile(r"\p{L}(?:\.\p{L})*")


def sentences(text: str, start: int, end: int, *, whole: Sequence[tuple[int, int]] = ()) -> Iterator[tuple[int, int]]:
    """Yield where each sentence of `text[start:end]` starts and ends, white space around it left out.

    A sentence ends at an empty line, or at `.`, `!`, `?` or `…` followed by white space and then
    a capital letter or a digit, apart from quotes and brackets; not after an initial or an abbreviation
    that we know. The stretches `whole` are never cut.
    """
    first = start
    for found in _BREAK.finditer(text, start, end):
        if not _is_abbreviation(text, first, found) and not any(
            a < found.end() and found.start() < b for a, b in whole
        ):
            yield from _trimmed(text, first, found.end())
            first = found.end()
    yield from _trimmed(text, first, end)


def _is_abbreviation(text: str, first: int, found: "regex.Match[str]") -> bool:
    if found["end"] != ".":
        return False
    words = text[max(first, found.start() - _LONGEST) : found.start()].split()
    word = words[-1].lstrip("([\"'“‘") if words else ""  # noqa: RUF001
    return word.lower() in _ABBREVIATIONS or _INITIALS.fullmatch(word) is not None


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    inner = text[start:end]
    if inner.strip():
        yield start + len(inner) - len(inner.lstrip()), start + len(inner.rstrip())
