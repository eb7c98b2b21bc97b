"""Rounds' files that are saved with a backup and restored with it.

They are next to the backup, under the same names as next to the project; a round's files
never change, so the backups in one folder share them.
"""

import shutil
import stat
from pathlib import Path

from annotator.errors import NoCheckpoint
from annotator.project.private_files import make_private, private_folder
from annotator.rounds.files import faults_of, folder_of, is_in_its_place
from db.aside import aside, put_in_place, remove_left
from db.files import is_database, sync
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store
from db.team import project


def keep_serving_round(current: Store, backup: Path) -> int | None:
    """Put the checked files of the round that serves in a backup next to it; return its number, None without one."""
    with Store.inspect(backup) as kept:
        number = project.read(kept).serving_round
        if number is None:
            return None
        serving = rounds.read(kept, number)
        if not _copy(current, kept, serving):
            fault = (
                faults_of(current, serving) or faults_of(kept, serving) or ["its folder is not where it should be"]
            )[0]
            raise NoCheckpoint(f"{backup} was written, but the files of round {number} were not: {fault}.")
        return number


def bring_back(restored: Store, backup: Path) -> list[int]:
    """Copy the rounds' files that a restored project lacks from its backup's folder; return rounds without files."""
    ready = [round_ for round_ in rounds.all_of(restored) if round_.state == "ready" and faults_of(restored, round_)]
    with Store.inspect(backup) as kept:
        return sorted(round_.id for round_ in ready if not _copy(kept, restored, round_))


def _copy(source: Store, target: Store, round_: Round) -> bool:
    """Copy a round's folder next to another file of the same project, and return whether its files are now complete."""
    if not (is_in_its_place(source, round_) and is_in_its_place(target, round_)):
        return False
    there = folder_of(target, round_)
    if there.exists():
        make_private(there.parent)  # an older Whylight left it open to others
    if not there.exists() and not faults_of(source, round_):
        private_folder(there.parent)
        _copy_folder(folder_of(source, round_), there)
        sync(there.parent.parent)
    return not faults_of(target, round_)


def _copy_folder(folder: Path, there: Path) -> None:
    remove_left(there)
    with aside(there, is_folder=True) as half:
        shutil.copytree(folder, half, ignore=_not_to_copy, dirs_exist_ok=True)
        make_private(half)
        put_in_place(half, there)


def _not_to_copy(folder: str, names: list[str]) -> list[str]:
    """Return what is not a round's file: links and pipes, which a received folder may hold, and databases."""
    return [name for name in names if not _may_be_copied(Path(folder, name))]


def _may_be_copied(path: Path) -> bool:
    mode = path.lstat().st_mode
    return stat.S_ISDIR(mode) or (stat.S_ISREG(mode) and not is_database(path))
