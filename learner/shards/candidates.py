"""The rows of scored shards that can be at the head of a queue: the best by a score, and a random sample.

Every draw is a hash of (seed, id), so a row's place in it is the same wherever the row is. Keeping the first n of
a total order is associative: the same rows remain whatever the shards, their order, and who has merged which.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learner.acquisition.pool import Array, Rows
from learner.shards.scores import are_among, damaged, open_scores

ScoreRows = Callable[[Array, NDArray[np.uint64]], Array]
"""(rows, labels) probabilities and (rows,) keys → (rows,) scores: a higher one is kept sooner."""
Keys = NDArray[np.uint64]
NO_KEYS: Keys = np.zeros(0, dtype=np.uint64)
_ROWS = 65_536


@dataclass(frozen=True)
class Candidates:
    """Rows of scored shards, each with all that is needed to compare it with others."""

    probabilities: NDArray[np.float32]  # (rows, labels)
    keys: NDArray[np.uint64]  # (rows,)
    draws: NDArray[np.uint64]  # (rows,): the random order
    scores: NDArray[np.float64]  # (rows,)
    files: NDArray[np.int32]  # (rows,): the number of its file
    rows: NDArray[np.int64]  # (rows,): its place there

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, which: Rows | slice) -> "Candidates":
        """Return some of the rows, in this order."""
        return self._of(column[which] for column in self._columns())

    def joined(self, other: "Candidates") -> "Candidates":
        """Return these rows and those of another one."""
        both = zip(self._columns(), other._columns(), strict=True)
        return self._of(np.concatenate(pair) for pair in both)

    @classmethod
    def _of(cls, columns: Iterable[NDArray[Any]]) -> "Candidates":
        return cls(*columns)

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return (self.probabilities, self.keys, self.draws, self.scores, self.files, self.rows)


@dataclass(frozen=True)
class Kept:
    """The first `best` of some rows by score, then by draw, and the first `drawn` by draw; and of how many."""

    best: Candidates
    drawn: Candidates
    total: int

    def all(self) -> Candidates:
        """Return every row once, in the order of the draw."""
        both = self.best.joined(self.drawn)
        order = np.lexsort((both.rows, both.files, both.draws))
        ordered = both.take(order)
        is_first = np.ones(len(ordered), dtype=bool)
        is_first[1:] = (np.diff(ordered.files) != 0) | (np.diff(ordered.rows) != 0)
        return ordered.take(np.flatnonzero(is_first))


@dataclass(frozen=True)
class Keeping:
    """How many rows are kept, and how they are compared."""

    best: int
    drawn: int
    score: ScoreRows
    seed: int

    def of_rows(self, probabilities: Array, keys: Keys, *, file: int, first_row: int, without: Keys = NO_KEYS) -> Kept:
        """Return what is kept of the rows of a file from `first_row` on, as if those `without` were not there."""
        scores = np.asarray(self.score(probabilities, keys), dtype=float)
        every = Candidates(
            probabilities=np.asarray(probabilities, dtype=np.float32),
            keys=keys,
            draws=draws(keys, seed=self.seed, of="the order"),
            scores=np.where(np.isfinite(scores), scores, -np.inf),
            files=np.full(len(keys), file, np.int32),
            rows=np.arange(first_row, first_row + len(keys)),
        )
        if len(without):
            every = every.take(np.flatnonzero(~are_among(keys, without)))
        return self._cut(every, every, total=len(every))

    def merge(self, some: Kept, others: Kept) -> Kept:
        """Return what is kept of both."""
        return self._cut(some.best.joined(others.best), some.drawn.joined(others.drawn), some.total + others.total)

    def _cut(self, best: Candidates, drawn: Candidates, total: int) -> Kept:
        by_score = np.lexsort((best.draws, -best.scores))[: self.best]
        by_draw = np.argsort(drawn.draws, kind="stable")[: self.drawn]
        return Kept(best.take(by_score), drawn.take(by_draw), total)


def keep_of_files(files: Iterable[Path], keeping: Keeping, *, without: Sequence[Keys] = ()) -> Kept:
    """Return what is kept of the scores in these files, which are numbered in this order; there is at least one.

    `without` has for each file the keys of rows to leave out.
    """
    left_out = chain(without, repeat(NO_KEYS))
    parts = (
        part
        for number, (path, keys) in enumerate(zip(files, left_out, strict=False))
        for part in _parts(path, number, keeping, keys)
    )
    return reduce(keeping.merge, parts)


def draws(keys: NDArray[np.uint64], *, seed: int, of: str) -> NDArray[np.uint64]:
    """Return a random number for each key, (keys,): another one for another seed, and for another purpose `of` it."""
    salt = hashlib.blake2b(f"{seed} {of}".encode(), digest_size=8).digest()
    mixed = keys ^ np.frombuffer(salt, dtype="<u8").astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def gumbel_noise(keys: NDArray[np.uint64], *, seed: int) -> Array:
    """Return standard Gumbel noise for each key, independent of the order of the draw: (keys,)."""
    uniform = ((draws(keys, seed=seed, of="a lottery") >> np.uint64(11)).astype(float) + 0.5) / 2**53
    return np.asarray(-np.log(-np.log(uniform)))


def _parts(path: Path, number: int, keeping: Keeping, without: Keys) -> Iterator[Kept]:
    import pyarrow as pa

    first = 0
    try:
        with open_scores(path) as file:
            for batch in file.iter_batches(_ROWS, columns=["key", "probabilities"]):
                probabilities = batch["probabilities"].flatten().to_numpy().reshape(len(batch), -1)
                keys = batch["key"].to_numpy()
                yield keeping.of_rows(probabilities, keys, file=number, first_row=first, without=without)
                first += len(batch)
    except (pa.ArrowException, OSError) as error:
        raise damaged(path) from error
