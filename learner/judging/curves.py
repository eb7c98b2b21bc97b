"""Curves of figures over the answers and the minutes that they took, one curve per loss."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from learner.judging.figures import estimate_figures
from learner.judging.intervals import Estimate
from learner.judging.judged import Judged


@dataclass(frozen=True)
class Measured:
    """A model and what it cost: judged on the sentences that every model of a curve is judged on."""

    loss: str
    answers: int
    minutes: float | None
    """The time that people took for the answers; None if it is not known."""
    judged: Judged


@dataclass(frozen=True)
class CurvePoint:
    """One point of a chart."""

    figure: str
    loss: str
    answers: int
    minutes: float | None
    estimate: Estimate
    """In percent, with the interval of this model alone: only `compare` says whether two points differ."""


def curve_points(
    models: Iterable[Measured],
    *,
    figures: Sequence[str] = ("accuracy", "macro_f1", "average_precision"),
    seed: int = 0,
) -> list[CurvePoint]:
    """Return the points of all curves, by figure as listed, loss and answers; none where a figure has no sentence."""
    points = [point for model in models for point in _points(model, figures, seed)]
    return sorted(points, key=lambda point: (figures.index(point.figure), point.loss, point.answers))


def _points(model: Measured, figures: Sequence[str], seed: int) -> list[CurvePoint]:
    estimates = estimate_figures(model.judged, seed=seed)
    return [
        CurvePoint(figure, model.loss, model.answers, model.minutes, estimate)
        for figure in figures
        if (estimate := estimates[figure]) is not None
    ]
