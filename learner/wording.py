"""Counts as people read them, in messages and reports."""


def counted(count: int, noun: str, several: str | None = None) -> str:
    """Return how many there are, as `1 sentence` or `1,200 sentences`; `several` is an irregular plural."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {several or noun + 's'}"
