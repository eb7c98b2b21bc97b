"""Runs of simulations that no one has run, whose effects are known."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from annotator.simulation.records import Arm, Point, Run

SIZES = (50, 100, 150, 200, 300)
LABELS = Arm("litbank", "minilm", "none", "random")
MARKS = Arm("litbank", "minilm", "log-mass", "random")


def runs_of(
    arm: Arm,
    *,
    effect: float = 0.0,
    seeds: Iterable[int] = range(10),
    sizes: Sequence[int] = SIZES,
    minutes: float = 0.2,
) -> list[Run]:
    """Return an arm's runs: a curve up to 78 %, higher by the effect in points; seeds share most of their luck."""
    return [_run(arm, effect, seed, sizes, minutes) for seed in seeds]


def _run(arm: Arm, effect: float, seed: int, sizes: Sequence[int], minutes: float) -> Run:
    shared = np.random.default_rng(seed).normal(0, 1.0)
    own = np.random.default_rng([seed, *map(ord, arm.losses + arm.acquisition)])
    points = []
    for size in sizes:
        accuracy = (78 - 24 * math.exp(-size / 120) + effect + shared + own.normal(0, 0.6)) / 100
        figures = {"dev accuracy": accuracy, "dev macro_f1": accuracy - 0.02, "dev delta_tpr": accuracy / 2}
        points.append(Point(size, 0 if arm.losses == "none" else size, size * minutes, figures))
    return Run(arm, seed, points)
