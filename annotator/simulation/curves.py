"""Learning curves as numbers: their mean height, the answers that they need for a figure, and two arms seed by seed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.simulation.records import Run

Values = NDArray[np.float64]

_NOTHING = 1e-9  # points: an error of rounding


@dataclass(frozen=True)
class Curve:
    """One figure of one run, by answers; only the rounds that have it."""

    answers: tuple[int, ...]
    minutes: tuple[float, ...]
    heights: tuple[float, ...]
    """In percent."""


@dataclass(frozen=True)
class Aligned:
    """Two arms at the same sizes with the same s seeds: row i of both is the same seed, column j the same answers."""

    seeds: tuple[int, ...]
    sizes: tuple[int, ...]
    first: Values
    """(s, sizes), in percent."""
    second: Values
    first_minutes: Values
    """(s, sizes)"""
    second_minutes: Values
    left_out: Mapping[int, str]
    """Seed → why it could not be compared."""


def curve_of(run: Run, figure: str) -> Curve:
    """Return the curve of a figure; a round without it, or with NaN, is left out."""
    points = [point for point in run.points if not np.isnan(point.figures.get(figure, np.nan))]
    return Curve(
        answers=tuple(point.answers for point in points),
        minutes=tuple(point.minutes for point in points),
        heights=tuple(100 * point.figures[figure] for point in points),
    )


def area(places: Values, heights: Values) -> Values:
    """Return the mean height of curves between their first and last place, on a logarithmic axis: (…, n) → (…).

    By trapezoids. On that axis each doubling of the answers weighs the same, as it does in the charts.
    """
    if heights.shape[-1] == 1:
        return np.asarray(heights[..., 0])
    axis = np.log(places)
    width = axis[..., -1] - axis[..., 0]
    return np.asarray(np.trapezoid(heights, axis, axis=-1) / width)


def area_within(curve: Curve, low: float, high: float) -> float:
    """Return the mean height of a curve by minutes between two of them, which its own minutes include."""
    inside = [minute for minute in curve.minutes if low < minute < high]
    places = np.array([low, *inside, high])
    heights = np.interp(np.log(places), np.log(curve.minutes), curve.heights)
    return float(area(places, heights))


def reach(places: Values, heights: Values, targets: Values) -> Values:
    """Return where each curve first reaches its target, on straight lines between the places: (s, n), (s,) → (s,).

    A curve that begins at or above its target reaches it at its first place; NaN stands for one that never does.
    """
    reached = heights >= targets[:, None] - _NOTHING
    rows, after = np.arange(len(heights)), reached.argmax(axis=1)
    before = np.maximum(after - 1, 0)
    rise = np.where(after > 0, heights[rows, after] - heights[rows, before], 1.0)
    share = np.where(after > 0, (targets - heights[rows, before]) / np.where(rise == 0, 1.0, rise), 0.0)
    found = places[rows, before] + np.minimum(share, 1.0) * (places[rows, after] - places[rows, before])
    return np.where(reached.any(axis=1), found, np.nan)


def answers_to_reach(answers: Sequence[float], heights: Sequence[float], figure: float) -> float | None:
    """Return how many answers a curve needs for a figure, interpolated; None if it does not reach it."""
    if not answers:
        return None
    places, levels = np.array([answers], dtype=float), np.array([heights], dtype=float)
    found = float(reach(places, levels, np.array([figure]))[0])
    return None if np.isnan(found) else found


def align(first: Mapping[int, Curve], second: Mapping[int, Curve]) -> Aligned:
    """Return two arms, each seed → curve, at the sizes that half of their runs have, with the seeds that have all."""
    sizes = sorted(_usual_sizes(first.values()) & _usual_sizes(second.values()))
    left_out = {seed: why for seed in sorted({*first, *second}) if (why := _why_not(seed, first, second, sizes))}
    seeds = [seed for seed in sorted({*first, *second}) if seed not in left_out]
    rows = [[_at(curves[seed], sizes) for seed in seeds] for curves in (first, second)]
    (one, one_minutes), (other, other_minutes) = (_stacked(each, len(sizes)) for each in rows)
    return Aligned(tuple(seeds), tuple(sizes), one, other, one_minutes, other_minutes, left_out)


def whole_curves(curves: Mapping[int, Curve]) -> dict[int, Curve]:
    """Return an arm's curves at the sizes that half of its runs have, without the seeds that lack one of them.

    Only so are means of different sizes those of the same seeds; if no seed has them all, all are returned.
    """
    found = align(curves, curves)
    rows = zip(found.seeds, found.first_minutes.tolist(), found.first.tolist(), strict=True)
    whole = {seed: Curve(found.sizes, tuple(minutes), tuple(heights)) for seed, minutes, heights in rows}
    return whole or dict(curves)


def _usual_sizes(curves: Iterable[Curve]) -> set[int]:
    """Return the sizes that at least half of the runs have, so that a single one cut short shortens no other."""
    found = [set(curve.answers) for curve in curves]
    return {size for size in set().union(*found) if 2 * sum(size in one for one in found) >= len(found)}


def _why_not(seed: int, first: Mapping[int, Curve], second: Mapping[int, Curve], sizes: Sequence[int]) -> str | None:
    if seed not in first or seed not in second:
        return "run for one of the two only"
    missing = [size for size in sizes if size not in first[seed].answers or size not in second[seed].answers]
    return f"nothing at {missing[0]:,} answers" if missing else None


def _at(curve: Curve, sizes: Iterable[int]) -> tuple[list[float], list[float]]:
    rows = [curve.answers.index(size) for size in sizes]
    return [curve.heights[row] for row in rows], [curve.minutes[row] for row in rows]


def _stacked(rows: Sequence[tuple[list[float], list[float]]], sizes: int) -> tuple[Values, Values]:
    heights, minutes = (np.array([row[part] for row in rows], dtype=float) for part in (0, 1))
    return heights.reshape(len(rows), sizes), minutes.reshape(len(rows), sizes)
