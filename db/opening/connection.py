"""Connections to a project file: their settings, and their failures as readable errors."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from weakref import WeakSet

from db.errors import DamagedProject, LostLog, StoreUnavailable
from db.files import Identity, identity, log_of
from db.opening.database import Database
from db.opening.lock_holders import sqlite_lock_holders
from db.opening.schema import distrust

BUSY_TIMEOUT_S = 15

_guard = threading.Lock()
_logs: dict[Identity, tuple[Identity | None, WeakSet[sqlite3.Connection]]] = {}
"""For each database that this process has open: its log, and the connections to it."""

_FAILURES = {
    "SQLITE_BUSY": "is locked by another program{holder}; close it and try again",
    "SQLITE_FULL": "could not be written because the disk is full; free some space and try again",
    "SQLITE_READONLY": "is read-only; change its permissions, or its folder's",
    "SQLITE_IOERR": "could not be read or written; check the disk",
    "SQLITE_CANTOPEN": "could not be opened; check that its folder exists and is writable",
}
_DAMAGE = {
    "SQLITE_CORRUPT": "is damaged; restore it from a backup",
    "SQLITE_NOTADB": "is not a Whylight project, or its header is damaged; restore it from a backup",
}


def connect(path: Path, *, read_only: bool = False, any_thread: bool = False) -> Database:
    """Return a durable connection to a project file, for this thread alone unless `any_thread`."""
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
        try:
            _prepare(conn)
        except BaseException:
            conn.close()
            raise
        return Database(conn)


def _prepare(conn: sqlite3.Connection) -> None:
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA recursive_triggers = ON")
    conn.execute("PRAGMA wal_autocheckpoint = 0")
    distrust(conn)


def note_log(db: Database, path: Path) -> Identity | None:
    """Open the log of this connection with a first read, and return the log's identity.

    From then on the log must not be deleted while this connection is open. SQLite keeps one index of the log for the
    whole process: while another connection of ours writes into a deleted log, a new connection would read the new
    log but write by the old one's index. So that raises LostLog.
    """
    db.execute("PRAGMA schema_version").fetchone()
    with _guard:
        here, log = identity(path), identity(log_of(path))
        if here is None:
            return log
        known, connections = _logs.get(here, (None, WeakSet()))
        others = [connection for connection in connections if connection is not db.conn]
        if others and known is not None and known != log:
            raise lost_log(path)
        connections.add(db.conn)
        _logs[here] = (log, connections)
    return log


def lost_log(path: Path) -> LostLog:
    """Return the error for a log that was deleted or replaced while it was open."""
    return LostLog(
        f"The log of {path} was deleted or replaced while it was open here, so what is written now could be lost; "
        f"nothing was acknowledged. Stop this program and start it again, then run `whylight doctor {path}`.",
        path=path,
    )


def _forget(connection: sqlite3.Connection) -> None:
    with _guard:
        for here, (_, connections) in list(_logs.items()):
            connections.discard(connection)
            if not connections:
                del _logs[here]


def set_busy_timeout(db: Database, seconds: float | None = None) -> None:
    """Set how long SQLite waits for programs that do not use our locks: BUSY_TIMEOUT_S by default."""
    seconds = BUSY_TIMEOUT_S if seconds is None else seconds
    db.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into readable StoreErrors."""
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
    """A cursor that turns SQLite's errors into readable StoreErrors: a damaged page may turn up at any row."""

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
    """A connection that turns SQLite's errors into readable StoreErrors, for reads outside `writing()` too."""

    path: Path

    def close(self) -> None:
        _forget(self)  # first: once it is closed, the log may rightly be deleted and created again
        super().close()

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        with plain_errors(self.path):
            return super().execute(sql, parameters)
