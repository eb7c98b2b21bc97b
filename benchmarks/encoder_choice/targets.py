"""The targets of the default, and what it reached on test."""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean

from study_parts.means import mean

from encoder_choice.protocol import CELLS, SAMPLE
from encoder_choice.tables import Cells

_RELATIONS = {"≥": operator.ge, ">": operator.gt, "≤": operator.le, "<": operator.lt}

Measure = Callable[[Cells], float | None]


@dataclass(frozen=True)
class Target:
    """A figure of the default, and the bound that it should keep; the figure is None while trials are missing."""

    name: str
    measure: Measure
    relation: str
    bound: float


@dataclass(frozen=True)
class Reached:
    """A target and the figure that was reached."""

    name: str
    relation: str
    bound: float
    figure: float

    @property
    def is_met(self) -> bool:
        """Return whether the bound is kept."""
        return bool(_RELATIONS[self.relation](self.figure, self.bound))


def reached(cells: Cells) -> Iterator[Reached]:
    """Yield the targets that the cells have trials for."""
    for target in TARGETS:
        figure = target.measure(cells)
        if figure is not None:
            yield Reached(target.name, target.relation, target.bound, figure)


def _taught(data: str, size: int, figure: str) -> Measure:
    """Return the measure of the default's mean over the seeds."""
    return lambda cells: _mean(cells, (data, size), figure, is_taught=True)


def _gain(data: str, size: int, figure: str) -> Measure:
    """Return the measure of the difference from the same encoder with labels alone, in points."""

    def difference(cells: Cells) -> float | None:
        pair = [_mean(cells, (data, size), figure, is_taught=is_taught) for is_taught in (True, False)]
        return None if None in pair else pair[0] - pair[1]

    return difference


def _mean_gain(cells: Cells) -> float | None:
    gains = [_gain(data, size, "accuracy")(cells) for data, size in CELLS]
    return None if None in gains else fmean(gains)


def _mean(cells: Cells, cell: tuple[str, int], figure: str, *, is_taught: bool) -> float | None:
    trials = [
        each
        for of_model in cells.get(cell, {}).values()
        for each in of_model
        if each.trial.layer is not None and each.trial.is_taught == is_taught
    ]
    return mean(trials, figure)


TARGETS = (
    Target("litbank 100: accuracy", _taught("litbank", 100, "accuracy"), "≥", 73),
    Target("litbank 300: accuracy", _taught("litbank", 300, "accuracy"), "≥", 77),
    Target("litbank 300: AP of what is shown", _taught("litbank", 300, "average_precision_shown"), "≥", 78),
    Target("litbank 300: ΔTPR", _taught("litbank", 300, "delta_tpr"), "≥", 60),
    Target("litbank 300: ΔTPR, control", _taught("litbank", 300, "delta_tpr_control"), "<", 5),
    Target("hatexplain 300: accuracy", _taught("hatexplain", 300, "accuracy"), "≥", 70),
    Target("hatexplain 300: accuracy against labels only", _gain("hatexplain", 300, "accuracy"), "≥", 1),
    Target("hatexplain 300: AP against labels only", _gain("hatexplain", 300, "average_precision_shown"), "≥", 8),
    Target("sample 300: accuracy", _taught(SAMPLE, 300, "accuracy"), "≥", 76),
    Target("sample 300: accuracy against labels only", _gain(SAMPLE, 300, "accuracy"), "≥", 14),
    Target("sample 300: share on the branch's name", _taught(SAMPLE, 300, "share_branch"), "≤", 3),
    *(
        Target(f"{data} {size}: no accuracy lost to labels only", _gain(data, size, "accuracy"), "≥", -0.5)
        for data, size in CELLS
    ),
    Target("all cells: mean accuracy against labels only", _mean_gain, ">", 0),
)
