"""A job: a row in the store that a process of its own works on, even if the one that started it ends.

`start_job` starts it; the process begins with `job_to_do`, shows that it is alive with `heartbeat`, and reports
when `Pace` allows it. A round and the import of an uploaded file are jobs.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from annotator.processes import become_background, collect_status, process_start, start_process
from db.errors import StoreError
from db.store import Store, now_ms

HEARTBEAT_S = 5.0
SILENCE_MS = 60_000
"""A job without a heartbeat for this long is silent; it has failed unless its process is alive."""
SECONDS_BETWEEN_REPORTS = 0.5

logger = logging.getLogger(__name__)


class JobProcess(NamedTuple):
    """The process of a job, as its row names it."""

    pid: int
    started: str | None
    """What `process_start` returned for it."""


def start_job(module: str, project: Path, row_id: int, *, log: BinaryIO) -> JobProcess:
    """Run `python -m module PROJECT ROW` as a process of its own, and return which one it is.

    Raise OSError if the process cannot start.
    """
    process = start_process(module, str(project.absolute()), str(row_id), log=log)
    job = JobProcess(process.pid, process_start(process.pid))
    collect_status(process)
    return job


class SetsProcess(Protocol):
    """Write into a job's row which process works on it."""

    def __call__(self, store: Store, row_id: int, /, *, pid: int, process: str | None) -> None:
        """Write the process into the row."""


@contextmanager
def job_to_do(set_process: SetsProcess, *, niceness: int) -> Iterator[tuple[Store, int]]:
    """Open the project that the command line names, write this process into the job's row, and yield store and row."""
    path, row_id = sys.argv[1:]
    become_background(niceness=niceness)
    with Store.open(Path(path)) as store:
        set_process(store, int(row_id), pid=os.getpid(), process=process_start(os.getpid()))
        yield store, int(row_id)


def is_silent(heartbeat_ms: int) -> bool:
    """Return whether a job whose last heartbeat was at this time has been silent for too long."""
    return heartbeat_ms < now_ms() - SILENCE_MS


class Pace:
    """How often a job reports: each report is a write to the disk, and annotators wait their turn for it."""

    def __init__(self) -> None:
        self._reported_at = 0.0

    def is_due(self, *, is_last: bool = False) -> bool:
        """Return whether to report now; the last report of a job is always due."""
        now = time.monotonic()
        if now - self._reported_at < SECONDS_BETWEEN_REPORTS and not is_last:
            return False
        self._reported_at = now
        return True


@contextmanager
def heartbeat(path: Path, beat: Callable[[Store], None], *, every_s: float = HEARTBEAT_S) -> Iterator[None]:
    """Call `beat` with the project every few seconds while the block runs, however busy the block is.

    A beat that the store refuses, such as while another process holds the lock, is logged; the next one still follows.
    """
    stop = threading.Event()

    def keep_beating() -> None:
        while not stop.wait(every_s):
            try:
                with Store.open(path) as store:
                    beat(store)
            except StoreError as error:
                logger.warning("no sign of life: %s", error)

    thread = threading.Thread(target=keep_beating, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
