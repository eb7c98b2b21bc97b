"""The doctor's questions about the file and the disk that it lies on."""

import sqlite3
from collections.abc import Iterator
from itertools import islice

from annotator.care.backups import backups_folder
from annotator.care.disk import disk_use, network_file_system
from annotator.care.findings import MOST_NAMED, RESTORE, Observation, some
from annotator.wording import in_bytes
from db import acknowledged, health
from db import schema as db_schema
from db.aside import mark_of
from db.migrations import MIGRATIONS
from db.open_logs import lost_logs
from db.openable import cut_off_restore
from db.store import Store
from db.upgrading import schema_version

LARGE_LOG_BYTES = 256 * 1024 * 1024
MOST_DIFFERENCES = 20
CHANGED = (
    "What the project holds may have been changed: restore a backup made before that, or save the rows with "
    "`whylight backup --rows-only` and restore that."
)

_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""The SQLite versions that no longer lose commits when a checkpoint races one; each mends its own branch."""


def has_reset_fault(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite can lose commits when a checkpoint races a commit."""
    fixed = next((backport for backport in _FIXED if backport[:2] == version[:2]), _FIXED[-1])
    return version < fixed


def sqlite(store: Store) -> Iterator[Observation]:
    """Is this SQLite one that can lose commits?"""
    if has_reset_fault(sqlite3.sqlite_version_info):
        said = f"{sqlite3.sqlite_version} can lose commits when a checkpoint races one; Whylight keeps clear of that."
        todo = "Let no other program write to the project; SQLite 3.51.3, 3.50.7 and 3.44.6 have no such fault."
        yield Observation("warning", said, todo)
    else:
        yield Observation("ok", sqlite3.sqlite_version)


def schema(store: Store) -> Iterator[Observation]:
    """Is the file of this Whylight's schema, as that should be, with its log beside it?"""
    version, mode = schema_version(store.db), health.journal_mode(store)
    found = db_schema.differences(store.db) if version <= len(MIGRATIONS) else []
    if version > len(MIGRATIONS):
        said = f"The file has schema {version}, and this Whylight knows schema {len(MIGRATIONS)}."
        yield Observation("error", said, "Install the newer Whylight that wrote it.")
    elif version < len(MIGRATIONS) and not found:
        said = f"The file has schema {version}, and this Whylight has schema {len(MIGRATIONS)}."
        yield Observation(
            "warning",
            said,
            "Nothing: the next command brings it up to date, and keeps a copy of it as it was.",
        )
    elif not found:
        yield Observation("ok", f"{version}, the newest, with all its tables, views, triggers and indexes")
    for each in found[:MOST_DIFFERENCES]:
        yield Observation("error", f"Of schema {version}, {each}.", CHANGED)
    if len(found) > MOST_DIFFERENCES:
        yield Observation("error", f"There are {len(found) - MOST_DIFFERENCES} more differences.", CHANGED)
    if not db_schema.can_be_read(found):
        said = "A table or view is not what its name says, so sentences, answers and rounds were not read."
        yield Observation("warning", said, CHANGED)
    if mode != "wal":
        said = f"The file is written in the mode {mode!r}, so readers and writers wait for each other."
        yield Observation("warning", said, "Make a backup with `whylight backup`, and restore that.")


def integrity(store: Store) -> Iterator[Observation]:
    """Are pages, tables and indexes whole?"""
    damage = health.damage(store)
    yield from (Observation("error", fault, RESTORE) for fault in damage)
    if not damage:
        yield Observation("ok", "SQLite finds every page, table and index whole")


def references(store: Store) -> Iterator[Observation]:
    """Does every row point at rows that are there?"""
    broken = health.broken_references(store)
    if broken:
        yield Observation("error", f"Rows point at rows that are not there: {some(broken)}.", RESTORE)
    else:
        yield Observation("ok", "every row points at rows that are there")


def answers(store: Store) -> Iterator[Observation]:
    """Is every acknowledged answer there?"""
    missing = acknowledged.missing(store.db, store.path)
    if missing is not None:
        said = f"The project ends at answer {missing[0]}, and answer {missing[1]} was acknowledged: its log is missing."
        yield Observation("error", said, "Put the log (-wal) back beside it, or restore the newest backup.")
    else:
        yield Observation("ok", "every answer that was acknowledged is there")


def log(store: Store) -> Iterator[Observation]:
    """Has every open connection a log that others see, and the file one name?"""
    lost, names = lost_logs(store.path), store.path.stat().st_nlink
    for process in lost:
        said = f"The log was deleted while {process} had it open; what it has written since is seen by nobody."
        yield Observation("error", said, "End that program, then look for missing answers.")
    if names > 1:
        said = f"The file has {names} names (hard links), and answers that go in by one are lost to the others."
        left = cut_off_restore(store.path)
        todo = "Delete the other names."
        if left is not None:
            todo = f"A restore was cut off: restore again, or delete the name {left.name}, which keeps the project."
        yield Observation("error", said, todo)
    if not lost and names == 1:
        yield Observation("ok", "everybody who has the project open sees the same log")


def tokens(store: Store) -> Iterator[Observation]:
    """Has every sentence the tokens that were imported?"""
    changed = list(islice(health.changed_tokens(store), MOST_NAMED))
    if changed:
        said = f"The tokens of these sentences (at least) are not those that were imported: {some(changed)}."
        yield Observation("error", said, RESTORE)
    else:
        yield Observation("ok", "every sentence has the tokens that were imported")


def unfinished_files(store: Store) -> Iterator[Observation]:
    """Has a backup or a restore left files?"""
    here, mark = store.path.absolute(), mark_of(store.path)
    backups = backups_folder(here)
    places = [*here.parent.iterdir(), *(backups.rglob("*") if backups.is_dir() else ())]
    found = sorted(each.name for each in places if each.name.startswith(mark))
    if found:
        said = f"A backup or a restore was cut off, or is running; it left {some(found)}."
        yield Observation("warning", said, "If none is running, delete these files; the next backup does so, too.")


def disk(store: Store) -> Iterator[Observation]:
    """Is there room, and what takes it?"""
    use = disk_use(store.path)
    said = (
        f"database {in_bytes(use.database)}, log {in_bytes(use.log)}, rounds {in_bytes(use.rounds)}, "
        f"backups {in_bytes(use.backups)}, uploads {in_bytes(use.uploads)}, "
        f"kept by restores {in_bytes(use.kept_by_restores)}; free {in_bytes(use.free)}"
    )
    if use.free < 2 * (use.database + use.log):
        yield Observation("warning", said, "Free some space: a backup and the log may not find room.")
    elif use.log > LARGE_LOG_BYTES:
        yield Observation("warning", said, "A long read keeps the log from being emptied; end it.")
    else:
        yield Observation("ok", said)


def file_system(store: Store) -> Iterator[Observation]:
    """Does the project lie on a disk of this machine?"""
    kind = network_file_system(store.path)
    if kind is not None:
        said = f"The project lies on a network file system ({kind}), where SQLite's promises do not hold."
        yield Observation("error", said, "Move the project to a disk of this machine.")


def backups(store: Store) -> Iterator[Observation]:
    """Are there any backups?"""
    folder = backups_folder(store.path)
    found = sorted(each.name for each in folder.rglob("*.db")) if folder.is_dir() else []
    if found:
        yield Observation("ok", f"{len(found)} in {folder.name}, the newest {found[-1]}")
    else:
        yield Observation("warning", f"There is none in {folder.name}.", "Make one: `whylight backup`.")
