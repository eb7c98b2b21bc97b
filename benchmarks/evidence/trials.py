"""The finished trials as the runs of a simulation, and the numbers that are read from their curves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from study_parts.trials_file import TrialsFile

from annotator.simulation.curves import area, curve_of
from annotator.simulation.records import Arm, Point, Run
from evidence.protocol import Trial, trial_of

Runs = Mapping[Trial, Run]
"""Finished trials, those that failed left out."""
UNIT_MINUTES = 10 / 60
"""What a labelled answer costs."""


def trials_file(path: Path) -> TrialsFile[Trial]:
    """Return the file of the study's trials."""
    return TrialsFile(path, trial_of)


def runs_of(path: Path, *, trials: Sequence[Trial]) -> dict[Trial, Run]:
    """Return the runs of these trials that are finished; their minutes are of labels alone."""
    done = trials_file(path).outcomes(trials)
    return {trial: _run(trial, outcome.result["points"]) for trial, outcome in done.items() if outcome.failed is None}


def with_cost(run: Run, ratio: float) -> Run:
    """Return a run with its minutes, where a marked answer costs `ratio` labelled ones; with 0, minutes are answers."""

    def minutes(point: Point) -> float:
        return UNIT_MINUTES * (point.answers + (ratio - 1) * point.marked) if ratio else float(point.answers)

    return replace(run, points=[replace(point, minutes=minutes(point)) for point in run.points])


def area_of(run: Run, figure: str, sizes: Sequence[int]) -> float:
    """Return the mean height, in percent, of a figure's curve between the first and the last of these sizes.

    The axis of answers is logarithmic.
    """
    curve = curve_of(run, figure)
    heights = [height for answers, height in zip(curve.answers, curve.heights, strict=True) if answers in sizes]
    if len(heights) != len(sizes):
        raise ValueError(f"a run with {figure} at {curve.answers} answers, expected {tuple(sizes)}")
    return float(area(np.array(sizes, dtype=float), np.array(heights)))


def at(run: Run, figure: str, size: int) -> float | None:
    """Return a figure after so many answers, in percent; None if the run has none."""
    values = [point.figures[figure] for point in run.points if point.answers == size and figure in point.figures]
    return 100 * values[0] if values else None


def _run(trial: Trial, points: Sequence[Mapping[str, Any]]) -> Run:
    arm = Arm(trial.data, trial.encoder, trial.loss, trial.acquisition, trial.people)
    return Run(arm, trial.seed, [_point(point) for point in points])


def _point(point: Mapping[str, Any]) -> Point:
    return Point(point["answers"], point["marked"], UNIT_MINUTES * point["answers"], point["figures"])
