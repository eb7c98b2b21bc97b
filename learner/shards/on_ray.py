"""Score shards on a Ray cluster, by workers that load the checkpoint once and get a shard at a time.

Only names pass through Ray. A worker reads its shard and writes the scores itself, so every machine has to find
checkpoint, shards and scores under the same paths.
"""

import socket
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from learner.errors import ClusterError
from learner.shards.folder import PLAN
from learner.shards.ray_cluster import joined_cluster
from learner.shards.score import Scored
from learner.shards.scores import versions
from learner.shards.shard import Shard
from learner.shards.work import Run, Work, cores

_MOST_DEATHS = 3


@contextmanager
def on_ray(work: Work, *, jobs: int | None, address: str | None = None) -> Iterator[Run]:
    """Run the work on the cluster at `address`, HOST:PORT or auto; by default RAY_ADDRESS, or this machine alone.

    There are `jobs` workers, by default one per core of the cluster, or per GPU. A worker that ends is replaced, and
    its shard is scored again. Raises ClusterError for a cluster that cannot be joined, for a machine that lacks
    something, and for a shard at which three workers end.
    """
    with joined_cluster(address, cpus=jobs or cores()) as ray:
        crew = _Crew(ray, _from_anywhere(work))
        needed = "GPU" if work.scoring.device == "cuda" else "CPU"
        workers = jobs or max(1, int(ray.cluster_resources().get(needed, 0)))
        yield lambda shards: crew.score(shards, workers=min(workers, len(shards)))


class _Crew:
    """Workers, and what each was asked."""

    def __init__(self, ray: Any, work: Work) -> None:
        self._ray, self._work = ray, work
        gpus = int(work.scoring.device == "cuda")
        self._hire = ray.remote(num_cpus=1, num_gpus=gpus, max_restarts=0)(_Worker).remote
        self._asked: dict[Any, tuple[Any, Shard | None]] = {}
        self._left: deque[Shard] = deque()
        self._deaths: Counter[Shard | None] = Counter()

    def score(self, shards: Sequence[Shard], *, workers: int) -> Iterator[Scored]:
        """Yield each shard when it has its scores."""
        self._left.extend(shards)
        for _ in range(workers):
            self._start_worker()
        for _ in shards:
            yield self._next_scored()

    def _next_scored(self) -> Scored:
        while True:
            (answer,), _ = self._ray.wait([*self._asked], num_returns=1)
            worker, shard = self._asked.pop(answer)
            try:
                scored: Scored | None = self._ray.get(answer)
            except self._ray.exceptions.RayTaskError as error:
                raise error.cause from None
            except self._ray.exceptions.RayError as error:
                self._replace(worker, shard, error)
                continue
            self._ask(worker)
            if scored is not None:
                return scored
            self._deaths.pop(None, None)  # it has started

    def _start_worker(self) -> None:
        worker = self._hire(self._work)
        self._asked[worker.start.remote(versions(reads_text=False))] = worker, None

    def _ask(self, worker: Any) -> None:
        """Give a worker the next shard; without one it is forgotten, which ends it."""
        if self._left:
            shard = self._left.popleft()
            self._asked[worker.score.remote(shard)] = worker, shard

    def _replace(self, worker: Any, shard: Shard | None, error: Exception) -> None:
        self._ray.kill(worker)  # it may only be out of reach
        if shard is not None:
            self._left.appendleft(shard)
        self._deaths[shard] += 1
        if self._deaths[shard] == _MOST_DEATHS:
            raise _ended_again(shard, error) from error
        self._start_worker()


class _Worker:
    """What runs in a process of the cluster."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def start(self, expected: Mapping[str, str]) -> None:
        """Raise ClusterError if this machine has other versions, or does not find what all machines share."""
        host = socket.gethostname()
        if (found := versions(reads_text=False)) != expected:
            raise ClusterError(f"{host}: found {_listed(found)}, expected {_listed(expected)} on all machines")
        for path in (self._work.checkpoint, self._work.shards_in, self._work.out / PLAN):
            if not path.exists():
                raise ClusterError(f"{host}: found no {path}, expected it under the same path on all machines")

    def score(self, shard: Shard) -> Scored:
        """Write the scores of a shard."""
        return self._work(shard)


def _from_anywhere(work: Work) -> Work:
    """Return the work with absolute paths: a worker runs in another folder."""
    vectors_in = work.scoring.vectors_in and work.scoring.vectors_in.absolute()
    return replace(
        work,
        checkpoint=work.checkpoint.absolute(),
        shards_in=work.shards_in.absolute(),
        out=work.out.absolute(),
        scoring=replace(work.scoring, vectors_in=vectors_in),
    )


def _ended_again(shard: Shard | None, error: Exception) -> ClusterError:
    lines = [line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    reason = f"(Ray: {lines[-1][:200]})"
    if shard is None:
        return ClusterError(
            f"{_MOST_DEATHS} workers ended before they could start {reason}: every machine needs Whylight and its "
            "packages, in the same versions as here"
        )
    return ClusterError(
        f"{_MOST_DEATHS} workers ended at shard {shard.name}, perhaps for lack of memory {reason}: what is finished is "
        "kept, so run the same command again, with fewer --jobs"
    )


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
