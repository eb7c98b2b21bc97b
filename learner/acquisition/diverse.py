"""BADGE and core-set: sentences that differ from each other."""

import numpy as np

from learner.acquisition.picks import far_apart, scored_by_picks
from learner.acquisition.pool import Array, Pool
from learner.acquisition.protocol import Acquisition, Scored
from learner.acquisition.uncertain import likeliest

_ROUNDING = 1e-6  # of the largest squared length: below it, a distance in float32 is none


def _badge(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    """Choose by k-means++ on the gradients of the last layer, (p - onehot(likeliest)) ⊗ h (Ash et al. 2020).

    h is the sentence's vector. The outer products are never made: the dot product of two is (a·a')(h·h').
    """
    answers = np.array(pool.probabilities, dtype=np.float32)
    answers[np.arange(len(pool)), pool.predicted] -= 1
    picks = _k_means_plus_plus(answers, pool.vectors.astype(np.float32), size, rng)
    return scored_by_picks(
        pool, picks, lambda row: f"{likeliest(pool, row)}, and its gradient differs from those chosen before it."
    )


def _k_means_plus_plus(answers: Array, vectors: Array, size: int, rng: np.random.Generator) -> list[int]:
    """Return the longest gradient's row, and then rows drawn by their squared distance to the nearest pick."""
    lengths = np.square(answers).sum(axis=1) * np.square(vectors).sum(axis=1)
    if not len(lengths):
        return []
    picks = [int(lengths.argmax())]
    nearest, rounding = np.full_like(lengths, np.inf), _ROUNDING * float(lengths.max(initial=0))
    while len(picks) < size:
        last = picks[-1]
        products = (answers @ answers[last]) * (vectors @ vectors[last])
        nearest = np.minimum(nearest, lengths + lengths[last] - 2 * products)
        nearest[nearest <= rounding] = 0
        nearest[picks] = 0
        reached = np.cumsum(nearest, dtype=float)
        if reached[-1] <= 0:
            break
        picks.append(int(np.searchsorted(reached, rng.random() * reached[-1], side="right")))
    return picks[:size]


def _core_set(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    """Choose greedily the sentence that is farthest from all answered and chosen ones (Sener and Savarese 2018)."""
    from sklearn.metrics import pairwise_distances_argmin_min

    vectors, answered = pool.vectors, pool.features.answered_vectors()
    if len(answered) and len(vectors):
        nearest = pairwise_distances_argmin_min(vectors, answered)[1]
    else:
        nearest = np.linalg.norm(vectors - vectors.mean(axis=0), axis=1) if len(vectors) else np.zeros(0)
    picks = far_apart(lambda row: np.linalg.norm(vectors - vectors[row], axis=1), nearest, size)
    return scored_by_picks(pool, picks, lambda row: "It is far from every answered sentence and from those before it.")


badge = Acquisition(_badge, of_candidates=True)
core_set = Acquisition(_core_set, of_candidates=True)
