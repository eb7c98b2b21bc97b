"""One project file: who may open it, and the one way to write to it.

Durability is the promise of this file. WAL with `synchronous=FULL` means that COMMIT returns
after the log is on the disk; every write runs inside `Store.writing()`, which takes

    a first-come-first-served lock of this process → `flock` on files beside the project, in turn
    → BEGIN IMMEDIATE → the caller's statements → COMMIT

so that no writer starves (SQLite's own waiting is unfair) and no read-then-write fails half-way.
SQLite before 3.51.3 can lose commits when a checkpoint races a commit; automatic checkpoints are
therefore off, and `writing()` checkpoints itself, still under both locks.
"""

import logging
import os
import sqlite3
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from sqlite_utils import Database

from db import acknowledged
from db.errors import AlreadyExists, DamagedProject, NewerSchema, NotAProject, StoreUnavailable
from db.files import sync
from db.locks import fifo_lock, file_lock, lock_path
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
        self.path = path
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
        """Make a new project file and open it; an existing file is refused and left alone."""
        path = Path(path)
        if path.exists():
            raise AlreadyExists(f"{path} exists already; choose another name, or open it with `whylight serve {path}`.")
        if not path.parent.is_dir():
            raise NotAProject(f"The folder {path.parent} does not exist; make it first.")
        # Made aside and linked into place, so that nobody ever opens half a project.
        aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            _create_file(aside, labels, name or path.stem, saliency_mode, overlap)
            os.link(aside, path)
            sync(path.parent)
        except FileExistsError:
            raise AlreadyExists(f"{path} exists already; choose another name.") from None
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
        store = cls(path)
        with plain_errors(path):
            version = schema_version(store.db)
            if version > len(MIGRATIONS):
                store.close()
                raise NewerSchema(
                    f"{path} has schema {version}, and this Whylight knows schema {len(MIGRATIONS)}; "
                    "install the newer Whylight that wrote it."
                )
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
            self._local.file = _identity(self.path)
            self._local.db = _connect(self.path, read_only=self._read_only)
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
                if self._check_before_writing is not None:
                    self._check_before_writing()
                yield self.db
            acknowledged.note(lock, self.db)
            # A reader may pin the log. Everybody waits behind an attempt, so the next one is made when
            # the log has grown by as much again, and not after each write until the reader has ended.
            if _log_size(self.path) // CHECKPOINT_BYTES > logged // CHECKPOINT_BYTES:
                _checkpoint(self.db)

    @contextmanager
    def writing_only_while(self, check: Callable[[], None]) -> Iterator[None]:
        """Call `check` first in each transaction that this store begins in the block; what it raises undoes it.

        So a process that was given up, and lives on, adds nothing more: the check sees what is true at that moment.
        """
        self._check_before_writing = check
        try:
            yield
        finally:
            self._check_before_writing = None

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Keep every other import of this project out for as long as the block runs."""
        with file_lock(self.path, purpose="import", wait=False):
            yield

    @contextmanager
    def _alone(self) -> Iterator[int]:
        with fifo_lock(self.path), file_lock(self.path) as lock, plain_errors(self.path):
            self._refuse_replaced_file()
            yield lock

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
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

    def _refuse_replaced_file(self) -> None:
        """Keep answers out of a file that was moved away, by a restore say, while this connection was open."""
        if _identity(self.path) != self._local.file:
            raise StoreUnavailable(f"{self.path} was moved, or restored from a backup; open it again and repeat this.")

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


def _create_file(path: Path, labels: Sequence[Label], name: str, saliency_mode: SaliencyMode, overlap: int) -> None:
    path.touch(mode=0o600, exist_ok=False)
    with Store(path) as store, plain_errors(path):
        store.db.execute("PRAGMA journal_mode = WAL")
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
    """Refuse what is missing, empty or not made by Whylight, without touching it."""
    # Read as bytes: merely opening a foreign database can change files beside it.
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        raise NotAProject(
            f"There is no file {path}; make a project with `whylight init {path} --label …`.", path=path
        ) from None
    except OSError as error:
        raise NotAProject(f"{path} cannot be read: {error.strerror}.") from None
    if not header:
        raise NotAProject(
            f"{path} is empty; delete it and make a project with `whylight init {path} --label …`.", path=path
        )
    # The application id stands at byte 68 of every SQLite file.
    if len(header) < 100 or struct.unpack(">I", header[68:72]) != (APPLICATION_ID,):
        raise NotAProject(f"{path} is not a Whylight project; give a file made by `whylight init`.", path=path)


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


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


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
        return Database(conn)


def _log_size(path: Path) -> int:
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except FileNotFoundError:
        return 0


def _checkpoint(db: Database) -> None:
    db.execute("PRAGMA busy_timeout = 100")
    try:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except StoreUnavailable as error:
        # The answer is in the log and on the disk: a full disk must not tell its person otherwise.
        logger.warning("the log could not be emptied: %s", error)
    finally:
        db.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")


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
