"""What a few sentences say about many: a share's interval, what remains to be found, whether more answers change much.

Shares are percentages, 0 to 100.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learner.judging.figures import one_hot
from learner.judging.intervals import FEWEST, Estimate, Interval, Values, interval_of, resample_sums

_Z = statistics.NormalDist().inv_cdf(0.975)


def share(count: int, drawn: int) -> Estimate | None:
    """Return the share of `count` in `drawn` sentences with Wilson's 95 % interval; None if none was drawn."""
    from scipy.stats import binomtest

    if not drawn:
        return None
    bounds = binomtest(count, drawn).proportion_ci(0.95, method="wilson")
    return Estimate(100 * count / drawn, Interval(100 * float(bounds.low), 100 * float(bounds.high)), drawn)


def median(values: Sequence[float]) -> Estimate | None:
    """Return the median with the 95 % interval between the ordered values n/2 ± z √n / 2; None without values.

    Below `FEWEST` values there is no interval.
    """
    if not values:
        return None
    ordered, n = sorted(values), len(values)
    reach = _Z * math.sqrt(n) / 2
    low, high = ordered[max(0, math.floor(n / 2 - reach) - 1)], ordered[min(n - 1, math.ceil(n / 2 + reach))]
    return Estimate(statistics.median(ordered), Interval(low, high) if n >= FEWEST else None, n)


def ratio(parts: Sequence[float], wholes: Sequence[float]) -> Estimate | None:
    """Return 100 Σ parts / Σ wholes over sentences with its 95 % interval; None if the wholes are nothing.

    The parts of one sentence belong together, so the interval is that of the ratio estimator: with the residuals
    e = part - ratio · whole, the standard error is √(n / (n - 1) Σ e²) / Σ wholes. None below `FEWEST` sentences.
    """
    n, whole = len(wholes), sum(wholes)
    if not whole:
        return None
    value = sum(parts) / whole
    if n < FEWEST:
        return Estimate(100 * value, None, n)
    squares = sum((part - value * own) ** 2 for part, own in zip(parts, wholes, strict=True))
    half = _Z * math.sqrt(n / (n - 1) * squares) / whole
    return Estimate(100 * value, Interval(100 * max(0.0, value - half), 100 * min(1.0, value + half)), n)


def at_most(count: int, drawn: int) -> float:
    """Return the share that a label has at most, by `count` of `drawn` random sentences.

    It is Clopper's and Pearson's one-sided bound, right in 95 of 100 draws: 0 of 100 leave at most 3.0 %.
    """
    from scipy.stats import binomtest

    if not drawn:
        return 100.0
    return 100 * float(binomtest(count, drawn, alternative="less").proportion_ci(0.95, method="exact").high)


@dataclass(frozen=True)
class Remaining:
    """How many sentences of a label are still in the open pool at most, with 95 % confidence."""

    share: float
    """Of the open pool, in percent."""
    sentences: int
    recall: float | None
    """The share of all sentences of the label that has been found at least, in percent; None if there may be none."""


def remaining(*, found: int, among_random: int, random: int, open_pool: int) -> Remaining:
    """Return what is left of a label in `open_pool` unanswered sentences.

    `found` answers have the label. `among_random` of the `random` sentences drawn at random from the pool have it;
    what was chosen by a model says nothing about what it left.
    """
    highest = at_most(among_random, random)
    sentences = math.ceil(highest * open_pool / 100)
    recall = 100 * found / (found + sentences) if found + sentences else None
    return Remaining(highest, sentences, recall)


@dataclass(frozen=True)
class Stability:
    """How far two rounds predict the same labels for the same sentences."""

    changed: Estimate
    """The share of sentences whose predicted label changed."""
    kappa: float | None
    """Cohen's κ of the two rounds' labels; None where both predict one and the same label only."""
    kappa_interval: Interval | None
    """None below `FEWEST` sentences."""


def stability(first: NDArray[np.integer], second: NDArray[np.integer], *, seed: int = 0) -> Stability | None:
    """Return how stable the predicted labels of n sentences are from one round to the next; None for no sentence."""
    from scipy.sparse import csr_array, hstack

    changed = share(int((first != second).sum()), len(first))
    if changed is None:
        return None
    classes = 1 + int(max(first.max(), second.max()))
    same = csr_array((first == second).astype(float)[:, None])
    columns = hstack([same, one_hot(first, classes), one_hot(second, classes)], format="csr")
    kappa = float(_kappa(np.asarray(columns.sum(axis=0), dtype=float)[:, None])[0])
    if np.isnan(kappa):
        return Stability(changed, None, None)
    if len(first) < FEWEST:
        return Stability(changed, kappa, None)
    resampled = np.concatenate([_kappa(sums) for sums in resample_sums(columns, seed=seed)])
    return Stability(changed, kappa, interval_of(resampled))


def _kappa(sums: Values) -> Values:
    """Return κ = (p - e) / (1 - e), e the agreement by chance, from sums (columns, r); NaN where e is 1."""
    first, second = np.split(sums[1:], 2)
    n = first.sum(axis=0)
    observed, expected = sums[0] / n, (first * second).sum(axis=0) / n**2
    rest = 1 - expected
    kappa: Values = np.divide(observed - expected, rest, out=np.full_like(rest, np.nan), where=rest > 1e-12)
    return kappa


def moved_in_words(interval: Interval | None, *, answers: int, of: str = "dev") -> str:
    """Return what the last answers bought, from the interval of a difference of accuracy in points."""
    which = f"the last {answers:,} answers" if answers != 1 else "the last answer"
    if interval is None:
        return f"{of} has too few sentences to say what {which} changed"
    return f"{which} moved {of} by {_signed(interval.low)} to {_signed(interval.high)} points"


def _signed(points: float) -> str:
    return f"{points:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")
