"""Acquisitions of probabilities alone: they score a million sentences in a second."""

from collections.abc import Callable

import numpy as np
from scipy.special import entr

from learner.acquisition.pool import Array, Pool
from learner.acquisition.protocol import Acquisition, Scored

_SMALLEST = 1e-9  # a weight of 0 has no logarithm


def _random(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    return Scored(rng.random(len(pool)), lambda row: "Drawn at random.")


def _margin(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    """Score 1 - (largest probability - second largest): 1 where two labels tie, 0 where one is certain."""
    return Scored(pool.unsureness, _why_unsure(pool))


def _entropy(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    """Score -Σ_k p_k log p_k, in nats."""
    scores = entr(pool.probabilities).sum(axis=1)
    return Scored(scores, lambda row: f"{likeliest(pool, row)}; the entropy is {scores[row]:.2f} nats.")


def _least_confident(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    """Score 1 - largest probability."""
    return Scored(1 - pool.probabilities.max(axis=1, initial=0), lambda row: f"{likeliest(pool, row)}.")


def _margin_gumbel(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    """Score log margin score + Gumbel noise: a draw without replacement, by weight (Kirsch et al. 2023, β = 1)."""
    log_weights = np.log(np.maximum(pool.unsureness.astype(float), _SMALLEST))
    why = _why_unsure(pool)
    noisy = log_weights + rng.gumbel(size=len(pool))
    return Scored(noisy, lambda row: f"{why(row)} It was drawn in a lottery by that.", log_weights=log_weights)


def likeliest(pool: Pool, row: int) -> str:
    """Return which labels a row has, as the beginning of a sentence without its full stop."""
    probabilities = pool.probabilities[row]
    first, *others = np.argsort(-probabilities, kind="stable")[:2].tolist()
    and_then = [f" and {pool.label(second)} {probabilities[second]:.2f}" for second in others]
    return f"The model gives {pool.label(first)} {probabilities[first]:.2f}{''.join(and_then)}"


def _why_unsure(pool: Pool) -> Callable[[int], str]:
    return lambda row: f"{likeliest(pool, row)}, {1 - _of(pool.unsureness, row):.2f} apart."


def _of(scores: Array, row: int) -> float:
    return float(scores[row])


random = Acquisition(_random)
margin = Acquisition(_margin)
entropy = Acquisition(_entropy)
least_confident = Acquisition(_least_confident)
margin_gumbel = Acquisition(_margin_gumbel)
