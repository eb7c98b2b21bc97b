"""What a simulation leaves behind: for each arm and seed, the figures of its models at each number of answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Arm:
    """What is compared: a way to teach and to choose, on one data set, with one kind of people."""

    data: str
    encoder: str
    losses: str
    """The loss, a sum of names, as `whylight round start --loss` takes it; "none" is labels only."""
    acquisition: str
    people: str = "perfect"
    """How the oracle answers, in a few words: "perfect", "marks on 30 %", "labels wrong in 10 %"."""


@dataclass(frozen=True)
class Point:
    """The model of one round."""

    answers: int
    marked: int
    """How many of the answers have marks, also those that say that no word matters."""
    minutes: float
    """What the answers cost by the cost model."""
    figures: Mapping[str, float]
    """Figures on dev and, where it may be read, on test: "dev accuracy", "test macro_f1", …; shares between 0 and 1."""


@dataclass(frozen=True)
class Run:
    """One arm with one seed: its learning curve."""

    arm: Arm
    seed: int
    points: Sequence[Point]
    """In order of `answers`. Runs with the same data, people and seed begin with the same sentences."""
