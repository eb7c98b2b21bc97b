"""What every engine gives to its workers, and what it is called with."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from learner.shards.score import Scored, Scoring, score_shard
from learner.shards.shard import Shard


@dataclass(frozen=True)
class Work:
    """Scoring a shard, as a value that can be sent to another process or machine: call it with the shard."""

    checkpoint: Path
    shards_in: Path
    out: Path
    scoring: Scoring

    def __call__(self, shard: Shard) -> Scored:
        """Write the scores of a shard."""
        source, out = self.shards_in / shard.name, self.out / shard.name
        return score_shard(self.checkpoint, source, out, scoring=self.scoring, sha256=shard.sha256)


Run = Callable[[Sequence[Shard]], Iterator[Scored]]
"""Yields each shard when it has its scores, in the order in which they finish."""


def cores() -> int:
    """Return how many cores this process may use, which SLURM limits."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
