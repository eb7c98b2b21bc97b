"""An arm's mean curve over seeds, and the answers that it needs for round figures."""

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import NamedTuple

import numpy as np

from annotator.charts.scales import Scale
from annotator.simulation.curves import Curve, answers_to_reach, area, whole_curves

_TARGETS = 5


class Level(NamedTuple):
    """A figure of an arm after a number of answers: mean and standard deviation of a sample over seeds."""

    answers: int
    minutes: float
    mean: float
    deviation: float | None
    seeds: int


class Needed(NamedTuple):
    """What an arm needs for a figure by its mean curve; None if it does not reach it."""

    figure: float
    answers: float | None
    minutes: float | None
    is_at_most: bool
    """Whether its first models already reach it, so that fewer answers may do."""
    by_seed: Mapping[int, float | None]
    """The answers that each seed's own curve needs."""


def levels_of(curves: Mapping[int, Curve]) -> list[Level]:
    """Return the mean curve of the runs that were not cut short, in the order of the answers."""
    whole = list(whole_curves(curves).values())
    sizes = sorted({size for curve in whole for size in curve.answers})
    return [_level(size, [curve for curve in whole if size in curve.answers]) for size in sizes]


def _level(size: int, curves: Sequence[Curve]) -> Level:
    rows = [(curve, curve.answers.index(size)) for curve in curves]
    mean, deviation = mean_and_deviation([curve.heights[row] for curve, row in rows])
    return Level(size, fmean(curve.minutes[row] for curve, row in rows), mean, deviation, len(rows))


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean, and the standard deviation of a sample; None for a single value."""
    return fmean(values), stdev(values) if len(values) > 1 else None


def areas_of(curves: Mapping[int, Curve]) -> dict[int, float]:
    """Return seed → the mean height of its curve, of the runs that were not cut short."""
    return {
        seed: float(area(np.array(curve.answers, dtype=float), np.array(curve.heights)))
        for seed, curve in whole_curves(curves).items()
    }


def targets_for(levels: Sequence[Sequence[Level]]) -> list[float]:
    """Return round figures that some of these mean curves reach after their start."""
    means = [level.mean for each in levels for level in each]
    low, high = min(means), max(means)
    return [tick for tick in Scale(low, high, 0, 1).ticks(_TARGETS) if low < tick <= high] if low < high else []


def needed_for(figure: float, levels: Sequence[Level], curves: Mapping[int, Curve]) -> Needed:
    """Return what an arm needs for a figure."""
    means = [level.mean for level in levels]
    found = answers_to_reach([level.answers for level in levels], means, figure)
    minutes = answers_to_reach([level.minutes for level in levels], means, figure)
    by_seed = {seed: answers_to_reach(curve.answers, curve.heights, figure) for seed, curve in curves.items()}
    return Needed(figure, found, minutes, means[0] >= figure, by_seed)
