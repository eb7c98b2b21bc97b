"""Two arms compared seed by seed: the difference with its interval, two tests, and what so few seeds can show."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from annotator.simulation.curves import Values
from learner.judging.intervals import Interval, interval_of

FEWEST_FOR_A_TEST = 3
FEWEST_FOR_AN_INTERVAL = 5
"""Seeds. The bootstrap of fewer is much too narrow."""
SIGNIFICANT = 0.05
POWER = 0.8
RESAMPLES = 10_000
_NOTHING = 1e-9  # points: differences below are errors of rounding


@dataclass(frozen=True)
class Difference:
    """By how many points the first of two arms is higher, over seeds."""

    seeds: int
    mean: float
    deviation: float | None
    """Of the differences, as a sample's; None for a single seed."""
    interval: Interval | None
    """By the bootstrap over seeds; None below `FEWEST_FOR_AN_INTERVAL`."""
    t_p: float | None
    """The paired t-test's, two-sided; None below `FEWEST_FOR_A_TEST`."""
    wilcoxon_p: float | None
    """The signed-rank test's, two-sided."""
    detectable: float | None
    """The smallest difference that a t-test of this many seeds shows 4 times in 5; None where nothing varies."""


def difference_of(first: Values, second: Values, *, is_tested: bool = True) -> Difference:
    """Return how two arms differ; element i of both belongs to the same seed, and there is at least one."""
    differences = first - second
    differences[np.abs(differences) < _NOTHING] = 0.0
    seeds = len(differences)
    deviation = float(differences.std(ddof=1)) if seeds > 1 else None
    are_enough = seeds >= FEWEST_FOR_A_TEST
    is_tested = is_tested and are_enough
    return Difference(
        seeds=seeds,
        mean=float(differences.mean()),
        deviation=deviation,
        interval=_interval(differences),
        t_p=_t_test(differences) if is_tested else None,
        wilcoxon_p=_wilcoxon(differences) if is_tested else None,
        detectable=smallest_detectable(seeds, deviation) if are_enough and deviation else None,
    )


@cache
def seed_weights(seeds: int) -> Values:
    """Return how much each resample weighs each seed: (resamples, seeds), the same for the same number of seeds."""
    drawn = np.random.default_rng(0).integers(seeds, size=(RESAMPLES, seeds))
    cells = (np.arange(RESAMPLES)[:, None] * seeds + drawn).ravel()
    return np.bincount(cells, minlength=RESAMPLES * seeds).reshape(RESAMPLES, seeds) / seeds


def weighed(weights: Values, values: Values) -> Values:
    """Return the means of the seeds' values by the weights, (…, seeds) and (seeds, …), to the ninth decimal.

    The digits beyond are errors of rounding, which differ between processors; a quantile could turn on them.
    """
    return (weights @ values).round(9)


def smallest_detectable(seeds: int, deviation: float) -> float:
    """Return the smallest difference that the paired t-test at .05, two-sided, shows with a power of 80 %.

    `deviation` is that of the seeds' differences, as a sample's. If δ is the true difference, the t of n seeds has a
    noncentral distribution: n - 1 degrees of freedom, shifted by δ·√n / deviation.
    """
    return _shift(seeds) * deviation / float(np.sqrt(seeds))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values corrected for their number by Holm's step-down method, in the same order."""
    corrected = [1.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected


def _interval(differences: Values) -> Interval | None:
    if len(differences) < FEWEST_FOR_AN_INTERVAL:
        return None
    return interval_of(weighed(seed_weights(len(differences)), differences))


def _t_test(differences: Values) -> float:
    from scipy.stats import ttest_1samp

    if np.ptp(differences) < _NOTHING:
        return float(not differences.any())
    return float(ttest_1samp(differences, 0.0).pvalue)


def _wilcoxon(differences: Values) -> float:
    """Return the signed-rank test's exact p, also with ties: the share of all signs with a sum of ranks as extreme."""
    from scipy.stats import rankdata

    changed = differences[differences != 0]
    # Equal to the ninth digit is equal; twice the ranks are whole numbers, so that sums can be counted.
    ranks = (2 * rankdata(np.abs(changed).round(9))).astype(int)
    counts = np.ones(1)
    for rank in ranks:
        counts = np.pad(counts, (0, rank)) + np.pad(counts, (rank, 0))
    sum_of_higher = ranks[changed > 0].sum()
    tails = counts[: sum_of_higher + 1].sum(), counts[sum_of_higher:].sum()
    return min(1.0, 2 * float(min(tails)) / float(counts.sum()))


@cache
def _shift(seeds: int) -> float:
    """Return the shift at which the t-test of this many seeds has its power; the other tail is too small to count."""
    from scipy.optimize import brentq
    from scipy.stats import nct, t

    freedom = seeds - 1
    bound = t.ppf(1 - SIGNIFICANT / 2, freedom)
    with np.errstate(divide="ignore"):  # an older SciPy divides by zero on its way to the same value
        return float(brentq(lambda found: nct.sf(bound, freedom, found) - POWER, 0.5, 15.0))
