"""The number of the last acknowledged answer, kept outside the project too.

A project whose log was deleted, or that was copied without it, looks whole to SQLite: it merely
ends earlier. So every writer stores the number, after COMMIT, in the file that writers lock. It is an
alarm and not a record, so it is not synced: after a power cut it may be too low, but never too high.
"""

import os
from contextlib import suppress
from pathlib import Path

from db.opening.database import Database
from db.opening.locks import lock_path

_UID_LENGTH = 32
_LENGTH = _UID_LENGTH + 1 + 20


def note(lock: int, db: Database) -> None:
    """Store the project's id and its last answer in the locked file; a higher number of the same project stays."""
    uid, last = _state(db)
    if uid and last > _parse(os.pread(lock, _LENGTH, 0)).get(uid, 0):
        _write(lock, uid, last)


def start_again(lock: int, db: Database) -> None:
    """Store what the project holds now, even if it held more before: a backup was restored."""
    _write(lock, *_state(db))


def missing(db: Database, path: Path) -> tuple[int, int] | None:
    """Return the last answer that the project holds and the last that was acknowledged, unless they agree.

    What was acknowledged is read first, so that an answer that arrives in between does not count as missing.
    """
    try:
        noted = _parse(lock_path(path).read_bytes()[:_LENGTH])
    except OSError:
        return None  # no writer was here yet, or reading is not allowed: there is nothing to compare with
    uid, last = _state(db)
    return (last, noted[uid]) if last < noted.get(uid, 0) else None


def _state(db: Database) -> tuple[str, int]:
    row = db.execute(f"SELECT uid, (SELECT coalesce(max(id), 0) FROM {_last(db)}) FROM project").fetchone()
    return (str(row[0]), int(row[1])) if row else ("", 0)


def _last(db: Database) -> str:
    """Return what has the ids of the answers, and in newer projects the last one from before an import was undone."""
    knows = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'undone_imports'").fetchone()
    undone = " UNION ALL SELECT last_annotation FROM undone_imports" if knows else ""
    return f"(SELECT max(id) AS id FROM annotations{undone})"


def _parse(content: bytes) -> dict[str, int]:
    uid, _, number = content.decode("ascii", "replace").partition(" ")
    return {uid: int(number)} if len(uid) == _UID_LENGTH and number.isdecimal() else {}


def _write(lock: int, uid: str, last: int) -> None:
    # The answer is committed: a disk too full for the alarm must not make it look refused.
    with suppress(OSError):
        os.pwrite(lock, f"{uid} {last:020}".encode(), 0)
