"""Locks for writers: one thread of this process after the other, and one process at a time.

No one waits for ever. The error of a writer that gives up says which process holds the lock, and what to do about it.
"""

import fcntl
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.errors import StoreUnavailable
from db.opening.lock_holders import describe_holder, flock_holders, sign

WAIT_S = 30.0
"""The time that a writer waits for its turn before it gives up."""

_FIRST_PAUSE_S = 0.0005
_LONGEST_PAUSE_S = 0.005


def lock_path(path: Path, purpose: str = "") -> Path:
    """Return the file next to the project that processes lock for this purpose."""
    return path.with_name(f"{path.name}-{purpose}lock")


@contextmanager
def file_lock(path: Path, *, purpose: str = "", wait: bool = True, until: float | None = None) -> Iterator[int]:
    """Keep other processes out and yield the locked file's handle; the kernel frees it when a process dies.

    `until` is the moment of `time.monotonic` at which waiting ends: WAIT_S from now by default.
    Raises StoreUnavailable when another process still has the lock then.
    """
    now = time.monotonic()
    handle = _lock(path, purpose, (until or now + WAIT_S) if wait else now)
    try:
        yield handle
    finally:
        os.close(handle)


def lock_for_life(path: Path, *, purpose: str) -> None:
    """Keep other processes out until this one has ended, even if it becomes another program in between.

    The project's own inode is locked as well where the system keeps such locks apart from SQLite's: a lock
    file that was deleted, or another name of the same project, then still keeps a second process out.
    Raises StoreUnavailable when another process has the lock.
    """
    handle = _lock(path, purpose, time.monotonic())
    try:
        if sys.platform == "linux":
            _lock_inode(path, purpose)
    except BaseException:
        os.close(handle)
        raise
    os.set_inheritable(handle, True)


def _lock_inode(path: Path, purpose: str) -> None:
    # This handle is never closed: closing any handle of a database drops the locks that SQLite holds on it.
    handle = _open(path, os.O_RDONLY)
    if not _take(handle, time.monotonic()):
        raise StoreUnavailable(_taken(path, purpose, " and ".join(flock_holders(path)) or "another process"))
    os.set_inheritable(handle, True)


def _lock(path: Path, purpose: str, until: float) -> int:
    file = lock_path(path, purpose)
    while True:
        handle = _open(file, os.O_RDWR | os.O_CREAT)
        try:
            # An empty purpose is the lock of all writers, who wait in line for it.
            taken = _take(handle, until) if purpose else _take_in_turn(path, handle, until)
            if not taken:
                raise StoreUnavailable(_taken(path, purpose))
            if _is_at(file, handle):
                sign(handle)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # the file was deleted in between: a lock on a file without a name keeps no one out


def _open(file: Path, flags: int) -> int:
    try:
        return os.open(file, flags | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"{file} cannot be opened: {error.strerror}; check the folder.") from error


def _is_at(file: Path, handle: int) -> bool:
    try:
        named = file.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(handle))


def _take_in_turn(path: Path, handle: int, until: float) -> bool:
    """Lock as soon as the process that has the lock frees it; the process that has the turn is next.

    Without the turn, a process that writes again and again, such as an import, would mostly win
    against those that wait: it is awake when it frees the lock, and they have to wake up first.
    """
    turn = _open(lock_path(path, "turn"), os.O_RDWR | os.O_CREAT)
    try:
        return _take(turn, until) and _take(handle, until)
    finally:
        os.close(turn)


def _take(handle: int, until: float) -> bool:
    """Lock, trying again until then; return whether the lock was taken.

    flock cannot wait for a limited time, so this tries again at short intervals.
    """
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            left_s = until - time.monotonic()
        if left_s <= 0:
            return False
        time.sleep(min(pause_s, left_s))
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _taken(path: Path, purpose: str, holder: str = "") -> str:
    holder = holder or describe_holder(lock_path(path, purpose))
    if purpose == "server":
        return f"{path} is already being served by {holder}; open that page, or stop that server first."
    if not purpose:
        return f"Another program is writing to {path}: {holder}. Wait until it is done, or stop it, then try again."
    if purpose == "import":
        return f"Another import into {path}, or a restore of it, is running in {holder}; wait until it has ended."
    if purpose == "suggest":
        return f"Another `whylight suggest` is at work on {path} in {holder}; wait until it has ended."
    return f"Another {purpose} of {path} is running in {holder}; wait until it has ended."


class _FifoLock:
    """A lock that serves threads in the order in which they came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def acquire(self, until: float) -> bool:
        """Wait until then at most, and return whether this thread has the lock now."""
        with self._guard:
            if not self._held:
                self._held = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            came = turn.acquire(timeout=max(0, until - time.monotonic()))
        except BaseException:
            self._leave(turn)
            raise
        if not came:
            self._leave(turn)
        return came

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False

    def _leave(self, turn: threading.Lock) -> None:
        # Waiting ended without the lock: leave the line, or pass on a turn that came at that moment.
        with self._guard:
            waiting = turn in self._waiting
            if waiting:
                self._waiting.remove(turn)
        if not waiting:
            self.release()


_fifo_locks: dict[Path, _FifoLock] = {}
_fifo_locks_guard = threading.Lock()


@contextmanager
def fifo_lock(path: Path, *, until: float | None = None) -> Iterator[None]:
    """Let the threads of this process write to a file in the order in which they came.

    Raises StoreUnavailable when it is not this thread's turn by `until`, a moment of `time.monotonic`.
    """
    with _fifo_locks_guard:
        lock = _fifo_locks.setdefault(path.resolve(), _FifoLock())
    if not lock.acquire(until or time.monotonic() + WAIT_S):
        raise StoreUnavailable(_taken(path, ""))
    try:
        yield
    finally:
        lock.release()
