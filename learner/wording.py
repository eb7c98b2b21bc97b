"""Counts and names as people read them, in messages and reports."""

from collections.abc import Sequence


def counted(count: int, noun: str, several: str | None = None) -> str:
    """Return how many there are, as `1 sentence` or `1,200 sentences`; `several` is an irregular plural."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {several or noun + 's'}"


def verb_for(count: int, one: str, several: str) -> str:
    """Return the form of a verb that fits so many: `has` for 1, `have` for 0 or 2."""
    return one if count == 1 else several


def first_names(names: Sequence[str], most: int) -> str:
    """Return the first names, `most` at most, and how many more there are: `a, b and 7 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
