"""Files that must survive a power cut, and files that only SQLite may open.

On POSIX, closing any handle of a file drops every lock that the process holds on it, SQLite's too
(sqlite.org, How To Corrupt, section 2.2). Another process that closes the project then takes itself
for the last one, deletes the log, and whatever is committed into that log afterwards is lost. So no
code of ours opens a database except through SQLite, which keeps its handles until its locks are gone.
"""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

LOG = "-wal"

Identity = tuple[int, int]
"""The device and the inode of a file."""

_PARTS = (LOG, "-shm", "-lock", "-turnlock", "-importlock", "-serverlock", "-backuplock")


def sync(path: Path) -> None:
    """Put a file's content, or the names in a folder, on the disk. Never call it on a database that may be open."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def identity(path: Path) -> Identity | None:
    """Return the device and inode of a file, which stay while its name changes; None where there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def log_of(path: Path) -> Path:
    """Return the name of a project's log, in which SQLite keeps what was written last."""
    return path.with_name(path.name + LOG)


def application_id(path: Path) -> int | None:
    """Return the number with which a database says whose it is; None for a file that is no database.

    Nothing is changed, neither in the file nor next to it, and its log is not read.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as conn:
            conn.execute("PRAGMA writable_schema = ON")  # a file that was cut short still says whose it is
            return int(conn.execute("PRAGMA application_id").fetchone()[0])
    except sqlite3.DatabaseError:
        return None


def is_database(path: Path) -> bool:
    """Return whether this is a database, or a file that belongs to one that lies next to it."""
    whole = next((path.with_name(path.name.removesuffix(each)) for each in _PARTS if path.name.endswith(each)), path)
    return _is_regular(whole) and whole.stat().st_size > 0 and application_id(whole) is not None


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False
