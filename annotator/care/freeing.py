"""Free the disk of old rounds: their checkpoints and saliency are removed, their records are kept.

The vectors that an encoder read can be freed as well: rounds that need them read the sentences again.

The record comes first. If the process is killed in between, the files of a round that is recorded as
freed still exist: the doctor reports them, and freeing the round again removes them. In the other order,
a record would promise a model that is gone.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotator.care.disk import size_of
from annotator.errors import NoCheckpoint
from annotator.project.folders import vectors_of
from annotator.project.permissions import Actor, check_may_act
from annotator.project.private_files import refuse_link
from annotator.rounds.files import folder_of, is_in_its_place, large_files
from db.files import sync
from db.learning import rounds
from db.learning.round_records import WORKING_STATES, Round
from db.records import id_of
from db.store import Store
from db.team import audit, project
from learner.encoders.kept_vectors import bytes_in, remove


@dataclass(frozen=True)
class Freed:
    """The space that was freed by removing one round's files."""

    round: int
    bytes: int


def freeable(store: Store, *, keep: int) -> list[Round]:
    """Return the rounds and twins, newest first, that have something to free.

    The round that serves, the `keep` newest ready rounds, and the twins and other seeds of these stay.
    """
    ended = [round_ for round_ in rounds.all_of(store) if round_.state not in WORKING_STATES]
    ready = [
        round_.id for round_ in ended if round_.state == "ready" and round_.freed_ms is None and not round_.is_companion
    ]
    spared = {*ready[:keep], project.read(store).serving_round}
    return [one for one in ended if (one.seed_of or one.twin_of or one.id) not in spared and large_files(store, one)]


def measure(store: Store, chosen: Sequence[int]) -> list[Freed]:
    """Return what freeing these rounds would free; raises NoCheckpoint for one that must stay."""
    return [Freed(round_.id, sum(map(size_of, large_files(store, round_)))) for round_ in _checked(store, chosen)]


def free_rounds(store: Store, chosen: Sequence[int], *, actor: Actor) -> list[Freed]:
    """Remove the checkpoints and saliency of these rounds, all of them or none, and return what each freed."""
    with store.writing():
        check_may_act(store, actor, least="admin")
        ended, freed = _checked(store, chosen), measure(store, chosen)
        for round_, gain in zip(ended, freed, strict=True):
            if round_.state == "ready" and round_.freed_ms is None:
                rounds.record_freed(store, round_.id, person_id=id_of(actor), bytes_freed=gain.bytes)
            audit.record(store, actor, "checkpoint freed", {"round": round_.id, "bytes": gain.bytes})
    for round_ in ended:
        for file in large_files(store, round_):
            _remove(file)
    return freed


def delete_round(store: Store, round_id: int, *, actor: Actor) -> Freed:
    """Remove all files of a round, its twin and its other seeds, stop showing them, and return what that freed.

    The records stay. Raises NoCheckpoint for a round that serves or is being worked on.
    """
    every = rounds.all_of(store)
    family = [one.id for one in every if round_id in (one.id, one.twin_of, one.seed_of)] or [round_id]
    gain = sum(freed.bytes for freed in free_rounds(store, family, actor=actor))
    with store.writing():
        check_may_act(store, actor, least="admin")
        for one in family:
            if rounds.read(store, one).deleted_ms is None:
                rounds.record_deleted(store, one, person_id=id_of(actor))
                audit.record(store, actor, "round deleted", {"round": rounds.read(store, one).name})
    for one in family:
        shutil.rmtree(folder_of(store, rounds.read(store, one)), ignore_errors=True)
    return Freed(round_id, gain)


def measure_vectors(store: Store) -> int:
    """Return the bytes of the vectors that are kept for the project; raises NotPrivate if their folder is a link."""
    folder = vectors_of(store.path)
    refuse_link(folder)
    return bytes_in(folder)


def free_vectors(store: Store, *, actor: Actor) -> int:
    """Remove the vectors of all sentences and return their bytes; a round at work continues with what it has read."""
    size = measure_vectors(store)
    with store.writing():
        check_may_act(store, actor, least="admin")
        if size:
            audit.record(store, actor, "vectors freed", {"bytes": size})
    return remove(vectors_of(store.path))


def _checked(store: Store, chosen: Sequence[int]) -> list[Round]:
    serving = project.read(store).serving_round
    checked = [rounds.read(store, number) for number in dict.fromkeys(chosen)]
    for round_ in checked:
        if round_.id == serving:
            raise NoCheckpoint(f"Round {round_.name} serves; start a new round before you free this one.")
        if round_.state in WORKING_STATES:
            raise NoCheckpoint(f"Round {round_.name} is {round_.state}; wait until it has ended, or cancel it.")
        if not is_in_its_place(store, round_):
            raise NoCheckpoint(
                f"Round {round_.name} has its files in {folder_of(store, round_)}, where no round belongs."
            )
    return checked


def _remove(file: Path) -> None:
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
    else:
        file.unlink()
    sync(file.parent)
