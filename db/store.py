"""One project file: who may open it, and the one way to write to it.

Durability is the promise of this file. WAL with `synchronous=FULL` means that COMMIT returns
after the log is on the disk; every write runs inside `Store.writing()`, which takes

    a first-come-first-served lock of this process → `flock` on files beside the project, in turn
    → BEGIN IMMEDIATE → the caller's statements → COMMIT

so that no writer starves (SQLite's own waiting is unfair) and no read-then-write fails half-way.
SQLite before 3.51.3 can lose commits when a checkpoint races a commit; automatic checkpoints are
therefore off, and `writing()` checkpoints itself, still under both locks.

A connection whose log has lost its name, because something dropped SQLite's locks and another process
took itself for the last one, would commit into nothing. `writing()` looks before it begins and again
before it returns, and acknowledges nothing on such a connection (`db/files.py` says how it comes about).
"""

import logging
import os
import sqlite3
import stat
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from sqlite_utils import Database

from db import acknowledged, schema
from db.errors import AlreadyExists, DamagedProject, LostLog, NotAProject, StoreError, StoreUnavailable
from db.files import application_id, identity, log_of, sync
from db.locks import WAIT_S, fifo_lock, file_lock, lock_path
from db.migrations import MIGRATIONS
from db.records import Label, SaliencyMode
from db.upgrading import keep_copy, migrate, schema_version

logger = logging.getLogger(__name__)

APPLICATION_ID = 0x57484C54  # "WHLT"
BUSY_TIMEOUT_S = 15
CHECKPOINT_BYTES = 16 * 1024 * 1024

_FAILURES = {
    "SQLITE_BUSY": "is locked by another program; close it and try again",
    "SQLITE_FULL": "could not be written because the disk is full; free some space and try again",
    "SQLITE_READONLY": "is read-only; change its permissions, or its folder's",
    "SQLITE_IOERR": "could not be read or written; check the disk",
    "SQLITE_CANTOPEN": "could not be opened; check that its folder exists and may be written to",
}
_DAMAGE = {
    "SQLITE_CORRUPT": "is damaged; restore it from a backup",
    "SQLITE_NOTADB": "is not a Whylight project, or its head is damaged; restore it from a backup",
}


class Store:
    """An open project file. Each thread gets a connection of its own; none may be shared."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        # Resolved once: two names of one file would each have a log, locks and folders of their own.
        self.path = Path(path).resolve()
        self._read_only = read_only
        self._local = threading.local()

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
        """Make a new project file and open it; an existing file is refused and left alone."""
        path = Path(path)
        if os.path.lexists(path):
            raise AlreadyExists(f"{path} exists already; choose another name, or open it with `whylight serve {path}`.")
        if not path.parent.is_dir():
            raise NotAProject(f"The folder {path.parent} does not exist; make it first.")
        # Made aside and then given its name, so that nobody ever opens half a project.
        aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            _create_file(aside, labels, name or path.stem, saliency_mode, overlap)
            _give_name(aside, path)
        finally:
            for leftover in (aside, lock_path(aside), lock_path(aside, "turn")):
                leftover.unlink(missing_ok=True)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a project file; any other file is refused unchanged.

        An older schema is brought up to date, and a copy of the file as it was is kept beside it.
        """
        path = Path(path)
        refuse_foreign_file(path)
        refuse_second_name(path)
        store = cls(path)
        with plain_errors(path):
            try:
                version = store._known_version()
            except StoreError:
                store.close()
                raise
        if version < len(MIGRATIONS):
            store._upgrade()
        return store

    @classmethod
    def inspect(cls, path: Path) -> Self:
        """Open a project file for reading alone, whatever its schema; any other file is refused.

        Not even closing it writes: a log that others left is not brought into the file.
        """
        path = Path(path)
        refuse_foreign_file(path)
        return cls(path, read_only=True)

    @property
    def db(self) -> Database:
        """This thread's connection, for reading. Writes go through `writing()`."""
        if not hasattr(self._local, "db"):
            # The file first: one that is put in its place meanwhile must not pass for the one that was opened.
            self._local.file = identity(self.path)
            self._local.db = _connect(self.path, read_only=self._read_only)
            self._local.schema_changes = None
            self._note_log()
        db: Database = self._local.db
        return db

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """One transaction: committed and on the disk when the block ends, undone if it raises.

        A block inside a block joins the outer transaction.
        """
        if self.db.conn.in_transaction:
            yield self.db
            return
        with self._alone() as lock:
            logged = _log_size(self.path)
            with self._transaction():
                yield self.db
            self._refuse_lost_log()
            acknowledged.note(lock, self.db)
            # A reader may pin the log. Everybody waits behind an attempt, so the next one is made when
            # the log has grown by as much again, and not after each write until the reader has ended.
            if _log_size(self.path) // CHECKPOINT_BYTES > logged // CHECKPOINT_BYTES:
                _checkpoint(self.db)

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
        """Let SQLite wait for programs that know nothing of our locks, but no longer than until then."""
        left_s = max(0.0, until - time.monotonic())
        if left_s >= BUSY_TIMEOUT_S:
            yield
            return
        _set_busy_timeout(self.db, left_s)
        try:
            yield
        finally:
            _set_busy_timeout(self.db, BUSY_TIMEOUT_S)

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
            if schema_version(self.db) < len(MIGRATIONS):  # another process may have been quicker
                keep_copy(self.db, self.path)
                with self._transaction():
                    migrate(self.db)
                    schema.refuse_changed(self.db, self.path)

    def _known_version(self) -> int:
        version = schema_version(self.db)
        if version < 1:
            raise NotAProject(f"{self.path} says that it has schema {version}, and there is none before 1.")
        self._refuse_changed_schema()
        return version

    def _refuse_changed_schema(self) -> None:
        """Keep answers out of a file whose triggers may change them, added by another program just now perhaps."""
        changes = schema.change_count(self.db)
        if changes != self._local.schema_changes:
            schema.refuse_changed(self.db, self.path)
            self._local.schema_changes = changes

    def _refuse_replaced_file(self) -> None:
        """Keep answers out of a file that was moved away, by a restore say, while this connection was open."""
        if identity(self.path) != self._local.file:
            raise StoreUnavailable(f"{self.path} was moved, or restored from a backup; open it again and repeat this.")

    def _note_log(self) -> None:
        # A first read opens the log, and from then on nobody may delete it while this connection is open.
        self.db.execute("PRAGMA schema_version").fetchone()
        self._local.log = identity(log_of(self.path))

    def _refuse_lost_log(self) -> None:
        """Acknowledge nothing that went into a log without a name: it would be gone with this connection."""
        if identity(log_of(self.path)) != self._local.log:
            raise LostLog(
                f"The log of {self.path} was deleted or exchanged while it was open here, so what is written now could "
                "be lost; nothing was acknowledged. End this program and start it again, then run "
                f"`whylight doctor {self.path}`.",
                path=self.path,
            )

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
    """The wall clock in milliseconds since 1970, as every `…_ms` column has it."""
    return time.time_ns() // 1_000_000


def _give_name(aside: Path, path: Path) -> None:
    # Not by a link: a process killed between the link and the removal of `aside` would leave one file with two names.
    with file_lock(path):
        if os.path.lexists(path):
            raise AlreadyExists(f"{path} exists already; choose another name.")
        os.rename(aside, path)
        sync(path.parent)


def _create_file(path: Path, labels: Sequence[Label], name: str, saliency_mode: SaliencyMode, overlap: int) -> None:
    path.touch(mode=0o600, exist_ok=False)
    with Store(path) as store, plain_errors(path):
        store.db.execute("PRAGMA journal_mode = WAL")
        store._note_log()
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


def refuse_foreign_file(path: Path) -> None:
    """Raise NotAProject for what is missing, empty or not made by Whylight, without touching it."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise NotAProject(
            f"There is no file {path}; make a project with `whylight init {path} --label …`.", path=path
        ) from None
    except OSError as error:
        raise NotAProject(f"{path} cannot be read: {error.strerror}.") from None
    if not stat.S_ISREG(found.st_mode):
        raise NotAProject(f"{path} is not a regular file; give a file made by `whylight init`.")
    if not os.access(path, os.R_OK):
        raise NotAProject(f"{path} cannot be read: you have no permission; change it.")
    if not found.st_size:
        raise NotAProject(
            f"{path} is empty; delete it and make a project with `whylight init {path} --label …`.", path=path
        )
    if application_id(path) != APPLICATION_ID:
        raise NotAProject(f"{path} is not a Whylight project; give a file made by `whylight init`.", path=path)


def refuse_second_name(path: Path) -> None:
    """Raise NotAProject for a file with several names (hard links): each name has a log of its own.

    Answers that went in by one name would be lost to the other.
    """
    names = path.stat().st_nlink
    if names == 1:
        return
    left = cut_off_restore(path)
    if left is not None:
        raise NotAProject(
            f"A restore of {path} is running or was cut off, and left {left} as a second name of it; if none is "
            f"running, restore again, or delete the name {left.name}, which keeps the project.",
            path=path,
        )
    raise NotAProject(
        f"{path} has {names} names (hard links), and answers that go in by one are lost to the others; delete the "
        f"other names (`find … -samefile {path}` lists them), or make a real copy with `cp`.",
        path=path,
    )


def cut_off_restore(path: Path) -> Path | None:
    """Return the second name of this file that a killed restore left, or None."""
    path = path.resolve()
    here = identity(path)
    names = sorted(each for each in path.parent.iterdir() if each.name.startswith(f"{path.name}.before-restore-"))
    return next((each for each in names if identity(each) == here), None)


class _Cursor(sqlite3.Cursor):
    """A result whose failures come as sentences: a damaged page may be met while reading on."""

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.DatabaseError as error:
            _raise_plainly(error, self._path)

    def fetchone(self) -> Any:
        with plain_errors(self._path):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with plain_errors(self._path):
            return super().fetchall()

    @property
    def _path(self) -> Path:
        path: Path = self.connection.path  # type: ignore[attr-defined]
        return path


class _Connection(sqlite3.Connection):
    """A connection whose failures come as sentences, for reads outside `writing()` too."""

    path: Path

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        with plain_errors(self.path):
            return super().execute(sql, parameters)


def _connect(path: Path, *, read_only: bool = False) -> Database:
    mode = "ro" if read_only else "rw"
    with plain_errors(path):
        conn = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=BUSY_TIMEOUT_S,
            factory=_Connection,
        )
        conn.path = path
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA recursive_triggers = ON")
        conn.execute("PRAGMA wal_autocheckpoint = 0")
        schema.distrust(conn)
        return Database(conn)


def _log_size(path: Path) -> int:
    try:
        return log_of(path).stat().st_size
    except FileNotFoundError:
        return 0


def _checkpoint(db: Database) -> None:
    _set_busy_timeout(db, 0.1)
    try:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except StoreUnavailable as error:
        # The answer is in the log and on the disk: a full disk must not tell its person otherwise.
        logger.warning("the log could not be emptied: %s", error)
    finally:
        _set_busy_timeout(db, BUSY_TIMEOUT_S)


def _set_busy_timeout(db: Database, seconds: float) -> None:
    db.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Say SQLite's failures in sentences: reading on in a result may meet them too."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        _raise_plainly(error, path)


def _raise_plainly(error: sqlite3.DatabaseError, path: Path) -> NoReturn:
    name = getattr(error, "sqlite_errorname", "")
    for code, sentence in _DAMAGE.items():
        if name.startswith(code):
            raise DamagedProject(f"{path} {sentence}.", path=path) from error
    for code, sentence in _FAILURES.items():
        if name.startswith(code):
            raise StoreUnavailable(f"{path} {sentence}.") from error
    raise error
