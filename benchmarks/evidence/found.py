"""What the finished trials say: a figure of an arm by seed, and two arms compared seed by seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean, stdev
from typing import Literal, NamedTuple

import numpy as np

from annotator.simulation.comparing import Difference, difference_of
from annotator.simulation.curves import Aligned, align, curve_of
from annotator.simulation.records import Run
from annotator.simulation.saving import Saving, minutes_saved
from evidence.protocol import AS_IS, LABELS_ONLY, PERFECT, RANDOM, Trial
from evidence.trials import Runs, area_of, at, with_cost
from learner.encoders.choosing import MINILM
from learner.loss_names import NO_LOSS

Split = Literal["dev", "test"]
BY_ANSWERS = 0.0
"""The ratio that stands for counting answers, not minutes."""


class Arm(NamedTuple):
    """A trial without its seed, its sizes and its judge."""

    data: str
    loss: str
    encoder: str = MINILM
    acquisition: str = RANDOM
    people: str = ""
    """Empty: nobody marks for a model of labels only, else everyone is perfect."""
    shortcut: int | None = None
    choice: str = AS_IS

    @property
    def whole(self) -> "Arm":
        """Return the arm with its people named."""
        return self._replace(people=self.people or (LABELS_ONLY if self.loss == NO_LOSS else PERFECT))


def arm_of(trial: Trial) -> Arm:
    """Return the arm of a trial."""
    return Arm(trial.data, trial.loss, trial.encoder, trial.acquisition, trial.people, trial.shortcut, trial.choice)


@dataclass(frozen=True)
class Found:
    """The finished trials of the study, read by one of the two splits that judge them."""

    runs: Runs
    split: Split

    @cached_property
    def _by_arm(self) -> Mapping[Arm, Mapping[int, Run]]:
        arms: dict[Arm, dict[int, Run]] = {}
        for trial, run in self.runs.items():
            arms.setdefault(arm_of(trial), {})[trial.seed] = run
        return arms

    def of(self, arm: Arm) -> Mapping[int, Run]:
        """Return the runs of an arm by seed, none if no trial is finished."""
        return self._by_arm.get(arm.whole, {})

    def values(self, arm: Arm, figure: str, size: int) -> dict[int, float]:
        """Return a figure after so many answers by seed, in percent."""
        named = {seed: at(run, self.named(figure), size) for seed, run in sorted(self.of(arm).items())}
        return {seed: value for seed, value in named.items() if value is not None}

    def mean(self, arm: Arm, figure: str, size: int) -> float | None:
        """Return the mean of a figure over the seeds, in percent."""
        values = self.values(arm, figure, size)
        return fmean(values.values()) if values else None

    def cell(self, arm: Arm, figure: str, size: int) -> str:
        """Return mean ± standard deviation as a table shows them, a dash if there is no trial."""
        values = list(self.values(arm, figure, size).values())
        if not values:
            return "–"
        return f"{fmean(values):.1f}" + (f" ± {stdev(values):.1f}" if len(values) > 1 else "")

    def areas(self, arm: Arm, figure: str, sizes: Sequence[int]) -> dict[int, float]:
        """Return the mean height of a figure's curve by seed, of the runs that have all sizes."""
        whole = {
            seed: run
            for seed, run in sorted(self.of(arm).items())
            if all(at(run, self.named(figure), size) is not None for size in sizes)
        }
        return {seed: area_of(run, self.named(figure), sizes) for seed, run in whole.items()}

    def difference(self, first: Arm, second: Arm, figure: str, size: int) -> Difference | None:
        """Return by how many points the first arm is higher after so many answers; None without a common seed."""
        asked = (first.whole, second.whole, figure, size)
        if asked not in self._differences:
            self._differences[asked] = paired(self.values(first, figure, size), self.values(second, figure, size))
        return self._differences[asked]

    def saving(self, first: Arm, second: Arm, size: int, *, ratio: float = BY_ANSWERS) -> Saving | None:
        """Return what the first arm saves of the cost of so many answers with the second, for the same accuracy.

        A marked answer costs `ratio` labelled ones; by default answers are counted. None without a common seed.
        """
        asked = (first.whole, second.whole, size, ratio)
        if asked not in self._savings:
            self._savings[asked] = self._saving(first, second, size, ratio)
        return self._savings[asked]

    def named(self, figure: str) -> str:
        """Return the name of a figure in the trials; one that names its split keeps it."""
        return figure if figure.startswith(("dev ", "test ")) else f"{self.split} {figure}"

    @cached_property
    def _differences(self) -> dict[tuple[Arm, Arm, str, int], Difference | None]:
        return {}

    @cached_property
    def _savings(self) -> dict[tuple[Arm, Arm, int, float], Saving | None]:
        return {}

    def _saving(self, first: Arm, second: Arm, size: int, ratio: float) -> Saving | None:
        costs = [_by_cost(self.of(arm), ratio) for arm in (first, second)]
        curves = [{seed: curve_of(run, self.named("accuracy")) for seed, run in runs.items()} for runs in costs]
        aligned = align(curves[0], curves[1])
        if not aligned.seeds or size not in aligned.sizes:
            return None
        return minutes_saved(_only_at(aligned, size))


def paired(first: Mapping[int, float], second: Mapping[int, float]) -> Difference | None:
    """Return how two arms differ in the seeds that both have; None if there are none."""
    seeds = [seed for seed in first if seed in second]
    if not seeds:
        return None
    return difference_of(np.array([first[seed] for seed in seeds]), np.array([second[seed] for seed in seeds]))


def _by_cost(runs: Mapping[int, Run], ratio: float) -> dict[int, Run]:
    return {seed: with_cost(run, ratio) for seed, run in runs.items()}


def _only_at(aligned: Aligned, size: int) -> Aligned:
    """Return the arms with the second after so many answers alone: what it has there is to be reached, for its cost."""
    column = [aligned.sizes.index(size)]
    return replace(aligned, second=aligned.second[:, column], second_minutes=aligned.second_minutes[:, column])
