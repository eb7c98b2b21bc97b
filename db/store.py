"""One project file: who may open it, and the one way to write to it.

Durability is the promise of this file. WAL with `synchronous=FULL` means that COMMIT returns
after the log is on the disk; every write runs inside `Store.writing()`, which takes

    a first-come-first-served lock of this process → `flock` on files next to the project, in turn
    → BEGIN IMMEDIATE → the caller's statements → COMMIT

so that no writer starves (SQLite's own waiting is unfair) and no read-then-write fails half-way.
SQLite before 3.51.3 can lose commits when a checkpoint races a commit; automatic checkpoints are
therefore off, and `writing()` checkpoints itself, still under both locks.

A connection whose log was deleted, because something dropped SQLite's locks and another process believed
it was the last one, would commit into nothing. `writing()` checks before it begins and again before it
returns, and acknowledges nothing on such a connection (`db/files.py` explains how this happens).
"""

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from db.aside import aside, put_in_place
from db.errors import AlreadyExists, NotAProject, StoreUnavailable
from db.files import identity, log_of
from db.opening import acknowledged, connection, schema
from db.opening.connection import plain_errors, set_busy_timeout
from db.opening.database import Database
from db.opening.locks import WAIT_S, fifo_lock, file_lock, lock_path
from db.opening.migrations import MIGRATIONS
from db.opening.openable import APPLICATION_ID, refuse_foreign_file, refuse_second_name
from db.opening.upgrading import keep_copy, migrate, schema_version
from db.records import Label, SaliencyMode

logger = logging.getLogger(__name__)

CHECKPOINT_BYTES = 16 * 1024 * 1024


class Store:
    """An open project file. Each thread gets its own connection; none may be shared."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        # Resolved once: two names of one file would each have their own log, locks and folders.
        self.path = Path(path).resolve()
        self._read_only = read_only
        self._local = threading.local()
        self._check_before_writing: Callable[[], None] | None = None

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        labels: Sequence[Label],
        name: str | None = None,
        saliency_mode: SaliencyMode = "blind first",
        overlap: int = 1,
    ) -> Self:
        """Create a new project file and open it; refuse an existing file and leave it alone."""
        path = Path(path)
        if os.path.lexists(path):
            raise AlreadyExists(f"{path} already exists; choose another name, or open it with `whylight serve {path}`.")
        if not path.parent.is_dir():
            raise NotAProject(f"The folder {path.parent} does not exist; create it first.")
        # Written aside and then renamed, so that no one ever opens half a project.
        with aside(path) as half:
            try:
                _fill_file(half, labels, name or path.stem, saliency_mode, overlap)
                _give_name(half, path)
            finally:
                for lock in (lock_path(half), lock_path(half, "turn")):
                    lock.unlink(missing_ok=True)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a project file; refuse any other file unchanged.

        An older schema is upgraded, and a copy of the file as it was is kept next to it.
        """
        path = Path(path)
        refuse_foreign_file(path)
        refuse_second_name(path)
        store = cls(path)
        try:
            with plain_errors(path):
                version = store._known_version()
            if version < len(MIGRATIONS):
                store._upgrade()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def inspect(cls, path: Path) -> Self:
        """Open a project file for reading only, whatever its schema; refuse any other file.

        Not even closing it writes: a log that others left is not merged into the file.
        """
        path = Path(path)
        refuse_foreign_file(path)
        return cls(path, read_only=True)

    @property
    def db(self) -> Database:
        """Return this thread's connection, for reading. Writes go through `writing()`."""
        if not hasattr(self._local, "db"):
            # The file first: one that replaces it in between must not pass for the one that was opened.
            here = identity(self.path)
            db = connection.connect(self.path, read_only=self._read_only)
            try:
                self._local.log = connection.note_log(db, self.path)
            except BaseException:
                db.close()
                raise
            self._local.file, self._local.db, self._local.schema_changes = here, db, None
        opened: Database = self._local.db
        return opened

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """Run the block as one transaction: committed and on the disk when it ends, undone if it raises.

        A block inside a block joins the outer transaction.
        """
        if self.db.conn.in_transaction:
            yield self.db
            return
        with self._alone() as lock:
            logged = _log_size(self.path)
            with self._transaction():
                if self._check_before_writing is not None:
                    self._check_before_writing()
                yield self.db
            self._refuse_lost_log()
            acknowledged.note(lock, self.db)
            # A reader may pin the log. All writers wait for an attempt, so the next one is made when the
            # log has grown by as much again, and not after each write until the reader has ended.
            if _log_size(self.path) // CHECKPOINT_BYTES > logged // CHECKPOINT_BYTES:
                _checkpoint(self.db)

    @contextmanager
    def writing_only_while(self, check: Callable[[], None]) -> Iterator[None]:
        """Call `check` first in each transaction that this store begins in the block; if it raises, undo that one.

        So a process that was given up but still runs adds nothing more: the check sees the present state.
        """
        self._check_before_writing = check
        try:
            yield
        finally:
            self._check_before_writing = None

    def rewrite(self) -> None:
        """Rewrite the file without what was deleted from it, and empty the log; others wait with their writing.

        Raises StoreUnavailable if a reader keeps the log from being emptied.
        """
        with self._alone():
            self._refuse_changed_schema()
            self.db.execute("VACUUM")
            self._refuse_lost_log()
            if not _checkpoint(self.db, wait_s=connection.BUSY_TIMEOUT_S):
                raise StoreUnavailable(f"Another program is reading {self.path}; end it and repeat this.")

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Keep every other import of this project out for as long as the block runs."""
        with file_lock(self.path, purpose="import", wait=False):
            yield

    @contextmanager
    def _alone(self) -> Iterator[int]:
        until = time.monotonic() + WAIT_S
        with fifo_lock(self.path, until=until), file_lock(self.path, until=until) as lock, plain_errors(self.path):
            self._refuse_replaced_file()
            self._refuse_lost_log()
            with self._busy_until(until):
                yield lock

    @contextmanager
    def _busy_until(self, until: float) -> Iterator[None]:
        """Let SQLite wait for programs that do not use our locks, but no longer than until then."""
        left_s = max(0.0, until - time.monotonic())
        if left_s >= connection.BUSY_TIMEOUT_S:
            yield
            return
        set_busy_timeout(self.db, left_s)
        try:
            yield
        finally:
            set_busy_timeout(self.db)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            self._refuse_changed_schema()
            yield
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.conn.in_transaction:
                self.db.execute("ROLLBACK")
            raise

    def _upgrade(self) -> None:
        with self._alone():
            if schema_version(self.db) < len(MIGRATIONS):  # another process may have been faster
                keep_copy(self.db, self.path)
                with self._transaction():
                    migrate(self.db)
                    schema.refuse_changed(self.db, self.path)

    def _known_version(self) -> int:
        version = schema_version(self.db)
        if version < 1:
            raise NotAProject(f"{self.path} claims to have schema {version}, but the first schema is 1.")
        self._refuse_changed_schema()
        return version

    def _refuse_changed_schema(self) -> None:
        """Keep answers out of a file whose triggers may change them; another program may have just added one."""
        changes = schema.change_count(self.db)
        if changes != self._local.schema_changes:
            schema.refuse_changed(self.db, self.path)
            self._local.schema_changes = changes

    def _refuse_replaced_file(self) -> None:
        """Keep answers out of a file that was moved away, by a restore for example, while this connection was open."""
        if identity(self.path) != self._local.file:
            raise StoreUnavailable(f"{self.path} was moved, or restored from a backup; open it again and repeat this.")

    def _refuse_lost_log(self) -> None:
        """Raise LostLog if the log was deleted: what went into it would be lost with this connection."""
        if identity(log_of(self.path)) != self._local.log:
            raise connection.lost_log(self.path)

    def close(self) -> None:
        """Close this thread's connection."""
        if hasattr(self._local, "db"):
            self._local.db.close()
            del self._local.db

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def now_ms() -> int:
    """Return the wall clock in milliseconds since 1970, as in every `…_ms` column."""
    return time.time_ns() // 1_000_000


def _give_name(half: Path, path: Path) -> None:
    # Not by a link: a process killed between the link and the removal of `half` would leave one file with two names.
    with file_lock(path):
        if os.path.lexists(path):
            raise AlreadyExists(f"{path} already exists; choose another name.")
        put_in_place(half, path)


def _fill_file(path: Path, labels: Sequence[Label], name: str, saliency_mode: SaliencyMode, overlap: int) -> None:
    with Store(path) as store, plain_errors(path):
        store.db.execute("PRAGMA journal_mode = WAL")
        store._local.log = connection.note_log(store.db, path)
        with store.writing() as db:
            migrate(db)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(
                """
                INSERT INTO project (id, uid, name, saliency_mode, overlap, lease_minutes, created_ms)
                VALUES (1, ?, ?, ?, ?, 30, ?)
                """,
                [uuid.uuid4().hex, name, saliency_mode, overlap, now_ms()],
            )
            db.conn.executemany(
                "INSERT INTO labels (id, name, takes_rationale) VALUES (?, ?, ?)",
                [(label.index, label.name, label.takes_rationale) for label in labels],
            )


def _log_size(path: Path) -> int:
    try:
        return log_of(path).stat().st_size
    except FileNotFoundError:
        return 0


def _checkpoint(db: Database, *, wait_s: float = 0.1) -> bool:
    """Empty the log, and return whether that was possible: a reader may keep it."""
    set_busy_timeout(db, wait_s)
    try:
        (is_busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy
    except StoreUnavailable as error:
        # The answer is in the log and on the disk: a full disk must not make it look refused.
        logger.warning("the log could not be emptied: %s", error)
        return False
    finally:
        set_busy_timeout(db)
