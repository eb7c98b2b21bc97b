"""Who may write next: one thread of this process after the other, and one process at a time."""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.errors import StoreUnavailable


def lock_path(path: Path, purpose: str = "") -> Path:
    """Give the file beside the project that processes lock for this purpose."""
    return path.with_name(f"{path.name}-{purpose}lock")


@contextmanager
def file_lock(path: Path, *, purpose: str = "", wait: bool = True) -> Iterator[int]:
    """Keep other processes out and give the locked file's handle; the kernel frees it when a process dies."""
    handle = _lock(path, purpose, wait)
    try:
        yield handle
    finally:
        os.close(handle)


def lock_for_life(path: Path, *, purpose: str) -> None:
    """Keep other processes out until this one has ended, even if it becomes another program meanwhile."""
    os.set_inheritable(_lock(path, purpose, wait=False), True)


def _lock(path: Path, purpose: str, wait: bool) -> int:
    handle = _open(lock_path(path, purpose))
    try:
        if wait:
            _wait_in_line(path, handle)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException as error:
        os.close(handle)
        if isinstance(error, BlockingIOError):
            raise StoreUnavailable(_taken(path, purpose)) from error
        raise
    return handle


def _open(file: Path) -> int:
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"{file} cannot be written: {error.strerror}; check the folder.") from error


def _wait_in_line(path: Path, handle: int) -> None:
    """Lock, as soon as the one who has the lock frees it: whoever has the turn is next.

    Without the turn, a process that writes again and again, an import say, would mostly win
    against those who wait: it is awake when it frees the lock, and they have to wake up first.
    """
    turn = _open(lock_path(path, "turn"))
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        fcntl.flock(handle, fcntl.LOCK_EX)
    finally:
        os.close(turn)


def _taken(path: Path, purpose: str) -> str:
    if purpose == "server":
        return f"{path} is being served already; open that page, or end that server first."
    if not purpose:
        return f"Another program is writing to {path}; wait until it has ended."
    return f"Another {purpose} {'into' if purpose == 'import' else 'of'} {path} is running; wait until it has ended."


class _FifoLock:
    """A lock that serves threads in the order in which they came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def acquire(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            turn.acquire()
        except BaseException:
            self._leave(turn)
            raise

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False

    def _leave(self, turn: threading.Lock) -> None:
        # Interrupted while waiting: leave the line, or pass on a turn that came at that moment.
        with self._guard:
            waiting = turn in self._waiting
            if waiting:
                self._waiting.remove(turn)
        if not waiting:
            self.release()


_fifo_locks: dict[Path, _FifoLock] = {}
_fifo_locks_guard = threading.Lock()


@contextmanager
def fifo_lock(path: Path) -> Iterator[None]:
    """Let the threads of this process write to a file in the order in which they came."""
    with _fifo_locks_guard:
        lock = _fifo_locks.setdefault(path.resolve(), _FifoLock())
    lock.acquire()
    try:
        yield
    finally:
        lock.release()
