"""The figures of agreement as functions of sums over sentences, so that the bootstrap draws sentences again quickly.

Every figure is 1 - d / e: d is how far people disagree, e how far they would by chance. For a mean e is 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner.judging.intervals import FEWEST, Interval, Values, interval_of, resample_sums

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_NOTHING = 1e-12


@dataclass(frozen=True)
class Figure:
    """A figure of agreement, -1 to 1, and its 95 % interval; None where the sentences are too few for one."""

    value: float
    interval: Interval | None = None


class Statistic(NamedTuple):
    """What is summed of each sentence, and what the sums say."""

    columns: "csr_array"
    """(sentences, columns)"""
    disagreement: Callable[[Values], tuple[Values, Values]]
    """From sums, (columns, r), the disagreement d and that by chance e, each (r,); e is 0 where nothing varies."""


def kappa(rows: Sequence[Sequence[int]]) -> Statistic | None:
    """Return Cohen's κ of labels by two people, Fleiss' by more; None if sentences differ in number of answers.

    A sentence's agreement is the share of its pairs of answers that are the same. By chance, two people agree as
    often as their own labels, and several as often as all labels together, have it.
    """
    from scipy.sparse import csr_array, hstack

    sizes = {len(row) for row in rows}
    if len(sizes) != 1:
        return None
    (size,) = sizes
    table = np.array(rows)
    counts = _counts(rows)
    same = (counts.multiply(counts).sum(axis=1) - size) / (size * (size - 1))
    first, second = (_counts(table[:, [at]], counts.shape[1]) for at in (0, 1)) if size == 2 else (counts / size,) * 2

    def disagreement(sums: Values) -> tuple[Values, Values]:
        of_first, of_second = np.split(sums[1:], 2)
        n = np.maximum(of_first.sum(axis=0), _NOTHING)
        return 1 - sums[0] / n, 1 - (of_first * of_second).sum(axis=0) / n**2

    return Statistic(hstack([csr_array(same[:, None]), first, second], format="csr"), disagreement)


def alpha_of_labels(rows: Sequence[Sequence[int]]) -> Statistic:
    """Return Krippendorff's nominal α of sentences, each with the labels that two people or more gave it."""
    from scipy.sparse import csr_array

    counts = _counts(rows)
    sizes = np.array([len(row) for row in rows])
    same = (counts.multiply(counts).sum(axis=1) - sizes) / np.maximum(sizes - 1, 1)
    return _alpha(counts, csr_array(same[:, None]))


def alpha_of_tokens(rows: Sequence[Sequence[str]]) -> Statistic:
    """Return Krippendorff's nominal α of tokens, a reason or not; each sentence has people's marks, or none."""
    from scipy.sparse import csr_array

    sums = np.array([_token_sums(row) for row in rows], dtype=float).reshape(-1, 3)
    return _alpha(csr_array(sums[:, :2]), csr_array(sums[:, 2:]))


def _token_sums(row: Sequence[str]) -> tuple[float, float, float]:
    """Return over a sentence's tokens: how often each of two values was given, and how often with the same partner.

    The same is counted as a value's share of partners with that value.
    """
    if not row:
        return 0.0, 0.0, 0.0
    reasons = (np.frombuffer("".join(row).encode(), dtype=np.uint8).reshape(len(row), -1) == ord("+")).sum(axis=0)
    others = len(row) - reasons
    same = (reasons * (reasons - 1) + others * (others - 1)).sum() / (len(row) - 1)
    return float(others.sum()), float(reasons.sum()), float(same)


def _alpha(counts: "csr_array", same: "csr_array") -> Statistic:
    from scipy.sparse import hstack

    def disagreement(sums: Values) -> tuple[Values, Values]:
        n = sums[:-1].sum(axis=0)
        observed, expected = n - sums[-1], (n**2 - (sums[:-1] ** 2).sum(axis=0)) / np.maximum(n - 1, 1)
        return observed / np.maximum(n, 1), expected / np.maximum(n, 1)

    return Statistic(hstack([counts, same], format="csr"), disagreement)


def mean(values: Sequence[Sequence[float]]) -> Statistic:
    """Return the mean of all sentences' values, of which a sentence may have any number."""
    from scipy.sparse import csr_array

    columns = np.array([(sum(of_sentence), len(of_sentence)) for of_sentence in values], dtype=float).reshape(-1, 2)

    def disagreement(sums: Values) -> tuple[Values, Values]:
        has_any = (sums[1] > 0).astype(float)
        return has_any - sums[0] / np.maximum(sums[1], 1), has_any

    return Statistic(csr_array(columns), disagreement)


def figures_of(statistics: Sequence[Statistic | None], sentences: Sequence[int], *, seed: int) -> list[Figure | None]:
    """Return the figures of statistics over the same sentences, all from the same draws.

    `sentences` has the number that each rests on, below which, `FEWEST`, it has no interval.
    """
    if not any(sentences):
        return [None] * len(statistics)
    known = [one for one in statistics if one is not None]
    drawn = _drawn(known, seed=seed) if max(sentences) >= FEWEST else [None] * len(known)
    of_known = iter(drawn)
    return [
        None if one is None else _figure(one, next(of_known), number)
        for one, number in zip(statistics, sentences, strict=True)
    ]


def _drawn(statistics: Sequence[Statistic], *, seed: int) -> list[tuple[Values, Values]]:
    """Return d and e of each statistic in every resample."""
    from scipy.sparse import hstack

    ends = np.cumsum([one.columns.shape[1] for one in statistics])[:-1]
    every = hstack([one.columns for one in statistics], format="csr")
    pieces = [
        [one.disagreement(part) for one, part in zip(statistics, np.split(sums, ends), strict=True)]
        for sums in resample_sums(every, seed=seed)
    ]
    return [
        (np.concatenate([d for d, _ in of_one]), np.concatenate([e for _, e in of_one]))
        for of_one in zip(*pieces, strict=True)
    ]


def _figure(one: Statistic, drawn: tuple[Values, Values] | None, sentences: int) -> Figure | None:
    observed, chance = one.disagreement(np.asarray(one.columns.sum(axis=0), dtype=float)[:, None])
    value = _value(observed, chance)[0]
    if np.isnan(value):
        return None
    if drawn is None or sentences < FEWEST:
        return Figure(float(value))
    if observed[0] < _NOTHING:
        return Figure(float(value), _of_perfect(float(chance[0]), sentences))
    return Figure(float(value), interval_of(_value(*drawn)))


def _value(observed: Values, chance: Values) -> Values:
    value: Values = 1 - np.divide(observed, chance, out=np.full_like(chance, np.nan), where=chance > _NOTHING)
    return value


def _of_perfect(chance: float, sentences: int) -> Interval:
    """Return the interval where no one disagreed, which no resample does either.

    Of n sentences without any disagreement, at most 1 - 0.025^(1/n) may have one (Clopper and Pearson).
    """
    return Interval(max(-1.0, 1 - (1 - 0.025 ** (1 / sentences)) / chance), 1.0)


def _counts(rows: Sequence[Sequence[int]] | NDArray[np.int64], values: int = 0) -> "csr_array":
    """Return how often each sentence has each value: (sentences, values)."""
    from scipy.sparse import csr_array

    flat = np.array([value for row in rows for value in row], dtype=np.int64)
    at = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    shape = (len(rows), max(values, 1 + int(flat.max(initial=0))))
    return csr_array((np.ones(len(flat)), (at, flat)), shape=shape)
