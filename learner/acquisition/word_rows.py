"""One number per word of some sentences, without a Python loop over sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class WordRows:
    """Sentence i has the numbers `values[offsets[i] : offsets[i + 1]]`; no sentence is empty."""

    values: NDArray[Any]  # (words of all rows,)
    offsets: NDArray[np.int64]  # (rows + 1,)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Return how many words each row has: (rows,)."""
        return np.diff(self.offsets)

    def row(self, index: int) -> NDArray[Any]:
        """Return the numbers of one row."""
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    def having(self, values: NDArray[Any]) -> "WordRows":
        """Return the same rows with other numbers."""
        return replace(self, values=values)

    def sums(self) -> Array:
        """Return the sum of each row: (rows,)."""
        return np.add.reduceat(self.values, self.offsets[:-1]) if len(self) else np.zeros(0)

    def shares(self) -> "WordRows":
        """Return each number's share of its row's sum; the shares of a row without any are 0."""
        totals = np.repeat(self.sums(), self.lengths)
        return self.having(np.divide(self.values, totals, out=np.zeros_like(self.values), where=totals > 0))


def take(values: NDArray[Any], offsets: NDArray[np.int64], rows: NDArray[np.int64]) -> WordRows:
    """Return some rows of numbers that may be on the disk, as float32 in the order of `rows`."""
    lengths = offsets[rows + 1] - offsets[rows]
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    places = np.arange(ends[-1]) + np.repeat(offsets[rows] - ends[:-1], lengths)
    return WordRows(np.asarray(values[places], dtype=np.float32), ends)


def together(rows: Sequence[NDArray[Any]]) -> WordRows:
    """Return these rows as one record."""
    ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return WordRows(np.concatenate([np.zeros(0, np.float32), *rows]), ends)
