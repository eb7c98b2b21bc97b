"""Connections to a project file: how they are set up, and their failures as sentences."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from sqlite_utils import Database

from db.errors import DamagedProject, StoreUnavailable
from db.lock_holders import sqlite_lock_holders
from db.schema import distrust

BUSY_TIMEOUT_S = 15

_FAILURES = {
    "SQLITE_BUSY": "is locked by another program{holder}; close it and try again",
    "SQLITE_FULL": "could not be written because the disk is full; free some space and try again",
    "SQLITE_READONLY": "is read-only; change its permissions, or its folder's",
    "SQLITE_IOERR": "could not be read or written; check the disk",
    "SQLITE_CANTOPEN": "could not be opened; check that its folder exists and may be written to",
}
_DAMAGE = {
    "SQLITE_CORRUPT": "is damaged; restore it from a backup",
    "SQLITE_NOTADB": "is not a Whylight project, or its head is damaged; restore it from a backup",
}


def connect(path: Path, *, read_only: bool = False, any_thread: bool = False) -> Database:
    """Return a durable connection to a project file; it belongs to this thread, or to `any_thread`."""
    mode = "ro" if read_only else "rw"
    with plain_errors(path):
        conn = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=BUSY_TIMEOUT_S,
            check_same_thread=not any_thread,
            factory=_Connection,
        )
        conn.path = path
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA recursive_triggers = ON")
        conn.execute("PRAGMA wal_autocheckpoint = 0")
        distrust(conn)
        return Database(conn)


def set_busy_timeout(db: Database, seconds: float | None = None) -> None:
    """Let SQLite wait so long for programs that know nothing of our locks, BUSY_TIMEOUT_S by default."""
    seconds = BUSY_TIMEOUT_S if seconds is None else seconds
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
            raise StoreUnavailable(f"{path} {sentence.format(holder=_holder(path))}.") from error
    raise error


def _holder(path: Path) -> str:
    holders = sqlite_lock_holders(path)
    return f", {' and '.join(holders)}" if holders else ""


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
