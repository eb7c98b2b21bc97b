"""The backups of a project that are on the disk: which there are, and what one holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from annotator.care.backup_timer import RHYTHMS
from annotator.care.backups import backups_folder, read_moment
from annotator.errors import BadBackup
from annotator.project.permissions import Actor, check_may_act
from db.care import backups, health
from db.corpus import removals
from db.records import Counts
from db.store import Store

_BEFORE_RESTORE = ".before-restore-"
BEFORE_UPGRADE = "before an upgrade"


@dataclass(frozen=True)
class KeptBackup:
    """A backup that a restore can take."""

    file: Path
    origin: str
    """"hourly", "daily", "by hand", "before a restore" or "before an upgrade"."""
    made: datetime
    """From its name, or from the file system if its name says no time; with its zone."""
    bytes: int


def list_backups(store: Store, *, actor: Actor) -> list[KeptBackup]:
    """Return what the project can be restored from, newest first: its backups, and the files that restores replaced."""
    check_may_act(store, actor, least="admin")
    return [kept for kept in kept_backups(store.path) if kept.origin != BEFORE_UPGRADE]


def kept_backups(project: Path) -> list[KeptBackup]:
    """Return the copies of a project that Whylight made and put next to it, newest first."""
    folder = backups_folder(project)
    found = [_kept(file, "by hand") for file in _databases(folder)]
    for rhythm in RHYTHMS:
        found += [_kept(file, rhythm.name) for file in _databases(folder / rhythm.name)]
    found += [_kept(file, "before a restore") for file in _next_to(project, f"{_BEFORE_RESTORE}*Z")]
    found += [_kept(file, BEFORE_UPGRADE) for file in _next_to(project, ".before-schema-*[0-9]")]
    return sorted(found, key=lambda kept: (kept.made, kept.file.name), reverse=True)


def backups_holding(store: Store, sentence_ids: Sequence[int] | None = None, *, actor: Actor) -> list[KeptBackup]:
    """Return the backups that still have the text of these removed sentences, or of any, newest first.

    Also the files that restores replaced, and the copies from before an upgrade.
    """
    check_may_act(store, actor, least="researcher")
    removed = [one.sentence_id for one in removals.all_of(store)] if sentence_ids is None else list(sentence_ids)
    return [kept for kept in kept_backups(store.path) if removed and backups.holds(kept.file, removed)]


def look_inside(store: Store, file: Path, *, actor: Actor) -> tuple[Counts, Counts]:
    """Return what the project holds now and what this backup of it holds; raise BadBackup for another file."""
    if file not in [kept.file for kept in list_backups(store, actor=actor)]:
        raise BadBackup(f"{file.name} is not one of this project's backups any more; choose another one.")
    with Store.inspect(file) as backup:
        return health.counts(store), health.counts(backup)


def _next_to(project: Path, pattern: str) -> list[Path]:
    return [file for file in project.parent.glob(f"{_escaped(project.name)}{pattern}") if file.is_file()]


def _databases(folder: Path) -> list[Path]:
    return [file for file in folder.glob("*.db") if file.is_file()] if folder.is_dir() else []


def _kept(file: Path, origin: str) -> KeptBackup:
    facts = file.stat()
    named = read_moment(file.stem) or read_moment(file.name.rpartition(_BEFORE_RESTORE)[2])
    return KeptBackup(file, origin, named or datetime.fromtimestamp(facts.st_mtime, UTC), facts.st_size)


def _escaped(name: str) -> str:
    """Return a file's name as a pattern that only this name matches."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
