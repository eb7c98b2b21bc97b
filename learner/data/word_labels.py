"""Which words go with a label in answered sentences, more often than chance would have it.

A word is a token in lower case, and counts once per sentence.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner.data.example import Example

FEWEST_SENTENCES = 5
"""The sentences that a word must have before we say anything about it."""

Numbers = NDArray[np.float64]


class WordOfLabel(NamedTuple):
    """A word, and the label that it goes with most, as its index."""

    word: str
    label: int


def words_of_labels(examples: Sequence[Example], *, labels: int, most: int) -> list[WordOfLabel]:
    """Return the words that go most with a label, of those in at least five sentences; at a tie by the alphabet."""
    counts = Counter(word for example in examples for word in words_in(example))
    words = sorted(word for word, count in counts.items() if count >= FEWEST_SENTENCES)
    places = {word: place for place, word in enumerate(words)}
    with_label = np.zeros((len(words), labels), dtype=np.int64)
    for example in examples:
        with_label[[places[word] for word in words_in(example) & places.keys()], example.label] += 1
    z = z_of(with_label, np.bincount([example.label for example in examples], minlength=labels))
    best = np.argsort(-z.max(axis=1), kind="stable")[:most]
    return [WordOfLabel(words[place], int(z[place].argmax())) for place in best if z[place].max() > 0]


def words_in(example: Example) -> set[str]:
    """Return the words of an example's sentence."""
    return {token.lower() for token in example.tokens}


def z_of(with_label: NDArray[np.int64], of_label: NDArray[np.int64]) -> Numbers:
    """Return z = (p - p₀) / √(p₀ (1 - p₀) / n), (words, labels); 0 for a label that no sentence has, or all.

    `with_label`, (words, labels), counts each word's sentences with each label, and `of_label` all sentences with it.
    """
    n = with_label.sum(axis=1, keepdims=True)
    base = of_label / of_label.sum()
    error = np.sqrt(base * (1 - base) / n)
    z: Numbers = np.divide(with_label / n - base, error, out=np.zeros(with_label.shape), where=error > 0)
    return z
