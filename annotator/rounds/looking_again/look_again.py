"""Looking again: its start, how far it is, and its end. It works in a process of its own, on demand.

Another round may serve by the time it ends, so the folders of all rounds are searched; only one look works at a time.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from annotator import jobs
from annotator.errors import CannotLookAgain
from annotator.project.permissions import Actor, check_may_act
from annotator.project.private_files import open_log
from annotator.rounds.files import LOG, make_round_folder
from annotator.rounds.looking_again.cross_validation import FOLDS, enough_answers
from annotator.rounds.looking_again.look_again_files import STATE, Looking, has_result
from annotator.rounds.promise import ROUND_S, seconds_of
from annotator.rounds.start import POLL_S
from annotator.rounds.watch import end, lives
from annotator.wording import about, time_left
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store, now_ms
from db.team import audit, project


@dataclass(frozen=True)
class LookAgainState:
    """What a project knows of looks at its answers."""

    round: Round | None
    """The round that serves, whose settings a new look uses; None if no round does."""
    looks_by: Round | None
    """The round whose settings the look at work uses; None if there is no look."""
    looking: Looking | None
    """The look at work, or the last one if it failed; None if there is neither."""
    is_alive: bool
    """Whether its process is alive."""
    result_of: Round | None
    """The newest round with a result; None if there is none."""


def look_again_state(store: Store, *, actor: Actor) -> LookAgainState:
    """Return how far looking again is, and which result there is."""
    check_may_act(store, actor, least="researcher")
    number = project.read(store).serving_round
    serving = None if number is None else rounds.read(store, number)
    known = _known(store, serving)
    looks = _looks(store, known)
    result_of = next((one for one in known if has_result(store, one.id)), None)
    if not looks:
        return LookAgainState(serving, None, None, is_alive=False, result_of=result_of)
    alive = [one for one in looks if lives(store, _with_process(*one))]
    looks_by, looking = max(alive or looks, key=lambda one: one[1].begun_ms)
    return LookAgainState(serving, looks_by, looking, is_alive=bool(alive), result_of=result_of)


def start_look_again(store: Store, *, actor: Actor) -> Round:
    """Start the process that looks again by the settings of the round that serves, and return that round.

    While a round is at work, the process waits. Raises CannotLookAgain without a round that serves, with too few
    answers, or if it is already looking.
    """
    check_may_act(store, actor, least="researcher")
    number = project.read(store).serving_round
    if number is None:
        raise CannotLookAgain("No round serves yet, so there are no settings to train with; start a round first.")
    serving = rounds.read(store, number)
    enough_answers(store, serving)
    with store.writing():
        check_may_act(store, actor, least="researcher")
        if look_again_state(store, actor=actor).is_alive:
            raise CannotLookAgain("It is already looking; wait until it has ended, or cancel it.")
        for failed, _ in _looks(store, _known(store, serving)):
            STATE.remove(store, failed.id)
        with open_log(make_round_folder(store, number) / LOG, append=True) as log:
            job = jobs.start_job("annotator.rounds.looking_again.look_again_process", store.path, number, log=log)
        STATE.write(store, number, Looking(0.0, 0.0, now_ms(), None, None, job.pid, job.started))
        audit.record(store, actor, "look again started", {"round": number})
    return serving


def follow_look_again(store: Store, *, actor: Actor) -> Iterator[LookAgainState]:
    """Yield how far it is repeatedly, until it has ended; raises CannotLookAgain if that was without a result."""
    looks_by: Round | None = None
    while True:
        state = look_again_state(store, actor=actor)
        if state.looking is None:
            _refuse_deleted(store, looks_by)
            return
        looks_by = state.looks_by
        if not state.is_alive and (state := look_again_state(store, actor=actor)).looking is not None:
            raise CannotLookAgain(describe(state))
        yield state
        time.sleep(POLL_S)


def _refuse_deleted(store: Store, looked_by: Round | None) -> None:
    if looked_by is not None and rounds.read(store, looked_by.id).deleted_ms is not None:
        raise CannotLookAgain(
            f"Round {looked_by.name} was deleted while its settings were used to look again; start it again, by the "
            "settings of the round that serves."
        )


def cancel_look_again(store: Store, *, actor: Actor) -> None:
    """End the process that looks again, and forget how far it was; without one, nothing happens."""
    check_may_act(store, actor, least="researcher")
    state = look_again_state(store, actor=actor)
    if state.looks_by is None or state.looking is None:
        return
    if state.is_alive:
        end(store, _with_process(state.looks_by, state.looking))
        audit.record(store, actor, "look again cancelled", {"round": state.looks_by.id})
    STATE.remove(store, state.looks_by.id)


def promise_of(state: LookAgainState) -> str:
    """Return about how long a look takes: as many trainings as there are parts, each of four fifths."""
    trained = state.round if state.round is not None and state.round.finished_ms is not None else None
    return about(FOLDS * (ROUND_S if trained is None else seconds_of(trained)))


def describe(state: LookAgainState) -> str:
    """Return a sentence about the look at work, or one that ended without a result; empty if there is neither."""
    looking = state.looking
    if looking is None:
        return ""
    if looking.error is not None:
        return f"Looking again failed: {looking.error}"
    if not state.is_alive:
        return "Looking again ended unexpectedly, perhaps because memory ran out; start it again."
    if looking.waits_for is not None:
        return f"Waits until round {looking.waits_for} has ended."
    if not looking.done:
        return f"Loading, {max(0, now_ms() - looking.begun_ms) // 1000} s so far."
    left = time_left(looking.seconds, done=round(1000 * looking.done), total=1000)
    return f"Training {min(FOLDS, 1 + int(looking.done * FOLDS))} of {FOLDS}, {left}."


def _known(store: Store, serving: Round | None) -> list[Round]:
    """Return the rounds that may have a look or its result: the one that serves, then the others, newest first."""
    every = (one for one in rounds.all_of(store) if one.deleted_ms is None)
    others = [one for one in every if one.state == "ready" and not one.is_companion]
    return [*([serving] if serving else []), *(one for one in others if serving is None or one.id != serving.id)]


def _looks(store: Store, known: Sequence[Round]) -> list[tuple[Round, Looking]]:
    """Return the looks that are at work or failed, with the round whose settings each uses."""
    return [(one, looking) for one in known if (looking := STATE.read(store, one.id)) is not None]


def _with_process(of: Round, looking: Looking) -> Round:
    """Return the round with the process that looks again, as those who watch processes take it."""
    return replace(of, pid=looking.pid, process=looking.process)
