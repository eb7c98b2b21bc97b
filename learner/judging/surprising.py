"""Answers to look at again: those whose label a model that has not seen them finds improbable.

The order is that of self-confidence, as in cleanlab. It says nothing about who is wrong, and changes no answer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def assign_folds(
    texts: NDArray[np.integer], labels: NDArray[np.integer], *, folds: int = 5, seed: int
) -> NDArray[np.int64]:
    """Return the fold, 0 to `folds` - 1, in which each of n answers is left out of the training: (n,).

    All answers to a text are in one fold, as a model that has seen one of them has seen the text. Folds have equally
    many texts, and equally many of each label by a text's first answer, apart from one.
    """
    ids, first, back = np.unique(texts, return_index=True, return_inverse=True)
    shuffled = np.random.default_rng(seed).permutation(len(ids))
    by_label = shuffled[np.argsort(labels[first][shuffled], kind="stable")]
    fold = np.empty(len(ids), dtype=np.int64)
    fold[by_label] = np.arange(len(ids)) % folds
    return np.asarray(fold[back.reshape(-1)])


@dataclass(frozen=True)
class Surprise:
    """An answer, and what a model says that was trained without it."""

    row: int
    given: int
    """The label of the answer."""
    self_confidence: float
    """The probability of that label, 0 to 1."""
    likeliest: int
    probability: float
    """Of the likeliest label."""


def look_again(
    given: NDArray[np.integer], probabilities: NDArray[np.floating], *, limit: int | None = None
) -> list[Surprise]:
    """Return the n answers, least probable first and in their order at a tie.

    `given` has their labels, (n,); `probabilities` those of models that did not learn from them, (n, labels).
    """
    confidence = probabilities[np.arange(len(given)), given]
    order = np.argsort(confidence, kind="stable")[:limit]
    likeliest = probabilities[order].argmax(axis=1)
    return [
        Surprise(int(row), int(given[row]), float(confidence[row]), int(label), float(probabilities[row, label]))
        for row, label in zip(order, likeliest, strict=True)
    ]
