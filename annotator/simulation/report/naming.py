"""What arms, factors and figures are called in a report."""

from collections.abc import Sequence

from annotator.rounds.loss_wording import name_of_loss
from annotator.rounds.measuring.bought_figures import unit_of
from annotator.rounds.measuring.comparison_tables import FIGURES
from annotator.simulation.pairing import FACTORS, PLAINEST, Pair
from annotator.simulation.records import Arm
from annotator.wording import listed

FACTOR_NAMES = {
    "data": "data",
    "losses": "taught with",
    "encoder": "encoder",
    "acquisition": "asking",
    "people": "people",
}
_MORE_FIGURES = {
    "average_precision_integrated_gradients": "AP by integrated gradients",
    "delta_tpr_control": "ΔTPR of other words",
    "ece": "calibration error (ECE)",
}


def figure_name(figure: str) -> str:
    """Return `accuracy on dev` for `dev accuracy`."""
    split, _, name = figure.partition(" ")
    if not name:
        return figure
    known = _MORE_FIGURES.get(name) or (unit_of(name) if name in FIGURES else name.replace("_", " "))
    return f"{known} on {split}"


def value_name(factor: str, value: str) -> str:
    """Return what a value of a factor is called in tables and legends."""
    if factor == "losses":
        return name_of_loss(value, model="")
    return f"people: {value}" if factor == "people" else value


def acting(factor: str, value: str) -> str:
    """Return a value as what is done: the subject of a sentence about it."""
    if factor == "people":
        return f"having people with “{value}”"
    verb = {"losses": "teaching with", "encoder": "reading with", "acquisition": "asking by"}[factor]
    return f"{verb} {value_name(factor, value)}"


def against(factor: str, value: str) -> str:
    """Return a baseline as what an arm is compared with."""
    if value == PLAINEST[factor]:
        return {"acquisition": "asking at random", "people": "perfect people"}.get(factor, value_name(factor, value))
    return value_name(factor, value)


def varying(arms: Sequence[Arm]) -> list[str]:
    """Return the factors in which the arms differ, in the order of the report."""
    return [factor for factor in FACTORS if len({getattr(arm, factor) for arm in arms}) > 1]


def constants(arms: Sequence[Arm]) -> str:
    """Return what all arms share, as the end of a sentence."""
    shared = [factor for factor in FACTORS if factor not in varying(arms)]
    return listed([_of_arm(factor, arms[0]) for factor in shared], "and")


def names_of(arm: Arm, factors: Sequence[str]) -> str:
    """Return an arm by the values of some factors: `labels only, margin`."""
    return ", ".join(value_name(factor, getattr(arm, factor)) for factor in factors)


def where(pair: Pair, factors: Sequence[str]) -> str:
    """Return what both arms of a pair share of these factors, for a table; perfect people go without saying."""
    is_perfect = pair.arm.people == PLAINEST["people"]
    shared = [factor for factor in factors if factor != pair.factor and not (factor == "people" and is_perfect)]
    return names_of(pair.arm, shared)


def within(pair: Pair, factors: Sequence[str]) -> str:
    """Return the same for a sentence, `litbank and minilm`, without chance and perfection, which go without saying."""
    plain = [factor for factor in ("acquisition", "people") if getattr(pair.arm, factor) == PLAINEST[factor]]
    others = [factor for factor in factors if factor not in (pair.factor, "encoder", *plain)]
    encoder = [] if pair.factor == "encoder" else [pair.arm.encoder]
    return listed([pair.arm.data, *encoder, *(_of_arm(factor, pair.arm) for factor in others)], "and")


def capitalised(words: str) -> str:
    """Return words as the beginning of a sentence."""
    return f"{words[:1].upper()}{words[1:]}"


def _of_arm(factor: str, arm: Arm) -> str:
    value = getattr(arm, factor)
    if factor == "people":
        return against(factor, value) if value == PLAINEST[factor] else f"people with “{value}”"
    return f"asking by {value}" if factor == "acquisition" and value != PLAINEST[factor] else against(factor, value)
