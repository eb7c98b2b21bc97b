"""The pool as an acquisition sees it: probabilities of every row, and what can be read of some rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from learner.acquisition.word_rows import WordRows
from learner.errors import ConfigError

Array = NDArray[np.floating]
Rows = NDArray[np.int64]

_AT_A_TIME = 100_000


class Features:
    """What can be read of rows of the pool besides their probabilities; a subclass reads what it can.

    `rows` are those of the whole pool. Everything else is of answered sentences of the pool, never of dev or test.
    """

    def words(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return the words of each row."""
        raise _unreadable("the words")

    def compared_words(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return the words by which rows are near-duplicates; sentences with different queries share none."""
        return self.words(rows)

    def vectors(self, rows: Rows) -> Array:
        """Return one vector per row: (rows, dimension)."""
        raise _unreadable("vectors")

    def answered_vectors(self) -> Array:
        """Return the vectors of the answered sentences: (answered, dimension)."""
        raise _unreadable("vectors")

    def passes(self, rows: Rows) -> Array:
        """Return the probabilities of several readings with dropout: (readings, rows, labels)."""
        raise _unreadable("readings with dropout")

    def saliency(self, rows: Rows) -> WordRows:
        """Return each word's saliency for the predicted label of its row."""
        raise _unreadable("the saliency")

    def gradient_lengths(self, rows: Rows) -> Array:
        """Return the largest over words of Σ_k p_k ‖∂ loss_k / ∂ word‖: (rows,)."""
        raise _unreadable("the gradients")

    def expected_marks(self, rows: Rows) -> WordRows | None:
        """Return how probably people would mark each word, 0 to 1; None as long as no one has marked any."""
        raise _unreadable("the expected marks")

    def marked_words(self) -> Mapping[int, frozenset[str]]:
        """Return label → the words, case-folded, that anyone has marked with `+` for it."""
        raise _unreadable("the marked words")


NO_FEATURES = Features()


@dataclass(frozen=True)
class Pool:
    """Rows of the pool. Everything but the probabilities is read when it is first asked for.

    `probabilities` is (rows, labels); a row that no model has scored has NaN.
    """

    probabilities: Array
    labels: Sequence[str] = ()
    features: Features = NO_FEATURES
    rows: Rows | None = None
    """The rows of the whole pool that these are; None: all of them."""

    def __len__(self) -> int:
        return len(self.probabilities)

    def part(self, rows: Rows) -> "Pool":
        """Return these of the rows, in this order."""
        own = rows if self.rows is None else self.rows[rows]
        return replace(self, probabilities=self.probabilities[rows], rows=own)

    @cached_property
    def own_rows(self) -> Rows:
        """Return the rows of the whole pool that these are."""
        return np.arange(len(self)) if self.rows is None else self.rows

    @cached_property
    def is_scored(self) -> NDArray[np.bool_]:
        """Return which rows a model has scored: (rows,)."""
        return np.asarray(np.isfinite(self.probabilities).all(axis=1))

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """Return the likeliest label of each row: (rows,)."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    @cached_property
    def unsureness(self) -> Array:
        """Return 1 - (largest probability - second largest) of each row: from 0 to 1, a tie."""
        parts = [self.probabilities[start : start + _AT_A_TIME] for start in range(0, len(self), _AT_A_TIME)]
        return np.concatenate([np.zeros(0, self.probabilities.dtype), *map(_one_less_margin, parts)])

    @cached_property
    def words(self) -> list[tuple[str, ...]]:
        """Return the words of each row."""
        return self.features.words(self.own_rows)

    @cached_property
    def vectors(self) -> Array:
        """Return one vector per row: (rows, dimension)."""
        return self.features.vectors(self.own_rows)

    @cached_property
    def saliency(self) -> WordRows:
        """Return each word's saliency for the predicted label of its row."""
        return self.features.saliency(self.own_rows)

    def compared_words(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return the words by which some of the rows are near-duplicates."""
        return self.features.compared_words(self.own_rows[rows])

    def label(self, index: int) -> str:
        """Return the name of a label, or its index in a pool whose labels have no names."""
        return str(self.labels[index]) if index < len(self.labels) else f"label {index}"


def _one_less_margin(probabilities: Array) -> Array:
    if probabilities.shape[1] < 2:
        return np.zeros(len(probabilities), probabilities.dtype)
    largest = np.partition(probabilities, -2, axis=1)[:, -2:]
    return np.asarray(1 - (largest[:, 1] - largest[:, 0]))


def _unreadable(what: str) -> ConfigError:
    return ConfigError(f"this acquisition needs {what} of the sentences, which only a trained model has: start a round")
