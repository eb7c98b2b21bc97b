"""Pools with everything that an acquisition may look at, drawn at random or given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from learner.acquisition.pool import Features, Pool
from learner.acquisition.word_rows import WordRows, together


@dataclass
class Given(Features):
    """Features of a pool in memory; `asked` are the rows that were looked at."""

    tokens: Sequence[tuple[str, ...]]
    of_vectors: np.ndarray
    answered: np.ndarray
    of_passes: np.ndarray
    of_saliency: Sequence[np.ndarray]
    expected: Sequence[np.ndarray] | None
    marked: Mapping[int, frozenset[str]]
    lengths: np.ndarray
    asked: set[int] = field(default_factory=set)

    def words(self, rows: np.ndarray) -> list[tuple[str, ...]]:
        return [self.tokens[row] for row in rows]

    def vectors(self, rows: np.ndarray) -> np.ndarray:
        self.asked |= set(rows.tolist())
        return self.of_vectors[rows]

    def answered_vectors(self) -> np.ndarray:
        return self.answered

    def passes(self, rows: np.ndarray) -> np.ndarray:
        return self.of_passes[:, rows]

    def saliency(self, rows: np.ndarray) -> WordRows:
        return together([self.of_saliency[row] for row in rows])

    def gradient_lengths(self, rows: np.ndarray) -> np.ndarray:
        return self.lengths[rows]

    def expected_marks(self, rows: np.ndarray) -> WordRows | None:
        return None if self.expected is None else together([self.expected[row] for row in rows])

    def marked_words(self) -> Mapping[int, frozenset[str]]:
        return self.marked


@pytest.fixture(scope="session")
def make_pool() -> Callable[..., Pool]:
    """Return a function that draws a pool of so many rows by a seed; what is given replaces what is drawn."""

    def make(rows: int = 30, *, labels: int = 2, seed: int = 0, words: Sequence[str] = (), **given: Any) -> Pool:
        rng = np.random.default_rng(seed)
        probabilities = given.pop("probabilities", rng.dirichlet(np.ones(labels), size=rows))
        rows, labels = probabilities.shape
        tokens = given.pop("tokens", None) or [
            tuple(words) or tuple(f"w{number}" for number in rng.integers(0, 500, 6)) for _ in range(rows)
        ]
        drawn = {
            "of_vectors": rng.normal(size=(rows, 4)).astype(np.float32),
            "answered": np.zeros((0, 4), np.float32),
            "of_passes": rng.dirichlet(np.ones(labels), size=(5, rows)),
            "of_saliency": [rng.normal(size=len(each)).astype(np.float32) for each in tokens],
            "expected": [rng.random(len(each)).astype(np.float32) for each in tokens],
            "marked": {label: frozenset({"w1", "w2"}) for label in range(labels)},
            "lengths": rng.random(rows),
        }
        names = [f"label {chr(ord('A') + number)}" for number in range(labels)]
        return Pool(probabilities, names, Given(tokens, **(drawn | given)))

    return make
