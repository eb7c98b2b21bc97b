"""Describe the process that holds a lock, so that a person can do something about it.

A process that locks a file writes its number into it, after the number of the last acknowledged answer
(`db/opening/acknowledged.py`), so that a process that gives up waiting can name it.
"""

import os
import shlex
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_PLACE = 64
_LENGTH = 10
_LONGEST_COMMAND = 80


def sign(handle: int) -> None:
    """Write this process's number into the locked file."""
    with suppress(OSError):  # a disk too full for this number must not keep an answer out
        os.pwrite(handle, f"{os.getpid():0{_LENGTH}}".encode(), _PLACE)


def describe_holder(file: Path) -> str:
    """Return which process locked this file last: `process 4711 (whylight serve p.db), which is stopped …`."""
    pid = _signed(file)
    return "another process" if pid is None else describe_process(pid)


def sqlite_lock_holders(path: Path) -> list[str]:
    """Return which other processes lock this database for writing; empty where the system cannot tell."""
    return _lock_holders("POSIX", [path, path.with_name(f"{path.name}-shm")])


def flock_holders(path: Path) -> list[str]:
    """Return which other processes have locked this file itself; empty where the system cannot tell."""
    return _lock_holders("FLOCK", [path])


def _lock_holders(kind: str, places: Sequence[Path]) -> list[str]:
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return []
    inodes = {place.stat().st_ino for place in places if place.exists()}
    pids = {pid for held, pid, inode in map(_lock_line, lines) if held == (kind, "WRITE") and inode in inodes}
    return [describe_process(pid) for pid in sorted(pids - {os.getpid()}) if pid > 0]


def describe_process(pid: int) -> str:
    """Return a description of a process: its number, its command and whether it is stopped."""
    if pid == os.getpid():
        return f"this process ({pid})"
    command, stopped = _look_up(pid)
    name = f"process {pid} ({command})" if command else f"process {pid}"
    return f"{name}, which is stopped and resumes after `kill -CONT {pid}`" if stopped else name


def _lock_line(line: str) -> tuple[tuple[str, str], int, int]:
    """Return kind, process and inode of `1: POSIX  ADVISORY  WRITE 4711 08:01:131 0 EOF`; zeros if it waits."""
    words = line.split()
    if len(words) < 6 or words[1] == "->":
        return ("", ""), 0, 0
    return (words[1], words[3]), int(words[4]), int(words[5].rpartition(":")[2])


def _signed(file: Path) -> int | None:
    # Closing this handle frees no lock: flock belongs to the handle that took it.
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        signature = os.pread(handle, _LENGTH, _PLACE).decode("ascii", "replace")
    finally:
        os.close(handle)
    return int(signature) if len(signature) == _LENGTH and signature.isdecimal() else None


def _look_up(pid: int) -> tuple[str, bool]:
    """Return the command line of a process, empty if it is unknown, and whether it is stopped."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")[:-1]
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
        return _shortened(shlex.join(arguments)), "\nState:\tT" in status
    except OSError:
        return _look_up_by_ps(pid)


def _look_up_by_ps(pid: int) -> tuple[str, bool]:
    # For a system without /proc, such as macOS.
    try:
        ps = ["ps", "-o", "state=,command=", "-p", str(pid)]
        output = subprocess.run(ps, capture_output=True, text=True, timeout=5).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "", False
    state, _, command = output.partition(" ")
    return _shortened(command.strip()), state.startswith("T")


def _shortened(command: str) -> str:
    command = " ".join(command.split())
    return command if len(command) <= _LONGEST_COMMAND else f"{command[:_LONGEST_COMMAND]} …"
