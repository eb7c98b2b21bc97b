"""Mixes of acquisitions, such as `0.7*margin+0.3*typical`.

Scores of different kinds have different scales, so each part counts by rank: 1 for the row that it likes best, 0 for
the one that it likes least, and equal scores share their mean rank. A mix is the weighted sum of these.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from learner.acquisition.pool import Array, Pool
from learner.acquisition.protocol import Acquisition, Scored, load_one
from learner.acquisition_names import Share, parse_mix


def load_mix(text: str) -> Acquisition:
    """Return the acquisition that is written so; raises ConfigError for a part that is not registered."""
    shares = parse_mix(text)
    if len(shares) == 1:
        return load_one(shares[0].name)
    acquisitions = [load_one(share.name) for share in shares]
    of_candidates = any(acquisition.of_candidates for acquisition in acquisitions)
    return Acquisition(partial(_mix, shares, acquisitions), of_candidates)


def _mix(
    shares: Sequence[Share], acquisitions: Sequence[Acquisition], pool: Pool, size: int, rng: np.random.Generator
) -> Scored:
    scored = [acquisition.score(pool, size, rng) for acquisition in acquisitions]
    ranks = [share_of_rank(part.scores) for part in scored]
    scores = sum((share.weight * rank for share, rank in zip(shares, ranks, strict=True)), np.zeros(len(pool)))

    def why(row: int) -> str:
        each = zip(shares, ranks, scored, strict=True)
        return " ".join(
            f"{share.name} ({share.weight:.2g} × {rank[row]:.2f}): {part.why(row)}" for share, rank, part in each
        )

    return Scored(scores, why, parts={share.name: part.scores for share, part in zip(shares, scored, strict=True)})


def share_of_rank(scores: Array) -> Array:
    """Return each score's rank from 0, the lowest, to 1, the highest; equal ones have their mean."""
    from scipy.stats import rankdata

    return np.asarray((rankdata(scores) - 1) / max(1, len(scores) - 1))
