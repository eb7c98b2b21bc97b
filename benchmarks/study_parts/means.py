"""A figure of several trials: its values, their mean and standard deviation (ddof 0), and how a table shows them."""

from collections.abc import Iterable
from statistics import fmean, pstdev
from typing import Any

from study_parts.trials_file import Done


def mean(trials: Iterable[Done[Any]], figure: str) -> float | None:
    """Return the mean of a figure over the trials that have it."""
    values = values_of(trials, figure)
    return fmean(values) if values else None


def values_of(trials: Iterable[Done[Any]], figure: str) -> list[float]:
    """Return the values of a figure, of the trials that have it."""
    return [float(done.figures[figure]) for done in trials if done.figures.get(figure) is not None]


def summary_of(trials: Iterable[Done[Any]], figure: str) -> dict[str, float]:
    """Return the mean and the standard deviation; at least one trial has the figure."""
    values = values_of(trials, figure)
    return {"mean": round(fmean(values), 2), "sd": round(pstdev(values), 2)}


def cell_of(trials: Iterable[Done[Any]], figure: str) -> str:
    """Return mean ± standard deviation, or a dash if no trial has the figure."""
    values = values_of(trials, figure)
    return f"{fmean(values):.1f} ± {pstdev(values):.1f}" if values else "–"
