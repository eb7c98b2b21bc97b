"""TypiClust (Hacohen et al. 2022): the middle of the largest groups of sentences that no one has answered yet.

typicality = 1 / mean distance to the nearest neighbours in the group
"""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from learner.acquisition.picks import scored_by_picks
from learner.acquisition.pool import Array, Pool
from learner.acquisition.protocol import Acquisition, Scored
from learner.wording import verb_for

MOST_GROUPS = 500
NEIGHBOURS = 20
SMALLEST_GROUP = 5
_FEW_GROUPS = 50  # up to which the exact algorithm is quick


@dataclass(frozen=True)
class _Groups:
    """The groups of some sentences: sentence → group, and for each group its rows, the most typical first."""

    of_rows: NDArray[np.int64]
    by_typicality: list[NDArray[np.int64]]
    answered: NDArray[np.int64]  # (groups,): how many answered sentences each has


def _typical(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    groups = _group(pool.vectors, pool.features.answered_vectors(), size, seed=int(rng.integers(2**31)))

    return scored_by_picks(pool, _one_of_each(groups, size), lambda row: _why(groups, row))


def _why(groups: _Groups, row: int) -> str:
    group = groups.of_rows[row]
    similar, answered = len(groups.by_typicality[group]), groups.answered[group]
    if similar == 1:
        return "No open sentence is like it."
    have = f"{answered} {verb_for(answered, 'has', 'have')}" if answered else "none has"
    return f"It is typical of a group of {similar} similar sentences; {have} been answered."


def _group(vectors: Array, answered: Array, size: int, *, seed: int) -> _Groups:
    if not len(vectors):
        return _Groups(np.zeros(0, np.int64), [], np.zeros(0, np.int64))
    every = np.concatenate([vectors, answered.reshape(-1, vectors.shape[1])])
    most = min(MOST_GROUPS, max(1, len(every) // SMALLEST_GROUP))
    of_every = _cluster(every, min(len(answered) + size, most), seed=seed)
    groups = int(of_every.max()) + 1
    of_rows = of_every[: len(vectors)]
    by_typicality = [_most_typical_first(vectors, np.flatnonzero(of_rows == group)) for group in range(groups)]
    return _Groups(of_rows, by_typicality, np.bincount(of_every[len(vectors) :], minlength=groups))


def _cluster(vectors: Array, groups: int, *, seed: int) -> NDArray[np.int64]:
    """Return the group of each vector; there are no more groups than different vectors."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    groups = max(1, min(groups, len(np.unique(vectors, axis=0))))
    kind = KMeans if groups <= _FEW_GROUPS else MiniBatchKMeans
    with threadpool_limits(1):  # the order of threads would change the sums, and people need a core
        found = kind(groups, n_init=1, random_state=seed).fit_predict(vectors.astype(np.float32))
    return np.asarray(found, dtype=np.int64)


def _most_typical_first(vectors: Array, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    from sklearn.neighbors import NearestNeighbors

    if len(rows) < 3:
        return rows
    neighbours = min(NEIGHBOURS, len(rows) - 1)
    distances, _ = NearestNeighbors(n_neighbors=neighbours).fit(vectors[rows]).kneighbors()
    return rows[np.argsort(distances.mean(axis=1), kind="stable")]


def _one_of_each(groups: _Groups, size: int) -> list[int]:
    """Return rows one by one, of the group with the fewest answered and chosen ones, of these the largest.

    Groups of fewer than five sentences come last: they are more likely odd than typical.
    """
    waiting = [
        (len(rows) < SMALLEST_GROUP, int(groups.answered[group]), -len(rows), group, 0)
        for group, rows in enumerate(groups.by_typicality)
        if len(rows)
    ]
    heapify(waiting)
    picks: list[int] = []
    while waiting and len(picks) < size:
        is_small, done, minus_size, group, turn = heappop(waiting)
        rows = groups.by_typicality[group]
        picks.append(int(rows[turn]))
        if turn + 1 < len(rows):
            heappush(waiting, (is_small, done + 1, minus_size, group, turn + 1))
    return picks


typical = Acquisition(_typical, of_candidates=True)
