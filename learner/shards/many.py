"""Score many shards: the plan, this process's part of it, and how far an engine has come with it."""

import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from learner.errors import ShardError
from learner.shards.engines import Engine, processes
from learner.shards.folder import Plan, shards_of, write_plan
from learner.shards.score import Scored, Scoring, checkpoint_digest
from learner.shards.shard import Shard
from learner.shards.work import Work
from learner.trials.parallel import minutes_left


class Part(NamedTuple):
    """The `number`-th part of `of`, from 1: every `of`-th shard."""

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> "Part":
        """Return a part that is written as 3/16; raise ValueError for anything else."""
        found = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise ValueError(f"found {text!r}, expected a part such as 1/16, from 1/16 to 16/16")
        return cls(int(found[1]), int(found[2]))


WHOLE = Part()


class ShardDone(NamedTuple):
    """A shard that is done, how many of how many are, and how long the rest takes."""

    shard: Scored
    done: int
    of: int
    minutes_left: int


def score_shards(
    checkpoint: Path,
    shards_in: Path,
    out: Path,
    *,
    scoring: Scoring,
    shards: Sequence[Shard] | None = None,
    part: Part = WHOLE,
    jobs: int | None = 1,
    engine: Engine = processes,
) -> Iterator[ShardDone]:
    """Yield each shard of a part as it gets its scores in `out`; the other parts may be scored at the same time.

    `shards` are those to score, and what they have to be; by default they are those of the folder. The scores are the
    same for every engine; `jobs` is how many shards it scores at a time, None as many as it has room for. Raises
    ShardError for a shard that is missing, changed or foreign, and ClusterError if the engine cannot run, before
    anything is written.
    """
    shards = shards_of(shards_in) if shards is None else sorted(shards)
    if out.resolve() == shards_in.resolve():
        raise ShardError(f"{out}: this is the folder of the shards; choose another one for their scores")
    plan = Plan(
        tuple(shards),
        str(shards_in.resolve()),
        str(checkpoint.resolve()),
        checkpoint_digest(checkpoint),
        scoring.embedding,
    )
    mine = shards[part.number - 1 :: part.of]
    with engine(Work(checkpoint, shards_in, out, scoring), jobs=jobs) as run:
        out.mkdir(parents=True, exist_ok=True)
        write_plan(out, plan)
        yield from _with_progress(run(mine), of=len(mine))


def _with_progress(scored: Iterator[Scored], *, of: int) -> Iterator[ShardDone]:
    began, new = time.monotonic(), 0
    for done, shard in enumerate(scored, start=1):
        new += not shard.was_finished
        left = minutes_left(time.monotonic() - began, done=new, of=new + of - done) if new else 0
        yield ShardDone(shard, done, of, left)
