"""Question 6: how strong a shortcut must be before marks pay, and what protects from it at what cost."""

from collections.abc import Iterator

from annotator.simulation.comparing import Difference
from evidence.comparisons import Compared, Wanted, family, in_lines, in_words
from evidence.found import Arm, Found
from evidence.protocol import (
    BY_MARKS,
    BY_WORST_GROUP,
    DASH,
    MARKS,
    MOST_LOST,
    NAMES,
    NOT_PLANTED,
    ONE_SIZE,
    RULE,
    SHORTCUT_LOSSES,
    STRENGTH_OF_TARGETS,
    STRENGTHS,
    WITHOUT_WORD,
)
from learner.loss_names import NO_LOSS


def arms_of(data: str, strength: int | None) -> dict[str, Arm]:
    """Return the arms at a strength by name: the losses, then the default with a `-` and with a rule."""
    losses = {loss: Arm(data, loss, shortcut=strength) for loss in SHORTCUT_LOSSES}
    if strength == NOT_PLANTED[data]:
        return losses
    taught = losses[MARKS]
    return losses | {
        f"{MARKS} with -": taught._replace(people=DASH),
        f"{MARKS} with a rule": taught._replace(people=RULE),
    }


def tables(found: Found) -> Iterator[str]:
    """Yield the accuracies by strength, their differences to labels only, and the other choices of the step."""
    for data in NOT_PLANTED:
        yield from ("", f"### {NAMES[data]}", "", *accuracies(found, data))
    yield from ("", "### Against labels only", "", *in_lines(against_labels(found)))
    yield from ("", "### Other choices of the step, against the usual one", "", *in_lines(choices(found)))
    yield from ("", "### The same on dev without the planted word", "", *in_lines(choices_without_word(found)))


def accuracies(found: Found, data: str) -> Iterator[str]:
    """Yield the table of the accuracies by strength, one row per way to teach."""
    strengths = (NOT_PLANTED[data], *STRENGTHS)
    yield "| trained with | none planted | " + " | ".join(f"{strength} %" for strength in STRENGTHS) + " |"
    yield "|---" * (len(strengths) + 1) + "|"
    for name in arms_of(data, STRENGTH_OF_TARGETS):
        arms = [arms_of(data, strength).get(name) for strength in strengths]
        yield f"| {name} | " + " | ".join(_cell(found, arm) for arm in arms) + " |"


def against_labels(found: Found) -> list[Compared]:
    """Return how far every way to teach is from labels only at every strength; one family with `choices`."""
    number = sum(difference is not None for _, difference in _of_losses(found))
    return family([*_of_losses(found), *_of_choices(found, "accuracy")])[:number]


def choices(found: Found) -> list[Compared]:
    """Return how far the other choices of the step are from the usual one; one family with `against_labels`."""
    number = sum(difference is not None for _, difference in _of_losses(found))
    return family([*_of_losses(found), *_of_choices(found, "accuracy")])[number:]


def choices_without_word(found: Found) -> list[Compared]:
    """Return how far they are on dev without the planted word, by which the rule for the default decides."""
    return family(_of_choices(found, WITHOUT_WORD))


def _of_losses(found: Found) -> list[Wanted]:
    return [
        (f"{_place(data, strength)}, {name}", _gain(found, arm))
        for data, nothing in NOT_PLANTED.items()
        for strength in (nothing, *STRENGTHS)
        for name, arm in arms_of(data, strength).items()
        if arm.loss != NO_LOSS
    ]


def _of_choices(found: Found, figure: str) -> list[Wanted]:
    return [
        (
            f"{_place(data, strength)}, {loss}, {choice}",
            _of_choice(found, Arm(data, loss, shortcut=strength), choice, figure),
        )
        for data, nothing in NOT_PLANTED.items()
        for strength in (STRENGTH_OF_TARGETS, nothing)
        for loss in (NO_LOSS, MARKS)
        for choice in (BY_MARKS, BY_WORST_GROUP)
    ]


def in_sentences(found: Found) -> Iterator[str]:
    """Yield from which strength marks pay, what protects from the shortcut, and what another choice changes."""
    by_name = {each.name: each for each in against_labels(found)}
    for data, nothing in NOT_PLANTED.items():
        compared = [(strength, by_name.get(f"{_place(data, strength)}, {MARKS}")) for strength in STRENGTHS]
        paying = [strength for strength, each in compared if each is not None and each.is_higher]
        if any(each is not None for _, each in compared):
            from_where = f"from {paying[0]} % on" if paying else "at no strength that was tried"
            yield f"{NAMES[data]}: marks on the true words pay in accuracy {from_where}."
        yield from _protecting(by_name, data, nothing)
    for each in choices(found):
        if each.is_higher or each.is_lower:
            yield f"{each.name}: accuracy changes by {in_words(each.difference)}."


def _protecting(by_name: dict[str, Compared], data: str, nothing: int | None) -> Iterator[str]:
    for name in arms_of(data, STRENGTH_OF_TARGETS):
        planted = by_name.get(f"{_place(data, STRENGTH_OF_TARGETS)}, {name}")
        if planted is None:
            continue
        plain = by_name.get(f"{_place(data, nothing)}, {name}")
        cost = ""
        if plain is not None:
            loses = "loses" if plain.difference.mean < -MOST_LOST else "does not lose more than a point"
            cost = f", and {loses} where nothing is planted ({in_words(plain.difference)})"
        at = f"at {STRENGTH_OF_TARGETS} % {name} changes accuracy by {in_words(planted.difference)}"
        yield f"{NAMES[data]}: {at} against labels only{cost}."


def _gain(found: Found, arm: Arm) -> Difference | None:
    return found.difference(arm, Arm(arm.data, NO_LOSS, shortcut=arm.shortcut), "accuracy", ONE_SIZE)


def _of_choice(found: Found, usual: Arm, choice: str, figure: str) -> Difference | None:
    return found.difference(usual._replace(choice=choice), usual, figure, ONE_SIZE)


def _cell(found: Found, arm: Arm | None) -> str:
    return "–" if arm is None else found.cell(arm, "accuracy", ONE_SIZE)


def _place(data: str, strength: int | None) -> str:
    return f"{NAMES[data]}, {'none planted' if strength == NOT_PLANTED[data] else f'{strength} %'}"
