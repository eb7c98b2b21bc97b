"""What the marks bought: which round is shown, and against which others."""

from dataclasses import dataclass
from typing import Literal

from annotator.rounds.overview import RoundsOverview
from annotator.rounds.settings import can_have_twin, settings_of
from db.learning.round_records import WORKING_STATES, Round

TwinState = Literal["ready", "at work", "waits", "ended", "missing", "impossible"]


@dataclass(frozen=True)
class Subject:
    """The newest round that is ready, and what it is shown against."""

    round: Round
    twin: Round | None
    twin_state: TwinState
    before: Round | None
    """The newest ready round before it."""


def choose_subject(now: RoundsOverview) -> Subject | None:
    """Return what the card is about; None before the first round is ready."""
    ready = [one for one in now.rounds if one.state == "ready"]
    if not ready:
        return None
    twin = now.twins.get(ready[0].id)
    return Subject(ready[0], twin, _state_of_twin(ready[0], twin), ready[1] if len(ready) > 1 else None)


def about_twin(subject: Subject) -> str:
    """Return a sentence about a twin that there is nothing to compare with yet; empty once there is."""
    number = subject.round.id
    then = "Then this card shows what the marks bought."
    if subject.twin is not None and subject.twin_state == "ended":
        return f"The twin of round {number} {subject.twin.state}, so what the marks bought is not known."
    return {
        "waits": f"The twin of round {number} waits for its turn. {then}",
        "at work": f"The twin of round {number} is training. {then}",
        "impossible": f"Round {number} learned nothing from the marks, so a twin would be the same.",
        "missing": "The same round trained without the marks, its twin, would show what they bought.",
    }.get(subject.twin_state, "")


def _state_of_twin(shown: Round, twin: Round | None) -> TwinState:
    if twin is not None and twin.state == "ready":
        return "ready"
    if twin is not None and twin.state in WORKING_STATES:
        return "waits" if twin.is_waiting else "at work"
    if twin is not None:
        return "ended"
    return "missing" if can_have_twin(settings_of(shown)) else "impossible"
