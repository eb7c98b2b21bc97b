"""Logs that are open: the one that the server keeps open, and those that were deleted under a process.

SQLite deletes a project's log when the last connection closes. A server's pages open and close the project
at each run, so its log would be deleted and created all day; the server therefore keeps one connection open.
"""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from db.files import Identity, identity, log_of
from db.opening import connection
from db.opening.database import Database
from db.opening.lock_holders import describe_process

_DELETED = " (deleted)"
_kept: dict[Path, tuple[Identity | None, Identity | None, Database]] = {}
_guard = threading.Lock()


def keep_open(path: Path) -> None:
    """Keep a connection to this project open until this process ends; a restored file gets a new one.

    Call it whenever a page opens the project: it only compares two inodes. Raises LostLog when the log of the
    kept connection was deleted.
    """
    path = path.resolve()
    with _guard:
        here, kept = identity(path), _kept.get(path)
        if kept is not None and kept[0] == here:
            if kept[1] != identity(log_of(path)):
                raise connection.lost_log(path)
            return
        opened = connection.connect(path, any_thread=True)
        _kept[path] = (here, connection.note_log(opened, path), opened)
        if kept is not None:
            kept[2].close()


def close_kept() -> None:
    """Close every connection that this process keeps open, as its end would; for tests alone."""
    with _guard:
        for _, _, opened in _kept.values():
            opened.close()
        _kept.clear()


def lost_logs(path: Path) -> list[str]:
    """Describe the processes that write into a deleted log of this project.

    What they commit is lost when they end. Only the processes of this user are seen, and only where there is /proc.
    """
    deleted = f"{log_of(path.resolve())}{_DELETED}"
    pids = {pid for pid, file in _open_files() if file == deleted}
    return [describe_process(pid) for pid in sorted(pids)]


def _open_files() -> Iterator[tuple[int, str]]:
    processes = Path("/proc")
    for process in processes.iterdir() if processes.is_dir() else ():
        if not process.name.isdecimal():
            continue
        try:
            for handle in (process / "fd").iterdir():
                yield int(process.name), os.readlink(handle)
        except OSError:
            continue  # another user's process, or one that has just ended
