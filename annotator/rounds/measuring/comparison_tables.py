"""A comparison of two rounds as tables of text: what the page draws and the command prints."""

from collections.abc import Sequence
from typing import NamedTuple

from annotator.rounds.measuring.comparing import RoundComparison, title_of
from annotator.rounds.measuring.parts import Part
from annotator.wording import figure, from_to, signed
from learner.judging.intervals import FEWEST
from learner.judging.paired import Difference

FIGURES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "average_precision": "average precision of the marked words",
    "share_marked": "share of the saliency on marked words",
    "delta_tpr": "ΔTPR: right answers lost without the marked words",
    "delta_tpr_control": "the same without as many other words",
    "saliency_accuracy": "saliency accuracy (the paper's), marked words",
    "saliency_accuracy_unmarked": "the same, other words",
}
"""What each figure is called, in the order in which they are shown."""


class Table(NamedTuple):
    """The head and the rows of a table, all text."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def figures_table(compared: RoundComparison) -> Table:
    """Return every figure of both rounds, with the interval of the difference."""
    differences = compared.figures.differences
    rows = [(name, *_columns(differences[key])) for key, name in FIGURES.items()]
    return Table(("figure, in %", *_heads(compared)), rows)


def parts_table(compared: RoundComparison, parts: Sequence[Part]) -> Table:
    """Return the accuracy on parts of the sentences; the name of a group is written once."""
    rows, last = [], ""
    for part in parts:
        rows.append((part.group if part.group != last else "", part.name, *_columns(part.difference)))
        last = part.group
    return Table(("by", "those", *_heads(compared)), rows)


def confusion_table(compared: RoundComparison) -> Table:
    """Return how many sentences of each label are predicted with each, before and after, and the change."""
    labels = compared.labels[: len(compared.confusion.before)]
    change = compared.confusion.change
    rows = [
        (
            gold,
            *(
                f"{compared.confusion.before[row, column]:,} → {compared.confusion.after[row, column]:,}"
                f" ({signed(float(change[row, column]), 0)})"
                for column in range(len(labels))
            ),
        )
        for row, gold in enumerate(labels)
    ]
    return Table(("people's label", *(f"predicted {name}" for name in labels)), rows)


def categories_table(compared: RoundComparison) -> Table:
    """Return how many marked sentences are in each category of the paper's appendix D."""
    total = sum(compared.categories.values())
    rows = [
        (f"{name[0].upper()}{name[1:]}", f"{count:,}", f"{100 * count / total:.1f}" if total else "–")
        for name, count in compared.categories.items()
    ]
    return Table(("what both predict and look at", "sentences", "%"), rows)


def p_value(p: float) -> str:
    """Return a probability as papers write it: `p = 0.04`, `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.01 else f"p = {p:.2f}"


def _heads(compared: RoundComparison) -> tuple[str, ...]:
    return title_of(compared.before), title_of(compared.after), "difference (95 % interval)", "sentences"


def _columns(difference: Difference | None) -> tuple[str, ...]:
    if difference is None:
        return "–", "–", "–", "0"
    return (
        figure(difference.before),
        figure(difference.after),
        f"{signed(difference.points)} ({_interval(difference)})",
        f"{difference.sentences:,}",
    )


def _interval(difference: Difference) -> str:
    if difference.interval is None:
        return f"fewer than {FEWEST}"
    return from_to(difference.interval.low, difference.interval.high)
