"""Words that a model relies on: words that give a label away in the answers, though people don't mark them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learner.data.word_labels import FEWEST_SENTENCES, Numbers, z_of
from learner.judging.word_counts import (
    AnswerCounts,
    AnsweredWords,
    ScoredCounts,
    ScoredWords,
    count_answers,
    count_scored,
)

SIGNIFICANT = 0.05
RARELY_MARKED = 5.0
"""The share, in percent, of the times it was shown below which a word is rarely marked `+`."""


@dataclass(frozen=True)
class Word:
    """A word in lower case: how it goes with the labels, what the model does with it, what people do with it."""

    word: str
    sentences: int
    """The answers whose sentence has it."""
    shares: tuple[float, ...]
    """How many of these have each label, in percent."""
    z: tuple[float, ...]
    """By how many standard errors each share differs from the label's share of all answers."""
    q: float
    """The smallest over labels of the p of z, two-sided, by Benjamini and Hochberg over all words and labels."""
    tops: int
    """The scored sentences in which it has the largest absolute saliency."""
    tops_for: tuple[float, ...] | None
    """In how many of these the saliency is for each label, in percent; None if there are none."""
    saliency: float | None
    """Its mean signed saliency in the scored sentences; None if none has it."""
    plus: int
    """How often people marked it `+`."""
    minus: int
    shown: int
    """How often people could mark it."""

    @property
    def label(self) -> int:
        """Return the label that it speaks for most."""
        return int(np.argmax(self.z))

    @property
    def plus_share(self) -> float:
        """Return how often people marked it `+` where they could, in percent; 0 if they never could."""
        return 100 * self.plus / self.shown if self.shown else 0.0

    @property
    def is_suspicious(self) -> bool:
        """Return whether it gives a label away and people rarely mark it, though they could at least five times."""
        return self.q < SIGNIFICANT and self.plus_share < RARELY_MARKED and self.shown >= FEWEST_SENTENCES


def words_relied_on(
    answers: Iterable[AnsweredWords], scored: Iterable[ScoredWords], *, labels: int, limit: int | None = None
) -> list[Word]:
    """Return the words of at least five answers: the suspicious ones first, those that top most predictions first.

    At a tie the lower q comes first, then the alphabet. Both iterables are read once and in chunks.
    """
    counts = count_answers(answers, labels=labels)
    scores = count_scored(scored, counts.words, labels=labels)
    kept = np.flatnonzero(counts.with_label.sum(axis=1) >= FEWEST_SENTENCES)
    if not len(kept):
        return []
    z = z_of(counts.with_label[kept], counts.labels)
    q = _q(z)
    names = list(counts.words)
    words = [
        _word(names[place], int(place), z_of, float(q_of), counts, scores)
        for place, z_of, q_of in zip(kept, z, q, strict=True)
    ]
    return sorted(words, key=lambda word: (not word.is_suspicious, -word.tops, word.q, word.word))[:limit]


def _q(z: Numbers) -> Numbers:
    """Return the smallest adjusted p of each word: (w,)."""
    from scipy.stats import false_discovery_control, norm

    p = 2 * norm.sf(np.abs(z))
    adjusted: Numbers = false_discovery_control(p.ravel(), method="bh").reshape(p.shape).min(axis=1)
    return adjusted


def _word(name: str, place: int, z: Numbers, q: float, counts: AnswerCounts, scores: ScoredCounts) -> Word:
    with_label, tops = counts.with_label[place], scores.tops[place]
    return Word(
        word=name,
        sentences=int(with_label.sum()),
        shares=_percent(with_label),
        z=tuple(z.tolist()),
        q=q,
        tops=int(tops.sum()),
        tops_for=_percent(tops) if tops.any() else None,
        saliency=float(scores.saliency[place] / scores.seen[place]) if scores.seen[place] else None,
        plus=int(counts.plus[place]),
        minus=int(counts.minus[place]),
        shown=int(counts.shown[place]),
    )


def _percent(counts: NDArray[np.int64]) -> tuple[float, ...]:
    return tuple((100 * counts / counts.sum()).tolist())
