"""What an arm saves: the answers, or the minutes, that it needs less to be as good as its baseline is at the end."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.simulation.comparing import FEWEST_FOR_AN_INTERVAL, resampled_seeds
from annotator.simulation.curves import Aligned, Values, reach


@dataclass(frozen=True)
class Saving:
    """Of the mean curves over seeds: when an arm reaches what its baseline has at its last size."""

    target: float
    """The baseline's figure there, in percent."""
    of: float
    """What the baseline spent for it."""
    needed: float | None
    """What the arm needs; None if it does not reach the target."""
    is_at_most: bool
    """Whether the arm is there at its first size, so that it may need even less."""
    low: float | None
    """The lower end of the 95 % interval of what is saved; None where it may be that the arm never gets there."""
    high: float | None
    """Its upper end; None where it is more likely that the arm never gets there."""
    has_interval: bool

    @property
    def saved(self) -> float | None:
        """Return how much less the arm needs: negative if it needs more, None if it does not reach the target."""
        return None if self.needed is None else self.of - self.needed


def answers_saved(aligned: Aligned) -> Saving:
    """Return what the first arm saves in answers against the second; there is at least one seed and one size."""
    places = np.broadcast_to(np.array(aligned.sizes, dtype=float), aligned.first.shape)
    return _saving(aligned, places, places)


def minutes_saved(aligned: Aligned) -> Saving:
    """Return what the first arm saves in minutes against the second."""
    return _saving(aligned, aligned.first_minutes, aligned.second_minutes)


def _saving(aligned: Aligned, places: Values, of_baseline: Values) -> Saving:
    all_seeds = np.arange(len(aligned.seeds))[None, :]
    (needed,), (of,), (target,) = _needed(aligned, places, of_baseline, all_seeds)
    is_reached, first = not np.isnan(needed), float(places[:, 0].mean())
    has_interval = len(aligned.seeds) >= FEWEST_FOR_AN_INTERVAL
    low, high = _interval(aligned, places, of_baseline) if has_interval else (None, None)
    return Saving(
        target=float(target),
        of=float(of),
        needed=float(needed) if is_reached else None,
        is_at_most=bool(is_reached and needed <= first),
        low=low,
        high=high,
        has_interval=has_interval,
    )


def _needed(
    aligned: Aligned, places: Values, of_baseline: Values, drawn: NDArray[np.int64]
) -> tuple[Values, Values, Values]:
    """Return, for each draw of seeds, what the arm needs, what the baseline spent, and the target: (draws,) each."""
    heights, where = aligned.first[drawn].mean(axis=1), places[drawn].mean(axis=1)
    targets = aligned.second[drawn, -1].mean(axis=1)
    return reach(where, heights, targets), of_baseline[drawn, -1].mean(axis=1), targets


def _interval(aligned: Aligned, places: Values, of_baseline: Values) -> tuple[float | None, float | None]:
    """Return the middle 95 % of what is saved in resamples of the seeds; not getting there is the least of all."""
    needed, of, _ = _needed(aligned, places, of_baseline, resampled_seeds(len(aligned.seeds)))
    saved = np.where(np.isnan(needed), -np.inf, of - needed)
    low, high = np.quantile(saved, [0.025, 0.975], method="inverted_cdf")
    return _known(low), _known(high)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
