"""Which arms of a simulation are compared: those that differ in one factor only, with the plainest as the baseline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

from annotator.simulation.records import Arm
from learner.acquisition_names import RANDOM
from learner.loss_names import NO_LOSS, PAPERS_LOSS

FACTORS = ("losses", "encoder", "acquisition", "people")
"""What arms may differ in, apart from the data; in the order of the report."""
PLAINEST = {"losses": NO_LOSS, "encoder": "static", "acquisition": RANDOM, "people": "perfect"}
"""The values that come first. They are the baselines too; without `static` the first encoder by name is one."""

_LAST = {"losses": PAPERS_LOSS}
"""The paper's comes after ours."""


@dataclass(frozen=True)
class Pair:
    """An arm, and the baseline that differs from it in one factor."""

    factor: str
    arm: Arm
    baseline: Arm


def in_order(arms: Iterable[Arm]) -> list[Arm]:
    """Return the arms, each once, in the order of the report: by data, the plainest values first."""
    return sorted(set(arms), key=_rank)


def values_of(factor: str, arms: Iterable[Arm]) -> list[str]:
    """Return the values of a field of the arms, the plainest first."""
    return sorted({getattr(arm, factor) for arm in arms}, key=lambda value: _rank_of(factor, value))


def pairs_of(arms: Sequence[Arm]) -> list[Pair]:
    """Return all arms that differ from their baseline in one factor, by data, factor and arm."""
    there = set(arms)
    encoders = values_of("encoder", arms)
    baselines = PLAINEST | ({"encoder": encoders[0]} if encoders else {})
    found = [
        Pair(factor, arm, replace(arm, **{factor: baselines[factor]}))
        for arm in in_order(arms)
        for factor in FACTORS
        if getattr(arm, factor) != baselines[factor]
    ]
    known = [pair for pair in found if pair.baseline in there]
    return sorted(known, key=lambda pair: (pair.arm.data, FACTORS.index(pair.factor), _rank(pair.arm)))


def without_baseline(arms: Sequence[Arm]) -> list[tuple[str, str]]:
    """Return data and factor of what varies but has no baseline in any arm, so that nothing could be compared."""
    compared = {(pair.arm.data, pair.factor) for pair in pairs_of(arms)}
    varied = [
        (data, factor)
        for data in values_of("data", arms)
        for factor in FACTORS
        if len({getattr(arm, factor) for arm in arms if arm.data == data}) > 1
    ]
    return [each for each in varied if each not in compared]


def plainest_pairs(pairs: Sequence[Pair]) -> list[Pair]:
    """Return, for each comparison of two values, the pairs whose other factors are plainest; one for each encoder."""
    best: dict[tuple[str, ...], Pair] = {}
    for pair in sorted(pairs, key=lambda pair: (_distance(pair), _rank(pair.arm))):
        by_encoder = "" if pair.factor == "encoder" else pair.arm.encoder
        best.setdefault((pair.arm.data, pair.factor, getattr(pair.arm, pair.factor), by_encoder), pair)
    return [pair for pair in pairs if pair in best.values()]


def _distance(pair: Pair) -> int:
    """Return how many other factors of a pair are not the plainest."""
    others = [factor for factor in FACTORS if factor not in (pair.factor, "encoder")]
    return sum(getattr(pair.arm, factor) != PLAINEST[factor] for factor in others)


def _rank(arm: Arm) -> tuple[tuple[bool, bool, str], ...]:
    return tuple(_rank_of(field.name, getattr(arm, field.name)) for field in fields(arm))


def _rank_of(factor: str, value: str) -> tuple[bool, bool, str]:
    plain = value.partition(":")[0] if factor == "encoder" else value  # `static:cnn` is static with another model
    return plain != PLAINEST.get(factor), value == _LAST.get(factor), value
