"""Make backups of a project, and put one of them back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from annotator.people import refuse_inactive
from annotator.rounds import SILENCE_MS
from db import audit, backups, rounds
from db.errors import NotAProject, RoundInProgress
from db.records import Counts, Person
from db.store import Store, now_ms

_MOMENT = "%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True)
class Backup:
    """A backup that is on the disk, and what it holds."""

    file: Path
    held: Counts


@dataclass(frozen=True)
class Restored:
    """What a restore exchanged."""

    before: Counts | None
    """None where the project was missing or could not be read."""
    now: Counts
    kept: Path | None
    """Where the file that was there is now."""


def backups_folder(project_file: Path) -> Path:
    """Give the folder beside the project file that holds its backups."""
    return project_file.with_suffix(".backups")


def way_back(path: Path | None) -> str:
    """Give a sentence that names the newest backup of a project, to be said behind an error; none has no sentence."""
    folder = backups_folder(path) if path else None
    found = [(each.stat().st_mtime, each) for each in folder.rglob("*.db")] if folder and folder.is_dir() else []
    if not found:
        return ""
    newest = max(found)[1]
    return f" The newest backup is {newest}: `whylight restore {path} {newest}`."


def backup_project(store: Store, file: Path | None = None) -> Backup:
    """Write a checked copy to `file`, or to the project's own folder of backups under the time of now (UTC)."""
    if file is None:
        folder = backups_folder(store.path)
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / f"{moment(datetime.now(UTC))}.db"
    elif not file.parent.is_dir():
        raise NotAProject(f"The folder {file.parent} does not exist; make it first.")
    return Backup(file, backups.write(store, file))


def restore_project(path: Path, backup: Path, *, actor: Person | None = None) -> Restored:
    """Exchange the project for a copy of the backup; the file that was there is kept under another name.

    A backup that is damaged, newer, or of another project changes nothing, and so does a round at work.
    """
    kept = path.with_name(f"{path.name}.before-restore-{moment(datetime.now(UTC))}")

    def refuse(current: Store) -> None:
        refuse_inactive(current, actor)
        _refuse_working(current)

    before, now = backups.restore(path, backup, kept=kept, refuse=refuse)
    restored = Restored(before, now, kept if kept.exists() else None)
    with Store.open(path) as store:
        detail = {"backup": backup.name, "kept": kept.name if restored.kept else None, "answers": now.answers}
        # The person may be unknown to what was restored.
        audit.record(store, None, "restored", detail | {"by": actor.name if actor else None})
    return restored


def _refuse_working(current: Store) -> None:
    working = rounds.in_progress(current)
    if working is not None and working.heartbeat_ms >= now_ms() - SILENCE_MS:
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
