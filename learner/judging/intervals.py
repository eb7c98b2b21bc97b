"""Intervals by the bootstrap: figures of sentences drawn again, with replacement, from those that were measured.

A figure here is a function of sums over sentences. So a resample needs only how often it drew each sentence: its sums
are those counts times the sentences' columns, and no resample is ever held in memory as sentences.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Values = NDArray[np.float64]

RESAMPLES = 2000
FEWEST = 10
"""The sentences below which there is no interval: so few say nothing about the sentences that were not drawn."""

_AT_ONCE = 2_000_000  # counts in memory: resamples of one piece of the work x sentences


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`, in the unit of the figure that it belongs to; 95 % unless it says otherwise."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Return whether all of it is on one side of zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Estimate:
    """A figure of some sentences, in percent."""

    value: float
    interval: Interval | None
    """None where the sentences are too few for one."""
    sentences: int
    """Those that the figure is of."""


def resample_sums(columns: "csr_array", *, seed: int, resamples: int = RESAMPLES) -> Iterator[Values]:
    """Yield the sums of the columns, (sentences, columns), over each resample: (columns, some of the resamples)."""
    sentences = columns.shape[0]
    transposed = columns.T.tocsr()
    rng = np.random.default_rng(seed)
    step = max(1, _AT_ONCE // sentences)
    for first in range(0, resamples, step):
        count = min(step, resamples - first)
        drawn = rng.integers(sentences, size=(sentences, count))
        cells = (drawn * count + np.arange(count)).ravel()
        counts = np.bincount(cells, minlength=sentences * count).reshape(sentences, count)
        yield transposed @ counts.astype(float)


def interval_of(values: Values) -> Interval | None:
    """Return the middle 95 % of a figure's values in resamples; those with no value (NaN) are left out."""
    kept = values[~np.isnan(values)]
    if not len(kept):
        return None
    low, high = np.quantile(kept, [0.025, 0.975])
    return Interval(float(low), float(high))
