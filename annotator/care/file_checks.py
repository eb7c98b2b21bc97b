"""The doctor's questions about the project's file and its disk."""

import sqlite3
from collections.abc import Iterator
from itertools import islice

from annotator.care.backups import backups_folder
from annotator.care.disk import disk_use, network_file_system
from annotator.care.findings import MOST_NAMED, RESTORE, Observation, first_few
from annotator.project.folders import vectors_of
from annotator.wording import counted, in_bytes
from db.aside import mark_of
from db.care import health
from db.opening import acknowledged
from db.opening import schema as db_schema
from db.opening.migrations import MIGRATIONS
from db.opening.open_logs import lost_logs
from db.opening.openable import cut_off_restore
from db.opening.upgrading import schema_version
from db.store import Store
from learner.encoders.kept_vectors import damaged_in, stores_in

LARGE_LOG_BYTES = 256 * 1024 * 1024
MOST_DIFFERENCES = 20
FREE_VECTORS = "`whylight round free` with `--vectors`"
CHANGED = (
    "What the project holds may have been changed: restore a backup made before that, or save the rows with "
    "`whylight backup --rows-only` and restore that."
)

_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""The SQLite versions that no longer lose commits when a checkpoint races one; each fixes its own branch."""


def has_reset_fault(version: tuple[int, ...]) -> bool:
    """Return whether this SQLite can lose commits when a checkpoint races one."""
    fixed = next((backport for backport in _FIXED if backport[:2] == version[:2]), _FIXED[-1])
    return version < fixed


def sqlite(store: Store) -> Iterator[Observation]:
    """Can this SQLite lose commits?"""
    if has_reset_fault(sqlite3.sqlite_version_info):
        text = f"{sqlite3.sqlite_version} can lose commits when a checkpoint races one; Whylight avoids that."
        todo = "Let no other program write to the project; SQLite 3.51.3, 3.50.7 and 3.44.6 have no such fault."
        yield Observation("warning", text, todo)
    else:
        yield Observation("ok", sqlite3.sqlite_version)


def schema(store: Store) -> Iterator[Observation]:
    """Does the file have this Whylight's schema, unchanged, and a write-ahead log?"""
    version, mode = schema_version(store.db), health.journal_mode(store)
    differences = db_schema.differences(store.db) if version <= len(MIGRATIONS) else []
    if version > len(MIGRATIONS):
        text = f"The file has schema {version}, and this Whylight knows only schema {len(MIGRATIONS)}."
        yield Observation("error", text, "Install the newer Whylight that wrote it.")
    elif version < len(MIGRATIONS) and not differences:
        text = f"The file has schema {version}, and this Whylight has schema {len(MIGRATIONS)}."
        yield Observation(
            "warning",
            text,
            "Nothing: the next command upgrades it, and keeps a copy of it as it was.",
        )
    elif not differences:
        yield Observation("ok", f"{version}, the newest, with all its tables, views, triggers and indexes")
    for difference in differences[:MOST_DIFFERENCES]:
        yield Observation("error", f"Of schema {version}, {difference}.", CHANGED)
    if len(differences) > MOST_DIFFERENCES:
        yield Observation("error", f"There are {len(differences) - MOST_DIFFERENCES} more differences.", CHANGED)
    if not db_schema.can_be_read(differences):
        text = "A table or view is not what its name says, so sentences, answers and rounds were not read."
        yield Observation("warning", text, CHANGED)
    if mode != "wal":
        text = f"The file's journal mode is {mode!r}, so readers and writers wait for each other."
        yield Observation("warning", text, "Make a backup with `whylight backup`, and restore it.")


def integrity(store: Store) -> Iterator[Observation]:
    """Are pages, tables and indexes whole?"""
    damage = health.damage(store)
    yield from (Observation("error", fault, RESTORE) for fault in damage)
    if not damage:
        yield Observation("ok", "SQLite finds every page, table and index whole")


def references(store: Store) -> Iterator[Observation]:
    """Does every row point at rows that exist?"""
    broken = health.broken_references(store)
    if broken:
        yield Observation("error", f"Rows point at rows that do not exist: {first_few(broken)}.", RESTORE)
    else:
        yield Observation("ok", "every row points at rows that exist")


def answers(store: Store) -> Iterator[Observation]:
    """Does the project have every acknowledged answer?"""
    missing = acknowledged.missing(store.db, store.path)
    if missing is not None:
        text = f"The project ends at answer {missing[0]}, but answer {missing[1]} was acknowledged: its log is missing."
        yield Observation("error", text, "Put the log (-wal) back next to it, or restore the newest backup.")
    else:
        yield Observation("ok", "no acknowledged answer is missing")


def log(store: Store) -> Iterator[Observation]:
    """Does every open connection use the log that others see, and has the file only one name?"""
    lost, names = lost_logs(store.path), store.path.stat().st_nlink
    for process in lost:
        text = f"The log was deleted while {process} had it open; what it has written since is not seen by others."
        yield Observation("error", text, "End that program, then look for missing answers.")
    if names > 1:
        text = f"The file has {names} names (hard links), and answers saved under one are lost to the others."
        left = cut_off_restore(store.path)
        todo = "Delete the other names."
        if left is not None:
            todo = f"A restore was interrupted: restore again, or delete the name {left.name}, which keeps the project."
        yield Observation("error", text, todo)
    if not lost and names == 1:
        yield Observation("ok", "all programs that have the project open see the same log")


def tokens(store: Store) -> Iterator[Observation]:
    """Does every sentence have the tokens that were imported?"""
    changed = list(islice(health.changed_tokens(store), MOST_NAMED))
    if changed:
        text = f"The tokens of these sentences (at least) are not those that were imported: {first_few(changed)}."
        yield Observation("error", text, RESTORE)
    else:
        yield Observation("ok", "every sentence has the tokens that were imported")


def unfinished_files(store: Store) -> Iterator[Observation]:
    """Did a backup or a restore leave files?"""
    here, mark = store.path.absolute(), mark_of(store.path)
    backups = backups_folder(here)
    places = [*here.parent.iterdir(), *(backups.rglob("*") if backups.is_dir() else ())]
    names = sorted(file.name for file in places if file.name.startswith(mark))
    if names:
        text = f"A backup or a restore was interrupted, or is running; it left {first_few(names)}."
        yield Observation(
            "warning",
            text,
            "If none is running, delete these files; the next backup or restore of this project removes its own.",
        )


def disk(store: Store) -> Iterator[Observation]:
    """How much space is free, and what takes the rest?"""
    use = disk_use(store.path)
    text = (
        f"database {in_bytes(use.database)}, log {in_bytes(use.log)}, rounds {in_bytes(use.rounds)}, "
        f"vectors {in_bytes(use.vectors)}, scores of a pool {in_bytes(use.pool_scores)}, "
        f"backups {in_bytes(use.backups)}, uploads {in_bytes(use.uploads)}, "
        f"kept by restores {in_bytes(use.kept_by_restores)}; free {in_bytes(use.free)}"
    )
    if use.free < 2 * (use.database + use.log):
        yield Observation("warning", text, "Free some space: a backup and the log may not fit.")
    elif use.log > LARGE_LOG_BYTES:
        yield Observation("warning", text, "A long read prevents the log from being emptied; end it.")
    else:
        yield Observation("ok", text)


def vectors(store: Store) -> Iterator[Observation]:
    """Are the vectors that rounds keep what was written?"""
    folder = vectors_of(store.path)
    if folder.is_symlink():
        text = f"{folder.name} is a link to elsewhere, so no round can keep vectors."
        yield Observation("error", text, "Delete the link; rounds read the sentences again.")
        return
    for kept in stores_in(folder):
        text = f"of {kept.encoder}, layer {kept.layer}: {counted(kept.sentences, 'sentence')}, {in_bytes(kept.bytes)}"
        yield Observation("ok", text)
    damaged = [file.name for file in damaged_in(folder)]
    if damaged:
        todo = f"Nothing: rounds do not use them and read their sentences again. {FREE_VECTORS} makes room."
        yield Observation("warning", f"These files of vectors are damaged: {first_few(damaged)}.", todo)


def file_system(store: Store) -> Iterator[Observation]:
    """Is the project on a local disk?"""
    kind = network_file_system(store.path)
    if kind is not None:
        text = f"The project is on a network file system ({kind}), where SQLite's guarantees do not hold."
        yield Observation("error", text, "Move the project to a local disk.")


def backups(store: Store) -> Iterator[Observation]:
    """Does the project have backups?"""
    folder = backups_folder(store.path)
    names = sorted(file.name for file in folder.rglob("*.db")) if folder.is_dir() else []
    if names:
        yield Observation("ok", f"{len(names)} in {folder.name}, the newest {names[-1]}")
    else:
        yield Observation("warning", f"There are none in {folder.name}.", "Make one: `whylight backup`.")
