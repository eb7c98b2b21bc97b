"""Tell whether a text quotes another one: it has four of its words in a row, whatever their case and what is between.

A shorter text is quoted by all of its words in a row. So is one that was cut short, as in a message about a fault.
"""

from collections.abc import Iterable

from db.corpus.removals import PLACEHOLDER
from learner.data.tokenizer import cut

_RUN = 4


class Quotation:
    """Finds what quotes one of some texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs = {run for text in texts for run in _runs(_words(text), _RUN)}
        self._lengths = {len(run) for run in self._runs}

    def is_in(self, text: str) -> bool:
        """Return whether a text quotes one of these."""
        words = _words(text)
        return any(not self._runs.isdisjoint(_runs(words, length, shorter=False)) for length in self._lengths)

    def without(self, text: str) -> str:
        """Return a placeholder for a text that quotes one of these, and any other text as it is."""
        return PLACEHOLDER if self.is_in(text) else text


def _words(text: str) -> list[str]:
    return [token.casefold() for token in cut(text)[0] if any(map(str.isalnum, token))] or text.split()


def _runs(words: list[str], length: int, *, shorter: bool = True) -> set[tuple[str, ...]]:
    """Return every run of that many words; if there are fewer, all of them, or none where that is not wanted."""
    if len(words) < length:
        return {tuple(words)} if shorter and words else set()
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}
