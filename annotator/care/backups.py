"""Make backups of a project, and put one of them back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from annotator.care.round_copies import bring_back, keep_serving_round
from annotator.errors import BadFileName
from annotator.project.folders import project_folder
from annotator.project.people import acting_person, find_person
from annotator.project.permissions import OWNER, Actor, check_may_act
from annotator.project.private_files import private_folder
from annotator.rounds.start import is_silent
from annotator.rounds.watch import lives
from db import audit, backups, rounds
from db.errors import NotAProject, RoundInProgress
from db.records import Counts
from db.store import Store
from learner.data.suffixes import contradiction

Agree = Callable[[Counts | None, Counts], None]
"""Asks whether what is there may be exchanged for what would be there; raises to stop it."""

_MOMENT = "%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True)
class Backup:
    """A backup that is on the disk, and what it holds."""

    file: Path
    held: Counts
    round: int | None = None
    """Whose checkpoint and saliency lie beside it."""


@dataclass(frozen=True)
class Restored:
    """What a restore exchanged."""

    before: Counts | None
    """None where the project was missing or could not be read."""
    now: Counts
    kept: Path | None
    """Where the file that was there is now."""
    rounds_without_files: list[int]
    """Ready rounds whose checkpoint or saliency is neither here nor beside the backup, or is not what was saved."""


def backups_folder(project_file: Path) -> Path:
    """Give the folder beside the project file that holds its backups."""
    return project_folder(project_file, "backups")


def way_back(path: Path | None) -> str:
    """Give a sentence that names the newest backup of a project, to be said behind an error; none has no sentence."""
    try:
        folder = backups_folder(path) if path else None
        found = [(each.stat().st_mtime, each) for each in folder.rglob("*.db")] if folder and folder.is_dir() else []
    except (OSError, ValueError):
        return ""  # a name that no file can have, or a folder that may not be read: what went wrong is told already
    if not found:
        return ""
    newest = max(found)[1]
    return f" The newest backup is {newest}: `whylight restore {path} {newest}`."


def backup_project(store: Store, file: Path | None = None, *, with_checkpoint: bool = False, actor: Actor) -> Backup:
    """Write a checked copy to `file`, or to the project's own folder of backups under the time of now (UTC).

    `with_checkpoint` puts the files of the round that serves beside it.
    """
    check_may_act(store, actor, least="admin")
    if file is None:
        folder = private_folder(backups_folder(store.path))
        file = folder / f"{moment(datetime.now(UTC))}.db"
    elif not file.exists() and (said := contradiction(file, "a database")):
        raise BadFileName(said)
    elif not file.parent.is_dir():
        raise NotAProject(f"The folder {file.parent} does not exist; make it first.")
    held = backups.write(store, file)
    made = Backup(file, held, keep_serving_round(store, file) if with_checkpoint else None)
    audit.record(store, actor, "backup", {"file": file.name, "answers": made.held.answers})
    return made


def save_rows(store: Store, file: Path, *, actor: Actor) -> Backup:
    """Write the rows of a project whose schema was changed to `file`, with the schema that they should have.

    Nothing is written to the project itself; the audit of the new file says that its rows were saved.
    """
    check_may_act(store, actor, least="admin")
    if not file.parent.is_dir():
        raise NotAProject(f"The folder {file.parent} does not exist; make it first.")
    return Backup(file, backups.write_rows(store, file))


def restore_project(path: Path, backup: Path, *, who: str | None, agree: Agree = lambda before, now: None) -> Restored:
    """Exchange the project for a copy of the backup; the file that was there is kept under another name.

    `agree` sees what there is (None where it cannot be read) and what there would be, and raises to stop it.
    `who` names the person of the project that is there for whom this is done. A backup that is damaged,
    newer, or of another project changes nothing, and so does a round at work.
    """
    if not path.exists() and (said := contradiction(path, "a database")):
        raise BadFileName(said)
    kept = path.with_name(f"{path.name}.before-restore-{moment(datetime.now(UTC))}")

    def refuse(current: Store) -> None:
        check_may_act(current, acting_person(current, who), least="admin")
        _refuse_working(current)

    before, now = backups.restore(path, backup, kept=kept, refuse=refuse, agree=agree)
    with Store.open(path) as store:
        restored = Restored(before, now, kept if kept.exists() else None, bring_back(store, backup))
        detail = {"backup": backup.name, "kept": kept.name if restored.kept else None, "answers": now.answers}
        # The person may be unknown to what was restored, so their name is written out.
        audit.record(store, _actor_now(store, who), "restored", detail | {"by": who})
    return restored


def _actor_now(store: Store, who: str | None) -> Actor:
    found = find_person(store, who) if who else None
    return found or OWNER


def _refuse_working(current: Store) -> None:
    working = rounds.in_progress(current)
    if working is not None and (not is_silent(working) or lives(current, working)):
        raise RoundInProgress(f"Round {working.id} is {working.state}; wait until it has ended, or cancel it.")


def moment(now: datetime) -> str:
    """Give a time in UTC as backups bear it: no colons, which some disks refuse, and in the order of time."""
    return now.strftime(_MOMENT)


def read_moment(name: str) -> datetime | None:
    """Give the time that a name bears; None when it bears none."""
    try:
        return datetime.strptime(name, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
