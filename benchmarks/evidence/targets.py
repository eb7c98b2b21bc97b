"""The targets of the study, and what was reached."""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evidence.comparisons import signed
from evidence.found import Arm, Found
from evidence.protocol import (
    LEAST_DELTA_TPR,
    LEAST_GAIN_AT_SHORTCUT,
    LEAST_PRECISION,
    LITBANK,
    MARKS,
    MOST_LOST,
    NAMES,
    NOT_PLANTED,
    ONE_SIZE,
    PAPERS_ACCURACY,
    PAPERS_F1,
    PICKED,
    SAMPLE,
    SETS,
    SIZES,
    SIZES_OF_SAMPLE,
    STRENGTH_OF_TARGETS,
)
from learner.loss_names import NO_LOSS

Measure = Callable[[Found, str], float | None]
"""What is measured of a loss."""


@dataclass(frozen=True)
class Target:
    """A figure, in percent or points, and the least that it should be."""

    name: str
    measure: Measure
    bound: float
    is_difference: bool = False
    """Whether it is in points against labels only."""


@dataclass(frozen=True)
class Reached:
    """A target and the figure that was reached; None while trials are missing."""

    name: str
    bound: float
    figure: float | None
    is_difference: bool
    with_picked: float | None = None
    """The figure of the loss that the rule picked later."""

    @property
    def is_met(self) -> bool | None:
        """Return whether the figure is as high as it should be."""
        return None if self.figure is None else operator.ge(round(self.figure, 6), self.bound)


def reached(found: Found) -> Iterator[Reached]:
    """Yield every target with its figure."""
    for target in TARGETS:
        figure, with_picked = (target.measure(found, loss) for loss in (MARKS, PICKED))
        yield Reached(target.name, target.bound, figure, target.is_difference, with_picked)


def in_lines(found: Found) -> list[str]:
    """Return the targets as lines of Markdown."""
    words = {True: "yes", False: "no", None: "–"}
    rows = [
        f"| {each.name} | {_shown(each, each.figure)} | {_shown(each, each.bound)} | {words[each.is_met]} | "
        f"{_shown(each, each.with_picked)} |"
        for each in reached(found)
    ]
    return [f"| target | reached | at least | met | by `{PICKED}` |", "|---|---|---|---|---|", *rows]


def _shown(reached: Reached, value: float | None) -> str:
    if value is None:
        return "–"
    return signed(value) if reached.is_difference else f"{value:.1f}"


def worst_cell(found: Found, loss: str = MARKS) -> tuple[str, int, float] | None:
    """Return the set and the size at which the loss is lowest against labels only, and by how many points."""
    cells = [(data, size) for data in SETS for size in (SIZES_OF_SAMPLE if data == SAMPLE else SIZES)]
    differences = [(data, size, _against_labels(found, loss, data, size)) for data, size in cells]
    known = [(data, size, value) for data, size, value in differences if value is not None]
    return min(known, key=lambda each: each[2], default=None)


def _against_labels(found: Found, loss: str, data: str, size: int, *, shortcut: int | None = None) -> float | None:
    arm = Arm(data, loss, shortcut=shortcut)
    difference = found.difference(arm, arm._replace(loss=NO_LOSS), "accuracy", size)
    return None if difference is None else difference.mean


def _of_default(figure: str) -> Measure:
    return lambda found, loss: found.mean(Arm(LITBANK, loss), figure, ONE_SIZE)


def _lowest(found: Found, loss: str) -> float | None:
    worst = worst_cell(found, loss)
    return None if worst is None else worst[2]


def _gain(data: str, shortcut: int | None) -> Measure:
    return lambda found, loss: _against_labels(found, loss, data, ONE_SIZE, shortcut=shortcut)


TARGETS = (
    Target("LitBank, 300 marked answers: accuracy", _of_default("accuracy"), PAPERS_ACCURACY),
    Target("LitBank, 300 marked answers: F1", _of_default("f1"), PAPERS_F1),
    Target("LitBank, 300 marked answers: AP of what is shown", _of_default("average_precision"), LEAST_PRECISION),
    Target("LitBank, 300 marked answers: ΔTPR", _of_default("delta_tpr"), LEAST_DELTA_TPR),
    Target("all cells of A: accuracy against labels only, lowest", _lowest, -MOST_LOST, is_difference=True),
    *(
        Target(
            f"{NAMES[data]}, shortcut of 90 %: accuracy against labels only",
            _gain(data, strength),
            least,
            is_difference=True,
        )
        for data in NOT_PLANTED
        for strength, least in ((STRENGTH_OF_TARGETS, LEAST_GAIN_AT_SHORTCUT),)
    ),
    *(
        Target(
            f"{NAMES[data]}, nothing planted: accuracy against labels only",
            _gain(data, nothing),
            -MOST_LOST,
            is_difference=True,
        )
        for data, nothing in NOT_PLANTED.items()
    ),
)
