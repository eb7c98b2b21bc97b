"""Start a round as a process of its own, follow it, cancel it.

A round is a row in the store that a separate process works on (`annotator/round_process.py`).
The person who started it may leave and come back; the row shows its progress.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path

from annotator import jobs
from annotator.errors import Refused, RoundFailed
from annotator.project.attached import check_unchanged
from annotator.project.folders import project_folder
from annotator.project.permissions import Actor, check_may_act
from annotator.project.private_files import make_private, open_log, private_folder, refuse_link
from annotator.rounds.learning.training_set import build_training_set, check_trainable
from annotator.rounds.outside_checks import check_outside, vectors_folder_made
from annotator.rounds.settings import RoundSettings, check_possible, resolve, with_layer
from annotator.rounds.twins import queue_twin
from annotator.rounds.watch import end, has_ended, is_unresponsive, lives
from db import annotations, audit, project, rounds, sentences
from db.annotations import PoolAnswers
from db.errors import RoundInProgress
from db.records import Project, id_of
from db.round_records import WORKING_STATES, ProgressRow, Round
from db.store import Store

POLL_S = 0.5
LOG = "log.txt"
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


@dataclass(frozen=True)
class RoundsOverview:
    """A project's rounds, and the answers that the next one would learn from."""

    answers: PoolAnswers
    """Answers to pool sentences; `new` counts those since the round that serves."""
    rounds: list[Round]
    """Newest first, without deleted ones and those that are only there to be compared."""
    twins: dict[int, Round]
    """By the round that they are the twins of."""
    seeds: dict[int, list[Round]]
    """The same rounds with other seeds, oldest first, by the round that they repeat; without deleted ones."""
    next_id: int
    """The number of the next round."""
    serving: int | None
    sentences: int
    """How many there are in the project: an encoder reads each once."""
    labels: int
    """How many the project has, apart from retired ones."""

    @property
    def every(self) -> list[Round]:
        """Return the rounds, their other seeds, and the twins of all of them."""
        return [*self.rounds, *chain.from_iterable(self.seeds.values()), *self.twins.values()]

    @property
    def serving_round(self) -> Round | None:
        """The round that serves, or None."""
        return next((round_ for round_ in self.rounds if round_.id == self.serving), None)


def rounds_overview(store: Store, *, actor: Actor) -> RoundsOverview:
    """Return what there is to learn from, and the state of every round."""
    known = all_rounds(store, actor=actor)
    serving = project.read(store).serving_round
    after = next((round_.last_annotation for round_ in known if round_.id == serving), None)
    answers = annotations.count_pool_answers(store, after_id=after or 0)
    return RoundsOverview(
        answers,
        rounds=_of_people(known),
        twins=_twins(known),
        seeds=_seeds(known),
        next_id=max((round_.id for round_ in known), default=0) + 1,
        serving=serving,
        sentences=sentences.count(store),
        labels=sum(not label.retired for label in project.labels(store)),
    )


def refresh(store: Store, before: RoundsOverview, *, actor: Actor) -> RoundsOverview:
    """Return the overview with the rounds as they are now; its counts, slow in a large project, stay as they were."""
    known = all_rounds(store, actor=actor)
    serving = project.read(store).serving_round
    return replace(before, rounds=_of_people(known), twins=_twins(known), seeds=_seeds(known), serving=serving)


def _of_people(known: Sequence[Round]) -> list[Round]:
    return [round_ for round_ in known if not round_.is_companion and round_.deleted_ms is None]


def _twins(known: Sequence[Round]) -> dict[int, Round]:
    return {round_.twin_of: round_ for round_ in known if round_.twin_of is not None}


def _seeds(known: Sequence[Round]) -> dict[int, list[Round]]:
    found: dict[int, list[Round]] = {}
    for one in reversed(known):
        if one.seed_of is not None and one.twin_of is None and one.deleted_ms is None:
            found.setdefault(one.seed_of, []).append(one)
    return found


def all_rounds(store: Store, *, actor: Actor) -> list[Round]:
    """Return every round and twin, newest first; those whose process died are marked as failed."""
    check_may_act(store, actor, least="researcher")
    settle(store)
    return rounds.all_of(store)


def rounds_folder(project_file: Path) -> Path:
    """Return the folder next to the project file that holds a folder for each round."""
    return project_folder(project_file, "rounds")


def round_folder(store: Store, round_id: int) -> Path:
    """Return the folder of a round's checkpoint, saliency and log.

    Its name has the project's id: what a deleted project of the same name left is never mistaken for ours.
    It also has the second in which the round was created: after a restore its number is given out again.
    """
    name = folder_name(project.read(store), rounds.read(store, round_id))
    return rounds_folder(store.path.absolute()) / name


def make_round_folder(store: Store, round_id: int) -> Path:
    """Return the round's folder, created if it is missing; everything in the folder of all rounds becomes private.

    Raises NotPrivate if one of the two folders is a link to elsewhere.
    """
    folder = round_folder(store, round_id)
    make_private(private_folder(folder.parent))
    return private_folder(folder)


def folder_name(owner: Project, round_: Round) -> str:
    """Return the name of a round's folder in the project that owns it."""
    return f"{round_.name}-{owner.uid[:8]}-{round_.created_ms // 1000}"


def _spawn(store: Store, round_id: int) -> None:
    with open_log(make_round_folder(store, round_id) / LOG) as log:
        job = jobs.start_job("annotator.round_process", store.path, round_id, log=log)
    rounds.set_process(store, round_id, pid=job.pid, process=job.started)
