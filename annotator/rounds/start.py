"""Start a round as a process of its own, follow it, cancel it.

A round is a row in the store that a separate process works on (`annotator/round_process.py`).
The person who started it may leave and come back; the row shows its progress.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict

from annotator import jobs
from annotator.errors import Refused, RoundFailed
from annotator.project.attached import check_unchanged
from annotator.project.permissions import Actor, check_may_act
from annotator.project.private_files import open_log, refuse_link
from annotator.rounds.files import LOG, make_round_folder, rounds_folder
from annotator.rounds.learning.training_set import build_training_set, check_trainable
from annotator.rounds.outside_checks import check_outside, vectors_folder_made
from annotator.rounds.settings import RoundSettings, check_possible, resolve, with_layer
from annotator.rounds.twins import queue_twin
from annotator.rounds.watch import end, has_ended, is_unresponsive, lives
from db.answers import annotations
from db.errors import RoundInProgress
from db.learning import rounds
from db.learning.round_records import WORKING_STATES, ProgressRow, Round
from db.records import id_of
from db.store import Store
from db.team import audit

POLL_S = 0.5
PATIENCE_MS = 10_000
"""How long a round waits before a look at the rounds starts it: the process of the one before usually does."""


def start_round(store: Store, *, actor: Actor, settings: RoundSettings | None = None, alone: bool = False) -> Round:
    """Queue a round, start its process once its turn comes, and return its row; refuses what `queue_round` refuses."""
    queued = queue_round(store, actor=actor, settings=settings or RoundSettings(), alone=alone)
    start_next(store)
    return rounds.read(store, queued.id)


def queue_round(store: Store, *, actor: Actor, settings: RoundSettings, alone: bool = False) -> Round:
    """Record a round on all answers so far, for a process to work on; while another is at work, it waits.

    Raises CannotTrain when there is nothing to learn from, a setting is not possible or the Ray cluster is not there,
    BadPool if shards of the attached pool are missing or changed, and RoundInProgress if it is to be `alone` and
    another round is at work or waits.
    """
    refuse_link(rounds_folder(store.path.absolute()))
    check_may_act(store, actor, least="researcher")
    settle(store)
    last = annotations.last_id(store)
    training_set = build_training_set(store, up_to=last)
    resolved = resolve(settings, has_queries=training_set.has_queries)
    check_possible(resolved)
    resolved = with_layer(resolved)
    check_trainable(store, training_set)
    check_unchanged(store, hashed=False)
    check_outside(store, resolved)
    with vectors_folder_made(resolved), store.writing():
        if alone:
            _refuse_another(store)
        queued = rounds.queue(
            store,
            config=asdict(resolved),
            seed=settings.seed,
            last_annotation=last,
            started_by=id_of(actor),
        )
        audit.record(store, actor, "round started", {"round": queued.id})
    return queued


def _refuse_another(store: Store) -> None:
    for other in rounds.all_of(store):
        if other.state in WORKING_STATES and not other.is_companion:
            raise RoundInProgress(f"Round {other.name} is {other.state}; wait until it has ended, or cancel it.")


def start_twin(store: Store, round_id: int, *, actor: Actor) -> Round:
    """Queue the twin of a ready round, start its process once its turn comes, and return its row.

    Raises CannotTrain for a round that cannot have a twin, and RoundInProgress for one that has it already.
    """
    check_may_act(store, actor, least="researcher")
    with store.writing():
        queued = queue_twin(store, rounds.read(store, round_id))
        audit.record(store, actor, "round started", {"round": queued.name})
    start_next(store)
    return rounds.read(store, queued.id)


def start_next(store: Store, *, waited_ms: int = 0) -> Round | None:
    """Start the process of the round whose turn it is, if one waits and none is at work; return that round.

    A round whose process cannot start has failed, and its row says why.
    """
    begun = rounds.begin_next(store, waited_ms=waited_ms)
    if begun is None:
        return None
    try:
        _spawn(store, begun.id)
    except (Refused, OSError) as error:
        rounds.advance(store, begun.id, "failed", error=f"Its process could not start: {error}")
    return rounds.read(store, begun.id)


def follow_round(store: Store, round_id: int) -> Iterator[tuple[Round, list[ProgressRow]]]:
    """Yield the round and its new progress rows repeatedly, until it has ended."""
    seen = 0
    while True:
        settle(store)
        now, progress = rounds.read(store, round_id), rounds.progress(store, round_id)
        yield now, progress[seen:]
        if now.state not in WORKING_STATES:
            return
        seen = len(progress)
        time.sleep(POLL_S)


def check_ready(ended: Round) -> None:
    """Raise RoundFailed, with the round's error, unless the round is ready."""
    if ended.state != "ready":
        raise RoundFailed(f"Round {ended.name} {ended.state}: {ended.error or 'someone cancelled it'}")


def cancel_round(store: Store, round_id: int, *, actor: Actor) -> None:
    """Ask a round to stop at its next step; one that has ended raises UnknownRound.

    A process that does not respond, for example because it is stopped, is ended. A round that waits never begins.
    """
    check_may_act(store, actor, least="researcher")
    working = rounds.read(store, round_id)
    unresponsive = is_unresponsive(store, working, silent=is_silent(working))
    ended = unresponsive and end(store, working)  # before we ask for the lock, which this process may hold
    with store.writing():
        check_may_act(store, actor, least="researcher")
        rounds.request_cancel(store, round_id)
        audit.record(store, actor, "round cancelled", {"round": round_id})
        if ended or working.is_waiting:
            rounds.advance(store, round_id, "cancelled")


def settle(store: Store) -> None:
    """Mark the round at work as failed if its process is gone, and as cancelled if it did not react to cancelling.

    A process that is stopped, or gets no time from the machine, is alive: its round continues when it does. A round
    that still waits although none is at work, because a process was killed, gets its turn.
    """
    working = rounds.in_progress(store)
    if working is not None and has_ended(working):
        rounds.fail_ended(store, working)
    elif working is not None and is_silent(working):
        if working.pid is None and working.state == "queued":
            rounds.give_turn_back(store, working.id)
        elif not lives(store, working):
            rounds.fail_silent(store, silence_ms=jobs.SILENCE_MS)
        elif working.cancel_requested and end(store, working):
            rounds.advance(store, working.id, "cancelled")
    start_next(store, waited_ms=PATIENCE_MS)


def is_silent(working: Round) -> bool:
    """Return whether a round at work has been silent for long."""
    return working.state in WORKING_STATES and jobs.is_silent(working.heartbeat_ms)


def _spawn(store: Store, round_id: int) -> None:
    with open_log(make_round_folder(store, round_id) / LOG) as log:
        job = jobs.start_job("annotator.round_process", store.path, round_id, log=log)
    rounds.set_process(store, round_id, pid=job.pid, process=job.started)
