"""The figures of a round against others, as the card that leads the Rounds page shows them."""

from dataclasses import dataclass

from annotator.rounds.loss_wording import taught_figure
from annotator.rounds.measuring.measured import Against, Measured
from annotator.wording import figure, from_to, signed
from db.learning.round_records import Round
from learner.judging.intervals import Interval
from learner.judging.paired import Difference, in_words

_UNITS = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "average_precision": "AP",
    "share_marked": "share on marked words",
    "delta_tpr": "ΔTPR",
    "delta_tpr_control": "control",
    "saliency_accuracy": "saliency accuracy, marked words",
    "saliency_accuracy_unmarked": "saliency accuracy, other words",
}
_COMPANIONS = {
    "accuracy": "macro_f1",
    "average_precision": "share_marked",
    "share_marked": "average_precision",
    "delta_tpr": "delta_tpr_control",
}
"""What each large figure is read together with."""
_MEANINGS = {
    "macro_f1": "macro-F1",
    "average_precision": "AP, how high the marked words rank,",
    "share_marked": "share of the saliency on marked words",
    "delta_tpr": "right answers lost without the marked words",
    "delta_tpr_control": "lost without as many other words:",
}
_NOT_MEASURED = {
    "accuracy": "no sentence was measured",
    "average_precision": "no measured sentence has marks",
    "share_marked": "no measured sentence has marks",
    "delta_tpr": "not measured without the marked words",
}


@dataclass(frozen=True)
class BigFigure:
    """One of the three large figures of the card."""

    value: str
    unit: str
    lines: tuple[str, ...]
    is_shown: bool
    """Whether it is more than chance explains; a value that is not is drawn quietly."""


@dataclass(frozen=True)
class Since:
    """The round before, and how it compares."""

    round: Round
    against: Against


def headline_figures(shown: Round) -> tuple[str, str, str]:
    """Return the names of the three figures: is right, looks where people look, relies on it."""
    return "accuracy", taught_figure(shown), "delta_tpr"


def figures_against(shown: Round, against_twin: Against, since: Since | None) -> list[BigFigure]:
    """Return the large figures of a round against its twin, each with its change since the round before."""
    return [_against(name, against_twin, since) for name in headline_figures(shown)]


def figures_alone(shown: Round, measured: Measured, since: Since | None) -> list[BigFigure]:
    """Return the large figures of a round that has no twin to be compared with, with their own intervals."""
    return [_alone(name, measured, since) for name in headline_figures(shown)]


def _against(name: str, against_twin: Against, since: Since | None) -> BigFigure:
    differences = against_twin.comparison.differences
    found, companion = differences[name], differences[_COMPANIONS[name]]
    if found is None:
        return BigFigure("–", _UNITS[name], (_NOT_MEASURED[name],), is_shown=False)
    lines = [*_meaning(name), f"{figure(found.after)} against {figure(found.before)}{_after_comma(found.interval)}"]
    if companion is not None:
        lines.append(f"{_MEANINGS[_COMPANIONS[name]]} {_signed(companion)}")
    is_shown = against_twin.comparison.is_shown(name)
    return BigFigure(signed(found.points), _UNITS[name], (*lines, *_since(name, since)), is_shown)


def _alone(name: str, measured: Measured, since: Since | None) -> BigFigure:
    found, companion = measured.estimates[name], measured.estimates[_COMPANIONS[name]]
    if found is None:
        return BigFigure("–", _UNITS[name], (_NOT_MEASURED[name],), is_shown=False)
    lines = [*_meaning(name), f"{found.sentences:,} {measured.split} sentences{_after_comma(found.interval)}"]
    if companion is not None:
        lines.append(f"{_MEANINGS[_COMPANIONS[name]]} {figure(companion.value)}")
    return BigFigure(figure(found.value), _UNITS[name], (*lines, *_since(name, since)), is_shown=True)


def _meaning(name: str) -> list[str]:
    """Return a line on what a large figure means; none for those whose names say it."""
    return [_MEANINGS[name]] if name == "delta_tpr" else []


def _since(name: str, since: Since | None) -> list[str]:
    found = since.against.comparison.differences[name] if since else None
    return [f"since round {since.round.id} {_signed(found)}"] if since and found else []


def _after_comma(interval: Interval | None) -> str:
    return "" if interval is None else f", interval {from_to(interval.low, interval.high)}"


def _signed(found: Difference) -> str:
    interval = f" ({from_to(found.interval.low, found.interval.high)})" if found.interval else ""
    return f"{signed(found.points)}{interval}"


def verdict(after: str, before: str, against: Against) -> str:
    """Return one sentence about accuracy: what the sentences show, and what McNemar's test says."""
    compared = against.comparison
    shown = in_words(compared, of=against.split)
    if compared.differences["accuracy"] is None or not compared.gained + compared.lost:
        return f"{after} against {before}: {shown}."
    counted = f"{compared.gained} gained, {compared.lost} lost, McNemar p {_p(compared.p)}"
    return f"{after} against {before}: {shown}; {counted}."


def left_out(against: Against) -> str:
    """Return a sentence about sentences that could not be compared; empty if there were none."""
    compared = against.comparison
    parts = [
        (compared.only_before + compared.only_after, "measured for one of the two only"),
        (compared.other_gold, "whose label changed in between"),
        (compared.other_marks, "without the figures of marks, because their marks changed"),
    ]
    reasons = ", ".join(f"{count:,} {why}" for count, why in parts if count)
    return f"Left out: {reasons}." if reasons else ""


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"


def paper_rows(against: Against) -> list[tuple[str, str, str, str]]:
    """Return the paper's pair of figures: name, before, after, difference with interval."""
    differences = against.comparison.differences
    pair = [(name, differences[name]) for name in ("saliency_accuracy", "saliency_accuracy_unmarked")]
    return [(_UNITS[name], figure(one.before), figure(one.after), _signed(one)) for name, one in pair if one]


def unit_of(name: str) -> str:
    """Return what a figure, one of `learner.judging.figures.FIGURES`, is called on the pages."""
    return _UNITS[name]
