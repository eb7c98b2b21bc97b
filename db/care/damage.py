"""Tell a damaged project file from one that cannot be read just now."""

import sqlite3

from db.errors import StoreUnavailable

# A damaged schema makes SQLite raise errors of any kind, and the message need not be text.
UNREADABLE = (StoreUnavailable, sqlite3.DatabaseError, UnicodeDecodeError)

_PASSES = ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN")
"""SQLite's names for failures that are not damage."""


def is_damage(error: Exception) -> bool:
    """Return whether neither it nor what caused it is a passing failure, such as a locked file or a full disk."""
    return not passes(error) and not passes(error.__cause__)


def passes(error: BaseException | None) -> bool:
    """Return whether an error of SQLite is a passing failure."""
    return getattr(error, "sqlite_errorname", "").startswith(_PASSES)
