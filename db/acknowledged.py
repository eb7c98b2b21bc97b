"""The number of the last acknowledged answer, kept outside the project as well.

A project whose log was deleted, or that was copied without it, looks whole to SQLite: it merely
ends earlier. So every writer leaves the number in the file that writers lock, after COMMIT. Being
an alarm and no record it is not synced: after a power cut it may lag behind, and never be ahead.
"""

import os
from contextlib import suppress
from pathlib import Path

from db.database import Database
from db.locks import lock_path

_UID_LENGTH = 32
_LENGTH = _UID_LENGTH + 1 + 20


def note(lock: int, db: Database) -> None:
    """Leave the project's id and its last answer in the locked file; a higher number of the same project stays."""
    uid, last = _state(db)
    if uid and last > _parse(os.pread(lock, _LENGTH, 0)).get(uid, 0):
        _write(lock, uid, last)


def start_again(lock: int, db: Database) -> None:
    """Leave what the project holds now, even if it was more before: somebody has restored a backup."""
    _write(lock, *_state(db))


def missing(db: Database, path: Path) -> tuple[int, int] | None:
    """Return the last answer that the project holds and the last that was acknowledged, unless they agree.

    What was acknowledged is read first: an answer that comes in between is in the project, and not missing.
    """
    try:
        noted = _parse(lock_path(path).read_bytes()[:_LENGTH])
    except OSError:
        return None  # no writer has been here, or nobody may look: there is nothing to compare with
    uid, last = _state(db)
    return (last, noted[uid]) if last < noted.get(uid, 0) else None


def _state(db: Database) -> tuple[str, int]:
    row = db.execute("SELECT uid, (SELECT coalesce(max(id), 0) FROM annotations) FROM project").fetchone()
    return (str(row[0]), int(row[1])) if row else ("", 0)


def _parse(content: bytes) -> dict[str, int]:
    uid, _, number = content.decode("ascii", "replace").partition(" ")
    return {uid: int(number)} if len(uid) == _UID_LENGTH and number.isdecimal() else {}


def _write(lock: int, uid: str, last: int) -> None:
    # The answer is committed: a disk too full for the alarm must not make it look refused.
    with suppress(OSError):
        os.pwrite(lock, f"{uid} {last:020}".encode(), 0)
