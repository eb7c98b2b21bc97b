"""Make backups of a project, and put one of them back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from annotator.care.coming_back import ComingBack, coming_back
from annotator.care.round_copies import bring_back, keep_serving_round
from annotator.errors import BadFileName
from annotator.project.attached import outside_in_words
from annotator.project.folders import project_folder
from annotator.project.people import acting_person, find_person
from annotator.project.permissions import OWNER, Actor, check_may_act
from annotator.project.private_files import private_folder
from annotator.rounds.at_work import refuse_working
from db.care import backups, restoring
from db.errors import NotAProject
from db.learning import rounds
from db.records import Counts
from db.store import Store
from db.team import audit
from learner.data.suffixes import contradiction

Agree = Callable[[Counts | None, Counts], None]
"""Asks whether what the project holds may be replaced by what the backup holds; raises to stop it."""

_MOMENT = "%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True)
class Backup:
    """A backup that is on the disk, and what it holds."""

    file: Path
    held: Counts
    round: int | None = None
    """The round whose checkpoint and saliency were saved with it."""
    outside: str | None = None
    """How much is in the pool outside the project, which no backup has; None if none is attached."""


@dataclass(frozen=True)
class Restored:
    """What a restore replaced."""

    before: Counts | None
    """None if the project was missing or could not be read."""
    now: Counts
    kept: Path | None
    """Where the replaced file is now."""
    rounds_without_files: list[int]
    """Ready rounds whose checkpoint or saliency is neither here nor with the backup, or is not what was saved."""
    back: ComingBack
    """What had been removed or corrected since the backup, and is in the project again."""


def backups_folder(project_file: Path) -> Path:
    """Return the folder next to the project file that holds its backups."""
    return project_folder(project_file, "backups")


def restore_hint(path: Path | None) -> str:
    """Return a sentence that names a project's newest backup, to follow an error; empty if there is none."""
    try:
        folder = backups_folder(path) if path else None
        files = [(file.stat().st_mtime, file) for file in folder.rglob("*.db")] if folder and folder.is_dir() else []
    except (OSError, ValueError):
        return ""  # a name that no file can have, or a folder that may not be read: the error itself says so
    if not files:
        return ""
    newest = max(files)[1]
    return f" The newest backup is {newest}: `whylight restore {path} {newest}`."


def backup_project(store: Store, file: Path | None = None, *, with_checkpoint: bool = False, actor: Actor) -> Backup:
    """Write a checked copy to `file`, or to the project's own folder of backups, named after the time (UTC).

    `with_checkpoint` puts the files of the round that serves next to it.
    """
    check_may_act(store, actor, least="admin")
    if file is None:
        folder = private_folder(backups_folder(store.path))
        file = folder / f"{moment(datetime.now(UTC))}.db"
    elif not file.exists() and (problem := contradiction(file, "a database")):
        raise BadFileName(problem)
    elif not file.parent.is_dir():
        raise NotAProject(f"The folder {file.parent} does not exist; create it first.")
    held = backups.write(store, file)
    round_ = keep_serving_round(store, file) if with_checkpoint else None
    made = Backup(file, held, round_, outside_in_words(store))
    audit.record(store, actor, "backup", {"file": file.name, "answers": made.held.answers})
    return made


def save_rows(store: Store, file: Path, *, actor: Actor) -> Backup:
    """Write the rows of a project whose schema was changed to `file`, with the schema that they should have.

    Nothing is written to the project itself; the audit of the new file says that its rows were saved.
    """
    check_may_act(store, actor, least="admin")
    if not file.parent.is_dir():
        raise NotAProject(f"The folder {file.parent} does not exist; create it first.")
    return Backup(file, backups.write_rows(store, file))


def restore_project(path: Path, backup: Path, *, who: str | None, agree: Agree = lambda before, now: None) -> Restored:
    """Replace the project with a copy of the backup; the replaced file is kept under another name.

    `agree` sees what the project holds (None if it cannot be read) and what it would hold, and raises to stop it.
    `who` names the person of the project to be replaced on whose behalf this is done. Nothing changes
    if the backup is damaged, newer, or of another project, or while a round is at work.
    """
    if not path.exists() and (problem := contradiction(path, "a database")):
        raise BadFileName(problem)
    kept, back = _name_of_replaced(path), coming_back(path, backup)

    def refuse(current: Store) -> None:
        check_may_act(current, acting_person(current, who), least="admin")
        refuse_working(current)

    before, now = restoring.restore(path, backup, kept=kept, refuse=refuse, agree=agree)
    with Store.open(path) as store:
        restored = Restored(before, now, kept if kept.exists() else None, bring_back(store, backup), back)
        detail = {"backup": backup.name, "kept": kept.name if restored.kept else None, "answers": now.answers}
        # The restored project may not know the person, so their name is written out.
        rounds.cancel_waiting(store, why="It waited for its turn when the backup was made; start it again.")
        audit.record(store, _actor_now(store, who), "restored", detail | {"by": who})
    return restored


def _name_of_replaced(path: Path) -> Path:
    """Return the name under which the file that is replaced now is kept; two have the same only within a second."""
    while (kept := path.with_name(f"{path.name}.before-restore-{moment(datetime.now(UTC))}")).exists():
        time.sleep(0.1)
    return kept


def _actor_now(store: Store, who: str | None) -> Actor:
    person = find_person(store, who) if who else None
    return person or OWNER


def moment(now: datetime) -> str:
    """Return a time in UTC as backups are named: no colons, which some disks refuse, and sorted by time."""
    return now.strftime(_MOMENT)


def read_moment(name: str) -> datetime | None:
    """Return the time in a backup's name, or None."""
    try:
        return datetime.strptime(name, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
