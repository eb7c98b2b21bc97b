"""Everything that a report says, as numbers: the curves, the comparisons with their tests, and what was left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter

import numpy as np

from annotator.rounds.measuring.comparison_tables import FIGURES
from annotator.simulation.comparing import SIGNIFICANT, Difference, difference_of, holm
from annotator.simulation.curves import Aligned, Curve, Values, align, area, area_within, curve_of
from annotator.simulation.pairing import Pair, in_order, pairs_of
from annotator.simulation.records import Arm, Run
from annotator.simulation.saving import Saving, answers_saved, minutes_saved

MAIN_FIGURES = ("test accuracy", "dev accuracy")
"""The figure that is tested: the first of these that every run has."""

Curves = Mapping[int, Curve]
"""Seed → curve, of one arm and one figure."""


@dataclass(frozen=True)
class Compared:
    """One figure of an arm against its baseline, over the seeds that both have."""

    pair: Pair
    figure: str
    aligned: Aligned
    over_answers: Difference
    """Of the areas: the mean heights of the curves over their common sizes."""
    over_minutes: Difference | None
    """The same over the minutes that both have; None where an answer costs both the same."""
    at: Mapping[int, Difference]
    """By number of answers."""
    answers: Saving
    minutes: Saving
    answers_at: Mapping[int, Saving]
    """By the number of answers of the baseline; empty for figures that are not tested."""
    corrected: Mapping[str, float]
    """Holm's p-values: "answers" for the area, "minutes", and each size as text; empty if nothing was tested."""

    @property
    def is_shown(self) -> bool:
        """Return whether the areas differ by more than chance explains: by the corrected test and by the interval."""
        interval = self.over_answers.interval
        return self.corrected.get("answers", 1.0) < SIGNIFICANT and (interval is None or interval.excludes_zero)


@dataclass(frozen=True)
class Findings:
    """What a report is made of; in an order that depends on the runs alone, not on theirs."""

    title: str
    runs: Sequence[Run]
    arms: Sequence[Arm]
    figures: Sequence[str]
    """The main one first."""
    curves: Mapping[str, Mapping[Arm, Curves]]
    compared: Mapping[str, Sequence[Compared]]
    """By figure; only those of the main figure are tested."""
    not_compared: Sequence[Pair]
    """Pairs without a seed, or a size, that both have."""

    @property
    def main(self) -> str:
        """Return the figure that is tested."""
        return self.figures[0]


def gather(runs: Sequence[Run], *, title: str) -> Findings:
    """Return what a report of these runs says; each arm and seed occurs once."""
    ordered = _in_order(runs)
    arms, figures = in_order(run.arm for run in ordered), _figures_of(ordered)
    curves = {figure: _curves(ordered, arms, figure) for figure in figures}
    pairs = pairs_of(arms)
    compared = {name: _compare(pairs, curves[name], name, is_tested=name == figures[0]) for name in figures}
    compared[figures[0]] = _corrected(compared[figures[0]])
    done = [each.pair for each in compared[figures[0]]]
    return Findings(title, ordered, arms, figures, curves, compared, [pair for pair in pairs if pair not in done])


def _in_order(runs: Sequence[Run]) -> list[Run]:
    place = {arm: number for number, arm in enumerate(in_order(run.arm for run in runs))}
    ordered = sorted(runs, key=lambda run: (place[run.arm], run.seed))
    keys = {(run.arm, run.seed) for run in ordered}
    if not ordered or len(keys) < len(ordered):
        raise ValueError(
            f"found {len(ordered)} runs of {len(keys)} arms and seeds, expected each once, and at least one"
        )
    return [replace(run, points=sorted(run.points, key=attrgetter("answers"))) for run in ordered]


def _figures_of(runs: Sequence[Run]) -> list[str]:
    """Return the names of all figures: the main one, then those of test, then those of dev."""
    each = [{name for point in run.points for name in point.figures} for run in runs]
    everywhere, somewhere = set.intersection(*each), set.union(*each)
    if not everywhere:
        raise ValueError("found no figure that every run has, expected at least one")
    order = list(FIGURES)

    def rank(name: str) -> tuple[bool, bool, int, str]:
        split, _, figure = name.partition(" ")
        known = order.index(figure) if figure in order else len(order)
        return name not in everywhere, split != "test", known, name

    ordered = sorted(somewhere, key=rank)
    main = next((name for name in MAIN_FIGURES if name in everywhere), ordered[0])
    return [main, *(name for name in ordered if name != main)]


def _curves(runs: Sequence[Run], arms: Sequence[Arm], figure: str) -> dict[Arm, dict[int, Curve]]:
    found: dict[Arm, dict[int, Curve]] = {arm: {} for arm in arms}
    for run in runs:
        curve = curve_of(run, figure)
        if curve.answers:
            found[run.arm][run.seed] = curve
    return {arm: curves for arm, curves in found.items() if curves}


def _compare(pairs: Sequence[Pair], curves: Mapping[Arm, Curves], figure: str, *, is_tested: bool) -> list[Compared]:
    found = []
    for pair in pairs:
        aligned = align(curves.get(pair.arm, {}), curves.get(pair.baseline, {}))
        if aligned.seeds and aligned.sizes:
            found.append(_compared(pair, figure, aligned, curves, is_tested=is_tested))
    return found


def _compared(pair: Pair, figure: str, aligned: Aligned, curves: Mapping[Arm, Curves], *, is_tested: bool) -> Compared:
    sizes = np.array(aligned.sizes, dtype=float)
    difference = partial(difference_of, is_tested=is_tested)
    one, other = curves[pair.arm], curves[pair.baseline]
    minutes = _minutes_of_both(aligned)
    return Compared(
        pair,
        figure,
        aligned,
        over_answers=difference(area(sizes, aligned.first), area(sizes, aligned.second)),
        over_minutes=difference(*(_areas(each, aligned, minutes) for each in (one, other))) if minutes else None,
        at={
            size: difference(aligned.first[:, place], aligned.second[:, place])
            for place, size in enumerate(aligned.sizes)
        },
        answers=answers_saved(aligned),
        minutes=minutes_saved(aligned),
        answers_at={size: answers_saved(aligned, at=size) for size in aligned.sizes[1:]} if is_tested else {},
        corrected={},
    )


def _minutes_of_both(aligned: Aligned) -> tuple[float, float] | None:
    """Return from and to which minute all runs have a curve; None if an answer costs both the same."""
    if np.allclose(aligned.first_minutes, aligned.second_minutes):
        return None
    both = np.concatenate([aligned.first_minutes, aligned.second_minutes])
    low, high = float(both[:, 0].max()), float(both[:, -1].min())
    return (low, high) if both.min() > 0 and low < high else None


def _areas(curves: Curves, aligned: Aligned, minutes: tuple[float, float]) -> Values:
    return np.array([area_within(curves[seed], *minutes) for seed in aligned.seeds])


def _corrected(compared: Sequence[Compared]) -> list[Compared]:
    """Return the comparisons with Holm's p-values: for each factor a family of areas, and one of the rest."""
    families: dict[tuple[str, bool], list[tuple[int, str, float]]] = {}
    for row, each in enumerate(compared):
        for name, p in _tests(each):
            families.setdefault((each.pair.factor, name == "answers"), []).append((row, name, p))
    corrected: list[dict[str, float]] = [{} for _ in compared]
    for family in families.values():
        for (row, name, _), p in zip(family, holm([p for _, _, p in family]), strict=True):
            corrected[row][name] = p
    return [replace(each, corrected=found) for each, found in zip(compared, corrected, strict=True)]


def _tests(compared: Compared) -> Iterator[tuple[str, float]]:
    named = {"answers": compared.over_answers, "minutes": compared.over_minutes}
    for name, difference in (named | {str(size): each for size, each in compared.at.items()}).items():
        if difference is not None and difference.t_p is not None:
            yield name, difference.t_p
