"""Free the disk of old rounds: their checkpoints and saliency go, their records stay for ever.

The record comes first. Killed in between, the files of a round that is recorded as freed are
still there: the doctor says so, and freeing it again removes them. The other way round a record
would promise a model that is gone.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotator.care.disk import size_of
from annotator.errors import NoCheckpoint
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.files import folder_of, is_in_its_place, large_files
from db import audit, project, rounds
from db.files import sync
from db.records import WORKING_STATES, Round, id_of
from db.store import Store


@dataclass(frozen=True)
class Freed:
    """What one round gave back."""

    round: int
    bytes: int


def freeable(store: Store, *, keep: int) -> list[Round]:
    """Give the rounds, newest first, that have something to free and are not among the `keep` newest ready ones."""
    ended = [each for each in rounds.all_of(store) if each.state not in WORKING_STATES]
    kept = [each.id for each in ended if each.state == "ready" and each.freed_ms is None][:keep]
    spared = {*kept, project.read(store).serving_round}
    return [each for each in ended if each.id not in spared and large_files(store, each)]


def measure(store: Store, chosen: Sequence[int]) -> list[Freed]:
    """Say what freeing these rounds would give back; raises NoCheckpoint for one that must stay."""
    return [Freed(each.id, sum(map(size_of, large_files(store, each)))) for each in _checked(store, chosen)]


def free_rounds(store: Store, chosen: Sequence[int], *, actor: Actor) -> list[Freed]:
    """Remove the checkpoints and saliency of these rounds, and say what each gave back; all of them or none."""
    with store.writing():
        check_may_act(store, actor, least="admin")
        ended, freed = _checked(store, chosen), measure(store, chosen)
        for each, gain in zip(ended, freed, strict=True):
            if each.state == "ready" and each.freed_ms is None:
                rounds.record_freed(store, each.id, person_id=id_of(actor), bytes_freed=gain.bytes)
            audit.record(store, actor, "checkpoint freed", {"round": each.id, "bytes": gain.bytes})
    for each in ended:
        for file in large_files(store, each):
            _remove(file)
    return freed


def _checked(store: Store, chosen: Sequence[int]) -> list[Round]:
    serving = project.read(store).serving_round
    found = [rounds.read(store, number) for number in dict.fromkeys(chosen)]
    for each in found:
        if each.id == serving:
            raise NoCheckpoint(f"Round {each.id} serves; start a new round before you free this one.")
        if each.state in WORKING_STATES:
            raise NoCheckpoint(f"Round {each.id} is {each.state}; wait until it has ended, or cancel it.")
        if not is_in_its_place(store, each):
            raise NoCheckpoint(f"Round {each.id} has its files in {folder_of(store, each)}, where no round belongs.")
    return found


def _remove(file: Path) -> None:
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
    else:
        file.unlink()
    sync(file.parent)
