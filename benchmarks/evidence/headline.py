"""The one table of the README: what the marks of 300 answers change, a row for each set and encoder."""

from collections.abc import Iterator
from itertools import product
from statistics import fmean

from evidence import dose, marks_saved
from evidence.comparisons import Compared, shown
from evidence.found import Arm, Found
from evidence.marks_saved import EVERY_ENCODER, answers_saved, labels_only, taught
from evidence.protocol import (
    MARKS,
    NAMES,
    NOT_PLANTED,
    ONE_SIZE,
    PICKED,
    SETS,
    SIGNIFICANT,
    STRENGTH_OF_TARGETS,
)
from learner.encoders.choosing import MINILM
from learner.loss_names import NO_LOSS

_BY = {PICKED: "MiniLM, `log-even`", MARKS: "MiniLM, `log-mass`"}
"""The pretrained encoder with the loss that is its default now, and with the one that was."""


def lines(found: Found) -> Iterator[str]:
    """Yield the table: labels only → labels and marks, in per cent; a difference with p < 0.05 is bold."""
    yield (
        f"| {ONE_SIZE} answers, labels only → labels and marks | seeds | accuracy | difference (95 % interval) | AP | "
        "ΔTPR (control) | answers saved |"
    )
    yield "|---" * 7 + "|"
    yield from _of_sets(found)
    yield from _of_shortcuts(found)


def _of_sets(found: Found) -> Iterator[str]:
    compared = {each.name: each for each in (*marks_saved.differences(found), *marks_saved.of_picked(found))}
    for data in SETS:
        defaults = ((name, taught(data, encoder)) for encoder, name in EVERY_ENCODER.items())
        for name, arm in ((PICKED, Arm(data, PICKED)), *defaults):
            of = compared.get(f"{NAMES[data]}, {name}, {ONE_SIZE:,}")
            if of is not None:
                arms = (labels_only(data, arm.encoder), arm)
                saved = answers_saved(found, *arms, ONE_SIZE) if arm.encoder in marks_saved.ENCODERS else "–"
                said = _BY[arm.loss] if arm.encoder == MINILM else name
                yield _row(found, f"{NAMES[data]}, {said}", arms, of, saved)


def _of_shortcuts(found: Found) -> Iterator[str]:
    compared = {each.name: each for each in dose.against_labels(found)}
    for data, (loss, said) in product(NOT_PLANTED, _BY.items()):
        of = compared.get(f"{NAMES[data]}, {STRENGTH_OF_TARGETS} %, {loss}")
        if of is not None:
            labels = Arm(data, NO_LOSS, shortcut=STRENGTH_OF_TARGETS)
            arms = (labels, labels._replace(loss=loss))
            yield _row(found, f"{NAMES[data]}, {said}, a shortcut of {STRENGTH_OF_TARGETS} %", arms, of, "–")


def _row(found: Found, name: str, arms: tuple[Arm, Arm], of: Compared, saved: str) -> str:
    accuracy, precision, reliance = (
        _pair(found, arms, each) for each in ("accuracy", "average_precision", "delta_tpr")
    )
    control = found.mean(arms[1], "delta_tpr_control", ONE_SIZE)
    if control is not None:
        reliance += f" ({control:.1f})".replace("-", "−")
    difference = shown(of.difference, is_certain=of.p < SIGNIFICANT)
    return f"| {name} | {of.difference.seeds} | {accuracy} | {difference} | {precision} | {reliance} | {saved} |"


def _pair(found: Found, arms: tuple[Arm, Arm], figure: str) -> str:
    """Return the means of both arms over the seeds that both have."""
    labels, marks = (found.values(arm, figure, ONE_SIZE) for arm in arms)
    seeds = labels.keys() & marks.keys()
    if not seeds:
        return "–"
    return " → ".join(f"{fmean(values[seed] for seed in seeds):.1f}".replace("-", "−") for values in (labels, marks))
