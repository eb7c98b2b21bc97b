"""Make copies of a project file, and put one of them back in its place.

A copy is written aside, checked, synced, and only then given its name: a file with the name of a
backup is always whole. Copying the file itself would leave out what is still in its log.

A backup is put in place under the locks of a writer, so no answer can be on its way. The previous
file keeps its log, under another name; a log left in its place would be replayed into the restored
file.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from db import acknowledged, health, project, salvage, schema
from db.aside import aside, put_in_place, remove_left
from db.errors import (
    AlreadyExists,
    ChangedSchema,
    DamagedBackup,
    NewerSchema,
    NotAProject,
    NotRestored,
    NotUpgraded,
    StoreError,
    StoreUnavailable,
)
from db.files import log_of, sync
from db.locks import fifo_lock, file_lock
from db.openable import cut_off_restore, refuse_foreign_file, refuse_second_name
from db.records import Counts
from db.removals import blank_of
from db.store import Store

READERS_TIMEOUT_MS = 2000
_COMPANIONS = ("-wal", "-shm")
# A damaged schema makes SQLite raise errors of any kind, and the message need not be text.
_PASSES = ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN")
"""SQLite's names for failures that are not damage."""
_UNREADABLE = (StoreUnavailable, sqlite3.DatabaseError, UnicodeDecodeError)


def write(store: Store, file: Path) -> Counts:
    """Write a checked copy of the project to `file` while others keep working, and count what it holds.

    It has every answer that was acknowledged before the call. An existing file of that name is left alone.
    """
    if file.exists():
        raise AlreadyExists(f"{file} already exists; a backup overwrites nothing, choose another name.")
    schema.refuse_changed(store.db, store.path)
    acknowledged = health.counts(store).last_annotation
    with _copy_aside(store.path, file.parent) as copy:
        store.db.execute("VACUUM INTO ?", [str(copy)])
        _write_ahead(copy)
        held = check(copy)
        if held.last_annotation < acknowledged:
            raise DamagedBackup(
                f"The copy of {store.path} ends at answer {held.last_annotation}, but the project ends at "
                f"{acknowledged}; the copy was not kept, try again."
            )
        put_in_place(copy, file, name=_overwrite_nothing)
    return held


def write_rows(store: Store, file: Path) -> Counts:
    """Write the project's rows to `file`, with the schema that they should have; an existing file is left alone.

    This is for a project whose schema was changed: it is no longer opened or backed up.
    """
    if file.exists():
        raise AlreadyExists(f"{file} already exists; a backup overwrites nothing, choose another name.")
    with _copy_aside(store.path, file.parent) as copy:
        salvage.copy_rows(store, copy)
        _write_ahead(copy)
        held = check(copy)
        put_in_place(copy, file, name=_overwrite_nothing)
    return held


def check(file: Path, *, called: Path | None = None) -> Counts:
    """Count what a project file holds; raise DamagedBackup, naming it as `called`, unless it is whole."""
    named = called or file
    refuse_foreign_file(file)
    with Store(file) as store:
        try:
            schema.refuse_changed(store.db, named)
            _refuse_damage(store, named)
            return health.counts(store)
        except _UNREADABLE as error:
            if not _is_damage(error):
                raise
            raise DamagedBackup(f"{named} is damaged and was left alone; give an older backup.") from error


def holds(file: Path, sentence_ids: Sequence[int]) -> bool:
    """Return whether a backup, of any schema, still has the text of one of these removed sentences.

    One that cannot be read counts: no one can tell what is in it.
    """
    try:
        return bool(held(file, sentence_ids))
    except (StoreError, sqlite3.DatabaseError):
        return True


def held(file: Path, sentence_ids: Sequence[int]) -> list[int]:
    """Return those of these removed sentences whose text a backup, of any schema, still has."""
    with Store.inspect(file) as backup:
        rows = backup.db.execute(
            """
            SELECT s.id FROM json_each(?) gone CROSS JOIN sentences s ON s.id = gone.key WHERE s.text <> gone.value
            ORDER BY s.id
            """,
            [json.dumps({number: blank_of(number) for number in sentence_ids})],
        )
        return [number for (number,) in rows]


def restore(
    path: Path,
    backup: Path,
    *,
    kept: Path,
    refuse: Callable[[Store], None],
    agree: Callable[[Counts | None, Counts], None] = lambda before, now: None,
) -> tuple[Counts | None, Counts]:
    """Put a copy of the backup in the project's place, and keep the previous file as `kept`.

    Returns the counts of the previous project, None if it was missing or unreadable, and those of the restored one.
    `agree` gets both before any writer has to wait, and may raise; `refuse` may look at the present project and
    raise. Nothing changes before the last step.
    """
    refuse_foreign_file(backup)
    _refuse_open_project(backup)
    _refuse_other_file(path)
    _bring_up_to_date(path)
    with _copy_aside(path, path.parent) as copy:
        _copy_pages(backup, copy)
        now = check(copy, called=backup)
        _write_ahead(copy)
        sync(copy)
        agree(_counts(path), now)
        with file_lock(path, purpose="import", wait=False), fifo_lock(path), file_lock(path, wait=False) as lock:
            before = _close_down(path, copy, refuse) if path.exists() else None
            with Store(copy) as other:
                acknowledged.start_again(lock, other.db)
            _exchange(path, copy, kept)
    return before, now


def _bring_up_to_date(path: Path) -> None:
    """Upgrade the present project, so that queries find the columns they expect; a damaged one stays as it is."""
    if not path.exists():
        return
    try:
        Store.open(path).close()
    except (ChangedSchema, NewerSchema, NotAProject, NotUpgraded):
        return
    except _UNREADABLE as error:
        if not _is_damage(error):
            raise


def _copy_pages(backup: Path, copy: Path) -> None:
    """Copy a backup page by page, through SQLite: closing a handle of our own could drop another's locks on it."""
    try:
        with (
            closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").startswith(_PASSES):
            raise StoreUnavailable(f"{copy} could not be written ({error}); free some space and try again.") from error
        raise DamagedBackup(f"{backup} is damaged and was left alone; give an older backup.") from error


def _counts(path: Path) -> Counts | None:
    """Count what the project holds now, while people work; return None if it cannot be read."""
    if not path.exists():
        return None
    with Store.inspect(path) as current:
        try:
            return health.counts(current) if _can_be_read(current) else None
        except _UNREADABLE as error:
            if not _is_damage(error):
                raise
            return None


def _close_down(path: Path, copy: Path, refuse: Callable[[Store], None]) -> Counts | None:
    """Count what the project holds and empty its log into it; if it cannot be read, leave it as it is."""
    with Store(path) as current:
        try:
            if not _can_be_read(current):
                return None
            uid = project.read(current).uid
            before = health.counts(current)
            refuse(current)
        except _UNREADABLE as error:
            if not _is_damage(error):
                raise
            return None  # the very reason to restore; its log is kept next to it
        with Store(copy) as other:
            if project.read(other).uid != uid:
                raise NotRestored(
                    f"The backup belongs to another project than {path}; restore it under another name, "
                    "or move that file away first."
                )
        _empty_log(current)
    return before


def _can_be_read(current: Store) -> bool:
    """Return whether its tables are really tables; a view in the place of one may never end."""
    return schema.can_be_read(schema.differences(current.db))


def _is_damage(error: Exception) -> bool:
    """Return whether it is damage, and not a passing failure such as a locked file or a full disk."""
    return not getattr(error.__cause__, "sqlite_errorname", "").startswith(_PASSES)


def _empty_log(current: Store) -> None:
    current.db.execute(f"PRAGMA busy_timeout = {READERS_TIMEOUT_MS}")
    (busy, *_) = current.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise NotRestored(f"Another program is reading {current.path}; end it and restore again.")


def _exchange(path: Path, copy: Path, kept: Path) -> None:
    left = cut_off_restore(path) if path.exists() else None
    if left is not None:
        left.unlink()  # a second name that a killed restore gave to the file that is still here
    if path.exists():
        try:
            os.link(path, kept)
        except FileExistsError:
            raise AlreadyExists(f"{kept} already exists; restore again in a second.") from None
    for companion in _COMPANIONS:
        with suppress(FileNotFoundError):
            os.rename(_next_to(path, companion), _next_to(kept, companion))
    sync(path.parent)  # after a power cut the old log must not meet the restored file
    os.replace(copy, path)
    for companion in _COMPANIONS:
        # From a process that opened the old file a moment ago: the new one must not share a log with it.
        _next_to(path, companion).unlink(missing_ok=True)
    sync(path.parent)


def _refuse_open_project(backup: Path) -> None:
    log = log_of(backup)
    if log.exists() and log.stat().st_size:
        raise NotRestored(
            f"{backup} has a log next to it, so it is a project in use; make a backup of it with `whylight backup`."
        )


def _refuse_other_file(path: Path) -> None:
    if path.is_symlink():
        raise NotRestored(f"{path} is a link; give the file that it points to, {path.resolve()}.")
    try:
        if path.exists():
            refuse_foreign_file(path)
            if cut_off_restore(path) is None:
                refuse_second_name(path)
    except StoreError as error:
        raise NotRestored(f"{path} is not a project that a restore can keep; move it away, then restore.") from error


def _refuse_damage(store: Store, named: Path) -> None:
    faults = health.damage(store, limit=1) or health.broken_references(store)
    faults = faults or [f"the tokens of sentence {name!r} have changed" for name in health.changed_tokens(store)]
    if faults:
        raise DamagedBackup(f"{named} is damaged ({faults[0]}) and was left alone; give an older backup.")


def _write_ahead(file: Path) -> None:
    # VACUUM INTO does not copy the mode; a copy that is opened as it is must be as safe as the project.
    with Store(file) as store:
        store.db.execute("PRAGMA journal_mode = WAL")


@contextmanager
def _copy_aside(path: Path, folder: Path) -> Iterator[Path]:
    """Yield an empty file for a copy of the project in that folder; remove what a killed run left there."""
    # The lock is the project's: in that folder, others may be copying or creating another one of its name.
    name, owner = folder / path.name, hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:8]
    with file_lock(path, purpose="backup", wait=False), ExitStack() as stack:
        remove_left(name, owner)
        try:
            copy = stack.enter_context(aside(name, owner=owner))
        except OSError as error:
            raise StoreUnavailable(f"{folder} cannot be written to: {error.strerror}; check the folder.") from error
        try:
            yield copy
        finally:
            remove_left(name, owner)  # also the files that SQLite and the locks put next to the copy


def _overwrite_nothing(copy: Path, file: Path) -> None:
    try:
        os.link(copy, file)
    except FileExistsError:
        raise AlreadyExists(f"{file} already exists; a backup overwrites nothing, choose another name.") from None
    except OSError:
        os.rename(copy, file)  # a disk without hard links, such as a USB stick


def _next_to(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
