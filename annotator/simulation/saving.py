"""What an arm saves: the answers, or the minutes, that it needs less to be as good as its baseline is at some size."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from annotator.simulation.comparing import FEWEST_FOR_AN_INTERVAL, seed_weights, weighed
from annotator.simulation.curves import Aligned, Values, reach


@dataclass(frozen=True)
class Saving:
    """Of the mean curves over seeds: when an arm reaches what its baseline has at a size."""

    target: float
    """The baseline's figure there, in percent."""
    of: float
    """What the baseline needs for it: less than it spent, where its own curve was as high before."""
    needed: float | None
    """What the arm needs; None if it does not reach the target."""
    is_at_most: bool
    """Whether the arm reaches it at its first size, so that it may need even less."""
    low: float | None
    """The lower end of the 95 % interval of what is saved; None where it may be that the arm never gets there."""
    high: float | None
    """Its upper end; None where it is more likely that the arm never gets there."""
    has_interval: bool

    @property
    def saved(self) -> float | None:
        """Return how much less the arm needs: negative if it needs more, None if it does not reach the target."""
        return None if self.needed is None else self.of - self.needed


def answers_saved(aligned: Aligned, *, at: int | None = None) -> Saving:
    """Return what the first arm saves in answers against this many of the second, by default against its last size.

    There is at least one seed and one size; `at` is one of the sizes.
    """
    places = np.broadcast_to(np.array(aligned.sizes, dtype=float), aligned.first.shape)
    return _saving(aligned, places, places, upto=at or aligned.sizes[-1])


def minutes_saved(aligned: Aligned) -> Saving:
    """Return what the first arm saves in minutes against all of the second's."""
    return _saving(aligned, aligned.first_minutes, aligned.second_minutes, upto=aligned.sizes[-1])


def _saving(aligned: Aligned, places: Values, of_baseline: Values, *, upto: int) -> Saving:
    each_once = np.full((1, len(aligned.seeds)), 1 / len(aligned.seeds))
    columns = slice(aligned.sizes.index(upto) + 1)
    measured = _Measured(places, aligned.first, of_baseline[:, columns], aligned.second[:, columns])
    (needed,), (of,), (target,) = _needed(measured, each_once)
    is_reached, first = not np.isnan(needed), float(places[:, 0].mean())
    has_interval = len(aligned.seeds) >= FEWEST_FOR_AN_INTERVAL
    low, high = _interval(measured) if has_interval else (None, None)
    return Saving(
        target=float(target),
        of=float(of),
        needed=float(needed) if is_reached else None,
        is_at_most=bool(is_reached and needed <= first + 1e-9),
        low=low,
        high=high,
        has_interval=has_interval,
    )


class _Measured(NamedTuple):
    """What a saving is computed from; a row per seed."""

    places: Values
    heights: Values
    baseline_places: Values
    """Up to the size that the arm is compared with."""
    baseline_heights: Values


def _needed(measured: _Measured, weights: Values) -> tuple[Values, Values, Values]:
    """Return, for each row of the seeds' weights, what the arm needs, what the baseline needs, and the target."""
    of_baseline = weighed(weights, measured.baseline_heights)
    targets = of_baseline[:, -1]
    needed = reach(weighed(weights, measured.places), weighed(weights, measured.heights), targets)
    return needed, reach(weighed(weights, measured.baseline_places), of_baseline, targets), targets


def _interval(measured: _Measured) -> tuple[float | None, float | None]:
    """Return the middle 95 % of what is saved in resamples of the seeds; not getting there is the least of all."""
    needed, of, _ = _needed(measured, seed_weights(len(measured.heights)))
    saved = np.where(np.isnan(needed), -np.inf, of - needed)
    low, high = np.quantile(saved, [0.025, 0.975], method="inverted_cdf")
    return _known(low), _known(high)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
