"""Engines: what runs `score_shard` for many shards.

    processes   a pool of processes on this machine
    ray         the workers of a Ray cluster (on_ray.py): needs the extra `ray`

Each gives the same work to its workers, a shard at a time, so all of them write the same files.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib.util import find_spec
from typing import Protocol

from learner.errors import ArgumentError, ClusterError, ShardError
from learner.shards.score import Scored
from learner.shards.shard import Shard
from learner.shards.work import Run, Work, cores
from learner.trials.parallel import in_processes

PROCESSES, RAY = ENGINES = ("processes", "ray")


class Engine(Protocol):
    """Opens what runs the work; raises ClusterError if it cannot, before anything is written."""

    def __call__(self, work: Work, *, jobs: int | None) -> AbstractContextManager[Run]:
        """Open for `jobs` shards at a time; None is as many as the engine has room for."""


def engine_called(name: str, *, ray_address: str | None = None) -> Engine:
    """Return an engine by its name; `ray_address` is the cluster's, by default one of this machine alone.

    Raises ArgumentError for what does not fit together, and ClusterError if the engine is not installed.
    """
    if name not in ENGINES:
        raise ArgumentError(f"engine: found {name!r}, expected one of {', '.join(ENGINES)}")
    if name == RAY:
        from learner.shards.on_ray import on_ray

        if find_spec("ray") is None:
            raise ClusterError("engine ray: Ray is not installed here: pip install 'whylight[ray]'")
        return partial(on_ray, address=ray_address)
    if ray_address is not None:
        raise ArgumentError(f"a Ray address was given for the engine {name}; choose the engine {RAY}, or leave it out")
    return processes


@contextmanager
def processes(work: Work, *, jobs: int | None) -> Iterator[Run]:
    """Run the work in `jobs` processes on this machine: by default one per core, and one on a GPU."""
    yield partial(_in_pool, work, jobs or (1 if work.scoring.device == "cuda" else cores()))


def _in_pool(work: Callable[[Shard], Scored], jobs: int, shards: Sequence[Shard]) -> Iterator[Scored]:
    if min(jobs, len(shards)) <= 1:
        yield from map(work, shards)
        return
    try:
        for _, scored in in_processes(work, shards, jobs=min(jobs, len(shards))):
            yield scored
    except BrokenProcessPool as error:
        raise ShardError(
            "a process that scored shards has ended, perhaps for lack of memory: what is finished is kept, so run the "
            "same command again, with fewer --jobs"
        ) from error
