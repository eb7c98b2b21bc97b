"""The rule for the app's default, from figures on dev alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from annotator.simulation.comparing import Difference, holm
from evidence.comparisons import signed
from evidence.found import Arm, Found, paired
from evidence.protocol import (
    ACQUISITION_SETS,
    AS_IS,
    BY_MARKS,
    BY_WORST_GROUP,
    CHOICE_GAIN,
    CHOICE_MOST_LOST,
    LOSSES_FOR_DEFAULT,
    MARGIN,
    MARKS,
    MOST_LOST,
    NOT_PLANTED,
    ONE_SIZE,
    RANDOM,
    SAMPLE,
    SETS,
    SIGNIFICANT,
    SIZES,
    SIZES_OF_SAMPLE,
    STRENGTH_OF_TARGETS,
    STRENGTHS,
    WITHOUT_WORD,
    Chosen,
    trials_of_default,
)
from learner.loss_names import NO_LOSS


@dataclass(frozen=True)
class Ruled:
    """What the rule says about one setting, with the figures that it looked at; None while trials are missing."""

    setting: str
    stays: str
    becomes: str | None
    why: str


def ruled(found: Found, chosen: Chosen | None) -> Iterator[Ruled]:
    """Yield what the rule says about the loss, the acquisition and the choice of the step; `found` is of dev.

    It looks at the trials of A, B and D with seeds 0 to 9, though some arms have more, and A3 came after it.
    """
    read = set(trials_of_default(chosen))
    found = replace(found, runs={trial: run for trial, run in found.runs.items() if replace(trial, steps=None) in read})
    yield _loss(found)
    yield _acquisition(found, chosen)
    yield _choice(found)


def _loss(found: Found) -> Ruled:
    lost = {loss: _worst_loss(found, loss) for loss in LOSSES_FOR_DEFAULT}
    of_default = _worst_loss(found, MARKS, planted=False)
    if of_default is None:
        return _missing("loss", MARKS)
    why = f"in its worst cell of A it is {signed(of_default)} points of accuracy from labels only"
    if of_default >= -MOST_LOST:
        return Ruled("loss", MARKS, MARKS, why)
    known = {loss: worst for loss, worst in lost.items() if worst is not None}
    best = max(known, key=lambda loss: known[loss])
    others = ", ".join(f"{loss} {signed(worst)}" for loss, worst in known.items())
    return Ruled("loss", MARKS, best, f"{why}; worst cells of A and D: {others}")


def _worst_loss(found: Found, loss: str, *, planted: bool = True) -> float | None:
    """Return the lowest difference of mean accuracy to labels only over the cells in which both have trials."""
    cells = [(Arm(data, loss), size) for data in SETS for size in (SIZES_OF_SAMPLE if data == SAMPLE else SIZES)]
    if planted:
        planted_arms = (
            Arm(data, loss, shortcut=strength) for data, even in NOT_PLANTED.items() for strength in (*STRENGTHS, even)
        )
        cells += [(arm, ONE_SIZE) for arm in planted_arms]
    differences = [found.difference(arm, arm._replace(loss=NO_LOSS), "accuracy", size) for arm, size in cells]
    return min((each.mean for each in differences if each is not None), default=None)


def _acquisition(found: Found, chosen: Chosen | None) -> Ruled:
    others = (chosen.diverse, chosen.ours) if chosen else ()
    against = {name: _areas_against(found, name) for name in (*others, RANDOM)}
    if not others or any(difference is None for difference in against.values()):
        return _missing("acquisition", MARGIN)
    differences = {name: difference for name, difference in against.items() if difference is not None}
    corrected = dict(zip(others, holm([_p(differences[name]) for name in others]), strict=True))
    better = [name for name in others if differences[name].mean > 0 and corrected[name] < SIGNIFICANT]
    why = "; ".join(f"{name} {_in_words(difference, corrected.get(name))}" for name, difference in differences.items())
    best = max(better, key=lambda name: differences[name].mean, default=MARGIN)
    if differences[RANDOM].mean > 0 and _p(differences[RANDOM]) < SIGNIFICANT:
        best = RANDOM
    return Ruled("acquisition", MARGIN, best, f"area against {MARGIN}'s: {why}")


def _areas_against(found: Found, acquisition: str) -> Difference | None:
    """Return how the areas differ from margin's: of each seed, the mean over both sets and both losses."""
    return paired(_mean_areas(found, acquisition), _mean_areas(found, MARGIN))


def _mean_areas(found: Found, acquisition: str) -> dict[int, float]:
    arms = [Arm(data, loss, acquisition=acquisition) for data in ACQUISITION_SETS for loss in (NO_LOSS, MARKS)]
    of_arms = [found.areas(arm, "accuracy", SIZES) for arm in arms]
    seeds = set(of_arms[0]).intersection(*of_arms)
    return {seed: fmean(areas[seed] for areas in of_arms) for seed in sorted(seeds)}


def _choice(found: Found) -> Ruled:
    gains = {choice: _gain(found, choice, planted=True) for choice in (BY_MARKS, BY_WORST_GROUP)}
    lost = {choice: _gain(found, choice, planted=False) for choice in gains}
    if None in (*gains.values(), *lost.values()):
        return _missing("choice of the step", AS_IS)
    able = [choice for choice, gain in gains.items() if _is_able(gain, lost[choice])]
    why = "; ".join(
        f"{choice} {_points(gains[choice])} on dev without the word, {_points(lost[choice])} where nothing is planted"
        for choice in gains
    )
    return Ruled("choice of the step", AS_IS, max(able, key=lambda choice: gains[choice] or 0.0, default=AS_IS), why)


def _is_able(gain: float | None, lost: float | None) -> bool:
    return gain is not None and lost is not None and gain >= CHOICE_GAIN and lost >= -CHOICE_MOST_LOST


def _gain(found: Found, choice: str, *, planted: bool) -> float | None:
    """Return what another choice gains on dev, in the mean over both sets and both losses."""
    figure = WITHOUT_WORD if planted else "accuracy"
    arms = [
        Arm(data, loss, shortcut=STRENGTH_OF_TARGETS if planted else nothing, choice=choice)
        for data, nothing in NOT_PLANTED.items()
        for loss in (NO_LOSS, MARKS)
    ]
    differences = [found.difference(arm, arm._replace(choice=AS_IS), figure, ONE_SIZE) for arm in arms]
    means = [each.mean for each in differences if each is not None]
    return fmean(means) if len(means) == len(arms) else None


def _p(difference: Difference) -> float:
    return 1.0 if difference.t_p is None else difference.t_p


def _in_words(difference: Difference, corrected: float | None) -> str:
    p = _p(difference) if corrected is None else corrected
    return f"{signed(difference.mean, 2)} points (p = {p:.3f}, {difference.seeds} seeds)"


def _points(gain: float | None) -> str:
    return "–" if gain is None else f"{signed(gain)} points"


def _missing(setting: str, stays: str) -> Ruled:
    return Ruled(setting, stays, None, "trials are missing")


def in_sentences(rules: Sequence[Ruled]) -> Iterator[str]:
    """Yield what becomes of each setting, and why; none of those whose trials are missing."""
    for rule in rules:
        if rule.becomes is not None:
            outcome = "stays" if rule.becomes == rule.stays else f"was `{rule.stays}` and becomes"
            yield f"The {rule.setting} {outcome} `{rule.becomes}`: {rule.why}."


def in_lines(rules: Sequence[Ruled]) -> list[str]:
    """Return the rule's outcome as lines of Markdown."""
    rows = [f"| {rule.setting} | {rule.stays} | {rule.becomes or '–'} | {rule.why} |" for rule in rules]
    return ["| setting | was | becomes | why |", "|---|---|---|---|", *rows]
