"""A round at work, as a person watches it: how far it is, how long the rest takes, and what it has learned so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.rounds.loss_wording import loss_in_words
from annotator.rounds.measuring.comparing import in_text
from annotator.rounds.overview import RoundsOverview
from annotator.rounds.start import is_silent
from annotator.wording import about, model_of
from db.learning.round_records import WORKING_STATES, ProgressRow, Round

_PHASES = {"evaluating": "Measuring on dev and test", "scoring": "Scoring the pool"}
_VERBS = {"queued": "starting", "training": "training", "evaluating": "being measured", "scoring": "scoring the pool"}
_MOST_POINTS = 200
_RECENT = 20
"""The number of reports that the time left is computed from."""


@dataclass(frozen=True)
class Live:
    """What the card of a round at work shows."""

    title: str
    """`Round 7 is training`."""
    headline: str
    """`step 510 of 800`."""
    done: float
    """0 to 1."""
    facts: tuple[str, ...]
    """`about 9 s left`, `CPU`, `seed 0`, `λ 0.1`."""
    loading_s: float | None
    """For how many seconds it has been loading; None once it has reported a step."""
    steps_total: int | None


def watch(working: Round, progress: Sequence[ProgressRow], *, now_ms: int) -> Live:
    """Return what to show of a round at work."""
    last = progress[-1] if progress else None
    is_reading = working.state == "training" and last is not None and bool(last.note)
    loading_s = None
    if last is None and working.state in ("queued", "training"):
        loading_s = max(0.0, (now_ms - (working.begun_ms or working.created_ms)) / 1000)
    return Live(
        title=f"{title_of(working)} is {'reading' if is_reading else _VERBS.get(working.state, working.state)}",
        headline=_headline(working, last),
        done=_done(working, last),
        facts=tuple([*_time_left(working, progress), *_settings(working)]),
        loading_s=loading_s,
        steps_total=last.steps_total if last and not last.note else None,
    )


def title_of(shown: Round) -> str:
    """Return what a sentence calls the round: `Round 6`, `The twin of round 6`."""
    words = in_text(shown)
    return f"{words[:1].upper()}{words[1:]}"


def _headline(working: Round, last: ProgressRow | None) -> str:
    if working.cancel_requested:
        return "Stopping"
    if working.state in _PHASES:
        return (last.note if last and working.state == "scoring" else "") or _PHASES[working.state]
    if last is None:
        return "Loading (a few seconds)"
    return last.note or f"step {last.step:,} of {last.steps_total:,}"


def _done(working: Round, last: ProgressRow | None) -> float:
    if working.state in _PHASES:
        return 1.0
    return min(1.0, last.step / last.steps_total) if last and last.steps_total else 0.0


def _time_left(working: Round, progress: Sequence[ProgressRow]) -> list[str]:
    if is_silent(working):
        return ["no sign of life for a while: it may be stopped; Cancel ends it"]
    steps = steps_of(progress)
    if working.state != "training" or len(steps) < 2:
        return []
    first, last = steps[-_RECENT:][0], steps[-1]
    seconds_a_step = (last.at_ms - first.at_ms) / 1000 / max(1, last.step - first.step)
    return [f"{about(seconds_a_step * (last.steps_total - last.step))} left"]


def _settings(working: Round) -> list[str]:
    weight = working.config.get("weight")
    return [
        *([working.device.upper()] if working.device else []),
        f"seed {working.seed}",
        *([] if weight is None else [f"λ {weight:g}"]),
        loss_in_words(working),
        model_of(working),
    ]


def steps_of(progress: Sequence[ProgressRow]) -> list[ProgressRow]:
    """Return the rows of training, without those of reading; at most some 200, and the last of them."""
    rows = [row for row in progress if not row.note]
    return [*rows[:: max(1, len(rows) // _MOST_POINTS)], *rows[-1:]] if len(rows) > _MOST_POINTS else rows


def answers_too_late(late: int) -> str:
    """Return a sentence about answers that came after a round began; empty if there are none."""
    if not late:
        return ""
    have, them = ("answer has", "it") if late == 1 else ("answers have", "them")
    return f"{late} {have} arrived since it began; the next round learns from {them}."


def at_work(now: RoundsOverview) -> Round | None:
    """Return the round or twin whose turn it is, or None."""
    return next((one for one in _working(now) if not one.is_waiting), None)


def waiting(now: RoundsOverview) -> list[Round]:
    """Return the rounds and twins that wait for their turn, in the order of their turns: companions last."""
    waits = [one for one in _working(now) if one.is_waiting]
    return sorted(waits, key=lambda one: (one.is_companion, one.created_ms))


def _working(now: RoundsOverview) -> list[Round]:
    return [one for one in now.every if one.state in WORKING_STATES]
