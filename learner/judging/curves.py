"""A point on a curve of figures over the answers, or over the minutes that they took."""

from dataclasses import dataclass

from learner.judging.intervals import Estimate


@dataclass(frozen=True)
class CurvePoint:
    """One point of a chart."""

    figure: str
    loss: str
    answers: int
    minutes: float | None
    estimate: Estimate
    """In percent, with the interval of this model alone: only `compare` says whether two points differ."""
