"""Our own background processes: how one starts and ends, and whether it is alive."""

import logging
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import BinaryIO, NamedTuple

from annotator.safe_path import environment, python

GRACE_S = 2.0
"""How long a process has to end by itself."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SEEN = Path("/proc/self/ns/pid")
_ENDED = "ZXx"
_STOPPED = "Tt"


def start_process(module: str, *arguments: str, log: BinaryIO) -> subprocess.Popen[bytes]:
    """Start `python -m module arguments` with this process's modules, and return it; what it prints goes to `log`.

    It imports nothing from the current folder (see `safe_path`).
    It has a session of its own: a Ctrl-C, or the end of this process, does not reach it.
    """
    return subprocess.Popen(
        python(module, *arguments),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=environment(),
    )


def collect_status(process: subprocess.Popen[bytes]) -> None:
    """Take the process's exit status once it ends, so that no zombie stays; return at once."""
    threading.Thread(target=process.wait, daemon=True).start()


def become_background(*, niceness: int) -> None:
    """Give way to the people who annotate, and log to the file that `start_process` was given."""
    os.nice(niceness)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def process_start(pid: int) -> str | None:
    """Return what tells this process from an earlier or later one of the same number; None if nothing does.

    It is the machine's boot id, which processes we see, and the time from boot to start, from Linux: changes of the
    clock alter none of them.
    """
    stat = _stat(pid)
    return None if stat is None else f"{_here()} {stat.started}"


def has_ended(pid: int, started: str) -> bool:
    """Return whether that process is known to have ended; False if it was in another machine, boot or container."""
    if _stat(os.getpid()) is None:
        return False
    return started.startswith(f"{_here()} ") and not is_alive(pid, started)


def is_alive(pid: int, started: str | None) -> bool:
    """Return whether the process with this number, and this `process_start` if it is known, is alive.

    A stopped process is alive; one that has ended is not, even if its exit status has not been collected yet.
    """
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):  # a received row or file may have any number
        return False
    except PermissionError:
        pass  # another user's process has the number
    stat = _stat(pid)
    if stat is None:
        return True  # there is a process, and this machine shows no more about it
    return stat.state not in _ENDED and (started is None or _is_same(started, process_start(pid)))


def _here() -> str:
    """Return the machine's boot id, and which processes we see: those of this container."""
    return f"{_BOOT.read_text().strip()} {os.readlink(_SEEN)}"


def _is_same(started: str, now: str | None) -> bool:
    """Return whether boot and start are the same; older rows have nothing else."""
    return now is not None and (started.split()[:1], started.split()[-1:]) == (now.split()[:1], now.split()[-1:])


def is_stopped(pid: int) -> bool:
    """Return whether this process is stopped, by SIGSTOP or a debugger, and does nothing until it is resumed."""
    stat = _stat(pid)
    return stat is not None and stat.state in _STOPPED


def end_process(pid: int, started: str | None) -> bool:
    """End that process, with SIGTERM at first, and return whether it is gone; it is left alone if it may be another."""
    for kind in (signal.SIGTERM, signal.SIGKILL):  # a stopped process reacts only to the second
        if not is_alive(pid, started):
            return True
        if started is None:
            return False
        try:
            os.kill(pid, kind)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        _wait_until_gone(pid, started)
    return not is_alive(pid, started)


def _wait_until_gone(pid: int, started: str | None) -> None:
    deadline = time.monotonic() + GRACE_S
    while is_alive(pid, started) and time.monotonic() < deadline:
        time.sleep(0.01)


class _Stat(NamedTuple):
    state: str
    started: str


def _stat(pid: int) -> _Stat | None:
    try:
        line = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    # After the program's name, which is in brackets and may hold any character.
    fields = line[line.rindex(")") + 2 :].split()
    return _Stat(fields[0], fields[19])
