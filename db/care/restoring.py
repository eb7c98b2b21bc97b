"""Put a backup in a project's place.

It is put there under the locks of a writer, so no answer can be on its way. The previous file keeps
its log, under another name; a log left in its place would be replayed into the restored file.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from db.care import health
from db.care.backups import check, copy_aside, write_ahead
from db.care.damage import UNREADABLE, is_damage, passes
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
from db.opening import acknowledged, schema
from db.opening.locks import fifo_lock, file_lock
from db.opening.openable import cut_off_restore, refuse_foreign_file, refuse_second_name
from db.records import Counts
from db.store import Store
from db.team import project

READERS_TIMEOUT_MS = 2000
_COMPANIONS = ("-wal", "-shm")


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
    with copy_aside(path, path.parent) as copy:
        _copy_pages(backup, copy)
        now = check(copy, called=backup)
        write_ahead(copy)
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
    except UNREADABLE as error:
        if not is_damage(error):
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
        if passes(error):
            raise StoreUnavailable(f"{copy} could not be written ({error}); free some space and try again.") from error
        raise DamagedBackup(f"{backup} is damaged and was left alone; give an older backup.") from error


def _counts(path: Path) -> Counts | None:
    """Count what the project holds now, while people work; return None if it cannot be read."""
    if not path.exists():
        return None
    with Store.inspect(path) as current:
        try:
            return health.counts(current) if _can_be_read(current) else None
        except UNREADABLE as error:
            if not is_damage(error):
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
        except UNREADABLE as error:
            if not is_damage(error):
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


def _next_to(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
