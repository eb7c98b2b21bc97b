"""Run independent tasks in separate processes, one thread each."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_processes(work: Callable[[Task], Result], tasks: Sequence[Task], *, jobs: int) -> Iterator[tuple[Task, Result]]:
    """Yield each task with its result, in the order in which they finish; `jobs` run at a time.

    The processes end with this one, however it ends; their unfinished work is lost.
    """
    os.environ["OMP_NUM_THREADS"] = "1"  # otherwise libraries would start one thread per core in each process
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
        futures = {pool.submit(work, task): task for task in tasks}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def minutes_left(seconds: float, *, done: int, of: int) -> int:
    """Return how many minutes the rest takes at the pace so far."""
    return round(seconds / done * (of - done) / 60)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
