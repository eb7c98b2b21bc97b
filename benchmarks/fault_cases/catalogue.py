"""The catalogue of faults: what is done to a project, and what must be true afterwards."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


class Broken(Exception):
    """A promise did not hold; the message says which."""


class NotHere(Exception):
    """This machine cannot show the fault; the message says what it lacks."""


@dataclass(frozen=True)
class Trial:
    """The settings of one run of a fault: where, and how thoroughly."""

    folder: Path
    """An empty folder of its own."""
    rng: random.Random
    kills: int = 10
    cut_points: int = 50
    patient: bool = False
    """True waits as long as people would have to; False shortens all waits by the same factor."""


@dataclass(frozen=True)
class Happened:
    """The outcome: how often the fault was played, a description, and figures by name."""

    times: int
    words: str
    figures: dict[str, int] = field(default_factory=dict)


Play = Callable[[Trial], Happened]


@dataclass(frozen=True)
class Fault:
    """A numbered way to break things; `play` raises Broken if the promise does not hold."""

    number: int
    name: str
    done: str
    expected: str
    play: Play


FAULTS: list[Fault] = []
"""All faults in the order of their numbers, once `fault_cases.everything` is imported."""


def fault(number: int, *, done: str, expected: str) -> Callable[[Play], Play]:
    """Add a function to the catalogue, under its own name."""

    def enter(play: Play) -> Play:
        FAULTS.append(Fault(number, play.__name__.replace("_", " "), done, expected, play))
        FAULTS.sort(key=lambda fault: fault.number)
        return play

    return enter


def hold(claim: bool, otherwise: str) -> None:
    """Raise Broken, saying `otherwise`, unless the claim is true."""
    if not claim:
        raise Broken(otherwise)
