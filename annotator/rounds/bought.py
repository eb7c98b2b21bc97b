"""What the marks bought: which round is shown against which others, and what the differences say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from annotator.rounds.again import settings_of
from annotator.rounds.loss_wording import taught_figure
from annotator.rounds.measured import Against, Measured
from annotator.rounds.settings import can_have_twin
from annotator.rounds.start import RoundsOverview
from annotator.wording import figure, from_to, signed
from db.records import WORKING_STATES, Round
from learner.judging.intervals import Estimate
from learner.judging.paired import Difference, in_words

TwinState = Literal["ready", "at work", "waits", "ended", "missing", "impossible"]

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
_MEANINGS = {
    "average_precision": "how high the marked words rank",
    "share_marked": "how much of the saliency they have",
    "delta_tpr_control": "without as many other words",
}


@dataclass(frozen=True)
class Subject:
    """The newest round that is ready, and what it is shown against."""

    round: Round
    twin: Round | None
    twin_state: TwinState
    before: Round | None
    """The newest ready round before it."""


@dataclass(frozen=True)
class BigFigure:
    """One of the three large figures of the card."""

    value: str
    unit: str
    lines: tuple[str, ...]
    is_shown: bool
    """Whether it is more than chance explains; a value that is not is drawn quietly."""


def choose_subject(now: RoundsOverview) -> Subject | None:
    """Return what the card is about; None before the first round is ready."""
    ready = [one for one in now.rounds if one.state == "ready"]
    if not ready:
        return None
    twin = now.twins.get(ready[0].id)
    return Subject(ready[0], twin, _state_of_twin(ready[0], twin), ready[1] if len(ready) > 1 else None)


def _state_of_twin(shown: Round, twin: Round | None) -> TwinState:
    if twin is not None and twin.state == "ready":
        return "ready"
    if twin is not None and twin.state in WORKING_STATES:
        return "waits" if twin.is_waiting else "at work"
    if twin is not None:
        return "ended"
    return "missing" if can_have_twin(settings_of(shown)) else "impossible"


def headline_figures(shown: Round) -> tuple[str, str, str]:
    """Return the names of the three figures: right, looks where people look, relies on it."""
    return "accuracy", taught_figure(shown), "delta_tpr"


def figures_against(shown: Round, against_twin: Against, since: Against | None) -> list[BigFigure]:
    """Return the large figures of a round against its twin, each with its change since the round before."""
    return [
        _difference_figure(name, against_twin.comparison.differences, since.comparison.differences if since else None)
        for name in headline_figures(shown)
    ]


def figures_alone(shown: Round, measured: Measured, since: Against | None) -> list[BigFigure]:
    """Return the large figures of a round that has nothing to be compared with, with their own intervals."""
    return [
        _own_figure(name, measured.estimates, since.comparison.differences if since else None)
        for name in headline_figures(shown)
    ]


def _difference_figure(
    name: str, differences: Mapping[str, Difference | None], since: Mapping[str, Difference | None] | None
) -> BigFigure:
    found = differences[name]
    if found is None:
        return BigFigure("–", _UNITS[name], (_NOT_MEASURED[name],), is_shown=False)
    lines = [f"{figure(found.after)} against {figure(found.before)}{_interval(found)}"]
    lines += [_companion(other, differences[other]) for other in _COMPANIONS[name]]
    lines += _since(name, since)
    is_shown = found.interval is not None and found.interval.excludes_zero
    return BigFigure(signed(found.points), _UNITS[name], tuple(filter(None, lines)), is_shown)


def _own_figure(
    name: str, estimates: Mapping[str, Estimate | None], since: Mapping[str, Difference | None] | None
) -> BigFigure:
    found = estimates[name]
    if found is None:
        return BigFigure("–", _UNITS[name], (_NOT_MEASURED[name],), is_shown=False)
    told = f"{found.sentences:,} sentences"
    if found.interval is not None:
        told += f", interval {from_to(found.interval.low, found.interval.high)}"
    others = [(_UNITS[other], estimates[other]) for other in _COMPANIONS[name]]
    lines = [told, *(f"{unit} {figure(other.value)}" for unit, other in others if other), *_since(name, since)]
    return BigFigure(figure(found.value), _UNITS[name], tuple(lines), is_shown=True)


_COMPANIONS: dict[str, tuple[str, ...]] = {
    "accuracy": ("macro_f1",),
    "average_precision": ("share_marked",),
    "share_marked": ("average_precision",),
    "delta_tpr": ("delta_tpr_control",),
}
"""What each figure is read together with."""
_NOT_MEASURED = {
    "accuracy": "no sentence was measured",
    "average_precision": "no measured sentence has marks",
    "share_marked": "no measured sentence has marks",
    "delta_tpr": "not measured without the marked words",
}


def _interval(found: Difference) -> str:
    return "" if found.interval is None else f", interval {from_to(found.interval.low, found.interval.high)}"


def _companion(name: str, found: Difference | None) -> str:
    if found is None:
        return ""
    interval = f" ({from_to(found.interval.low, found.interval.high)})" if found.interval else ""
    meaning = f", {_MEANINGS[name]}," if name in _MEANINGS else ""
    return f"{_UNITS[name]}{meaning} {signed(found.points)}{interval}"


def _since(name: str, since: Mapping[str, Difference | None] | None) -> list[str]:
    found = since[name] if since else None
    if found is None:
        return []
    interval = f" ({from_to(found.interval.low, found.interval.high)})" if found.interval else ""
    return [f"since the round before {signed(found.points)}{interval}"]


def verdict(after: str, before: str, against: Against) -> str:
    """Return one sentence about accuracy: what the sentences show, and what McNemar's test says."""
    compared = against.comparison
    said = in_words(compared, of=against.split)
    if compared.differences["accuracy"] is None:
        return f"{after} against {before}: {said}."
    counted = f"{compared.gained} gained, {compared.lost} lost, McNemar p {_p(compared.p)}"
    return f"{after} against {before}: {said}; {counted}."


def left_out(against: Against) -> str:
    """Return a sentence about sentences that could not be compared; empty if there were none."""
    compared = against.comparison
    parts = [
        (compared.only_before + compared.only_after, "measured for one of the two only"),
        (compared.other_gold, "whose label changed in between"),
        (compared.other_marks, "without the figures of marks, because their marks changed"),
    ]
    told = ", ".join(f"{count} {why}" for count, why in parts if count)
    return f"Left out: {told}." if told else ""


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"


def paper_rows(against: Against) -> list[tuple[str, str, str, str]]:
    """Return the paper's pair of figures: name, before, after, difference with interval."""
    rows = []
    for name in ("saliency_accuracy", "saliency_accuracy_unmarked"):
        found = against.comparison.differences[name]
        if found is not None:
            interval = f" ({from_to(found.interval.low, found.interval.high)})" if found.interval else ""
            rows.append((_UNITS[name], figure(found.before), figure(found.after), f"{signed(found.points)}{interval}"))
    return rows


def unit_of(name: str) -> str:
    """Return what a figure is called on the pages."""
    return _UNITS[name]
