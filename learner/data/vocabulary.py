"""Words and their rows of the embedding table.

The rows, in order: padding, unknown, the training words (which are trained), then the words seen
only elsewhere (in the pool, dev or test) that have a pretrained vector (which stay as they are).
A word that is in no training sentence would not change in a full table either, so this small
table is exactly the same model as one over all pretrained words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from learner.data.encoding import Flat, Query, all_of, all_words, offsets_of

PADDING = 0
UNKNOWN = 1
_SPECIAL_ROWS = 2
_MOST_KEPT = 100_000

_ESCAPES = {
    "``": '"', "''": '"', "-lrb-": "(", "-rrb-": ")", "-lsb-": "[", "-rsb-": "]", "-lcb-": "{", "-rcb-": "}",
}  # fmt: skip


def normalise(token: str) -> str:
    """Return the word that a token is looked up as: in lower case, with Penn Treebank escapes undone."""
    word = token.lower()
    return _ESCAPES.get(word, word)


def words_of(sentences: Iterable[Sequence[str]]) -> list[str]:
    """Return the distinct words of tokenised sentences, normalised, in order of first use."""
    return list(dict.fromkeys(normalise(token) for tokens in sentences for token in tokens))


@dataclass(frozen=True)
class Vocabulary:
    """The static encoder: the words that have a row; `trained` before `frozen`, no word twice."""

    trained: tuple[str, ...]
    frozen: tuple[str, ...] = ()

    def encode(
        self, sentences: Sequence[Sequence[str]], queries: Sequence[Query], *, keep: bool = True
    ) -> tuple[Flat, Flat | None]:
        """Return the rows of the words of the sentences, and of the queries if every sentence has one."""
        given = all_of(queries)
        return self._flat(sentences), None if given is None else self._flat(given)

    def _flat(self, sentences: Sequence[Sequence[str]]) -> Flat:
        return Flat(torch.tensor(self.rows(all_words(sentences)), dtype=torch.int64), offsets_of(sentences))

    @property
    def trained_rows(self) -> int:
        """Return how many rows training may change, including padding and unknown."""
        return _SPECIAL_ROWS + len(self.trained)

    def rows(self, tokens: Iterable[str]) -> list[int]:
        """Return the row of each token; UNKNOWN for a word that has none."""
        return list(map(self._row_of.__getitem__, tokens))

    @cached_property
    def _row_of(self) -> "_RowOf":
        return _RowOf({word: row for row, word in enumerate((*self.trained, *self.frozen), start=_SPECIAL_ROWS)})


class _RowOf(dict[str, int]):
    """Token → row; remembers recent tokens, because the same ones come again and again."""

    def __init__(self, row_of_word: Mapping[str, int]) -> None:
        super().__init__()
        self._row_of_word = row_of_word

    def __missing__(self, token: str) -> int:
        if len(self) == _MOST_KEPT:
            self.clear()
        row = self[token] = self._row_of_word.get(normalise(token), UNKNOWN)
        return row
