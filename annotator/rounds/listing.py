"""The rounds of a project as the rows of a table: newest first, each followed by its twin."""

from collections.abc import Mapping
from dataclasses import dataclass

from annotator.rounds.loss_wording import loss_in_words
from annotator.rounds.measuring.holding_back import held_back
from annotator.rounds.measuring.measured import Measured
from annotator.rounds.overview import RoundsOverview
from annotator.rounds.promise import seconds_of
from annotator.wording import clock, figure, number
from db.learning.round_records import WORKING_STATES, Round

HEAD = ("round", "learned from", "answers", "n", "accuracy", "macro-F1", "AP", "ΔTPR", "trained", "")
LEGEND = (
    "Figures in percent; n: sentences measured. AP: how high the marked words rank by saliency. ΔTPR: right answers "
    "lost without the marked words."
)
_DOING = {"queued": "starting", "evaluating": "measuring"}
_FIGURES = ("accuracy", "macro_f1", "average_precision", "delta_tpr")


@dataclass(frozen=True)
class Pill:
    """A word about the state of a round; `kind` says how it is drawn."""

    text: str
    kind: str = "state"


@dataclass(frozen=True)
class Listed:
    """One row of the table."""

    name: str
    """What an address calls the round: `6`, or `6-twin`."""
    title: str
    is_nested: bool
    pills: tuple[Pill, ...]
    cells: tuple[str, ...]
    """The columns of HEAD after the first and before the last."""
    number: int
    compare_with: int | None
    """The number of the round that it is best compared with."""


def list_rounds(now: RoundsOverview, measured: Mapping[int, Measured | None]) -> list[Listed]:
    """Return the rows of the table."""
    ready = [one for one in now.rounds if one.state == "ready"]
    rows = []
    for shown in now.rounds:
        twin = now.twins.get(shown.id)
        rows.append(_row(shown, now, measured, compare_with=_partner(shown, twin, ready)))
        companions = [] if twin is None else [twin]
        for again in now.seeds.get(shown.id, []):
            companions += [again, *([now.twins[again.id]] if again.id in now.twins else [])]
        for one in companions:
            if one.deleted_ms is None:
                with_ = shown.id if one.twin_of is None else one.twin_of
                rows.append(_row(one, now, measured, compare_with=with_ if one.state == "ready" else None))
    return rows


def _row(
    shown: Round, now: RoundsOverview, measured: Mapping[int, Measured | None], *, compare_with: int | None
) -> Listed:
    of_round = measured.get(shown.id)
    estimates = [of_round.estimates[name] if of_round else None for name in _FIGURES]
    return Listed(
        name=shown.name,
        title=shown.name.replace("-", " ") + ("" if shown.seed_of is None else f", seed {shown.seed}"),
        is_nested=shown.is_companion,
        pills=tuple(pills_of(shown, serving=now.serving)),
        cells=(
            loss_in_words(shown),
            number(shown.training_set.get("answers"), 0),
            f"{of_round.sentences:,} {of_round.split}" if of_round else "–",
            *(figure(estimate.value if estimate else None) for estimate in estimates),
            when(shown),
        ),
        number=shown.id,
        compare_with=compare_with,
    )


def pills_of(shown: Round, *, serving: int | None) -> list[Pill]:
    """Return the words about the state of a round."""
    pills = [Pill("serving", "serving")] if shown.id == serving else []
    if shown.state in WORKING_STATES:
        pills.append(Pill("waits" if shown.is_waiting else _DOING.get(shown.state, shown.state)))
    elif shown.state != "ready":
        pills.append(Pill(shown.state, "failed" if shown.state == "failed" else "state"))
    elif held_back(shown) is not None and shown.id != serving:
        pills.append(Pill("held back"))
    if shown.freed_ms is not None:
        pills.append(Pill("freed"))
    return pills


def when(shown: Round) -> str:
    """Return when a round was trained, and for how many seconds: `29 Nov 10:42, 14 s`."""
    began = clock(shown.begun_ms or shown.created_ms, short=True)
    return f"{began}, {seconds_of(shown):,.0f} s" if shown.state == "ready" else began


def _partner(shown: Round, twin: Round | None, ready: list[Round]) -> int | None:
    """Return with which round this one is best compared: its twin, otherwise the ready round before it."""
    if shown.state != "ready":
        return None
    if twin is not None and twin.state == "ready" and twin.deleted_ms is None:
        return twin.id
    return next((one.id for one in ready if one.id < shown.id), None)
