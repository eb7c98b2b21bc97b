"""Acquisitions that choose a set: their picks, one after the other, as scores."""

from collections.abc import Callable, Sequence

import numpy as np

from learner.acquisition.pool import Array, Pool
from learner.acquisition.protocol import Scored


def scored_by_picks(pool: Pool, picks: Sequence[int], why: Callable[[int], str]) -> Scored:
    """Return scores that put the picks first, in their order, from 1 down to above 0, and then the others by margin.

    The others have scores from -1 to 0. They are needed where rows coincide and there are fewer picks than places.
    """
    scores = np.asarray(pool.unsureness, dtype=float) - 1
    scores[list(picks)] = 1 - np.arange(len(picks)) / max(1, len(picks))
    picked = frozenset(picks)
    return Scored(scores, lambda row: why(row) if row in picked else "It fills the queue: no other sentence differs.")


def far_apart(distances: Callable[[int], Array], nearest: Array, size: int) -> list[int]:
    """Return rows each of which is the farthest from all before it, until `size` or until the rest coincides with them.

    `nearest` is each row's distance to what is covered already; `distances(row)` are all rows' distances to one.
    """
    picks: list[int] = []
    nearest = nearest.copy()
    while len(picks) < size and len(nearest) and nearest.max() > 0:
        picks.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, distances(picks[-1]))
        nearest[picks[-1]] = 0
    return picks
