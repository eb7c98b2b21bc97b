"""Choose which sentences to ask about next.

An acquisition is a function `(probabilities, rng) -> scores`: `probabilities` is (sentences,
classes), the scores are (sentences,), and a higher score is asked about sooner. `choose_queue`
turns the scores into the queue.
"""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner import registry

Array = NDArray[np.floating]
Acquisition = Callable[[Array, np.random.Generator], Array]
Reason = Literal["unsure", "random"]


class QueueEntry(NamedTuple):
    """A sentence chosen for the queue: its row in the probabilities, why, and its score."""

    row: int
    reason: Reason
    score: float


def choose_queue(
    probabilities: Array,
    *,
    size: int,
    random_share: float = 0.2,
    acquisition: str = "uncertainty",
    rng: np.random.Generator,
) -> list[QueueEntry]:
    """Return at most `size` sentences in the order to ask about them.

    One of every 1 / `random_share` entries is drawn uniformly from the whole pool and has the reason
    `random`: its answers are not biased by the model's choice. The others come by score, highest
    first; equal scores are in random order.
    """
    scores = np.asarray(registry.load("acquisition", acquisition)(probabilities, rng), dtype=float)
    shuffled = rng.permutation(len(scores))
    reasons = list(_reasons(min(size, len(scores)), 1.0 if acquisition == "random" else random_share))
    drawn = shuffled[: reasons.count("random")]
    rest = shuffled[reasons.count("random") :]
    by_score = rest[np.argsort(-scores[rest], kind="stable")]
    sources = {"random": iter(drawn), "unsure": iter(by_score)}
    return [_entry(int(next(sources[reason])), reason, scores) for reason in reasons]


def random(probabilities: Array, rng: np.random.Generator) -> Array:
    """Return a random score for each sentence, uniform between 0 and 1."""
    return rng.random(len(probabilities))


def uncertainty(probabilities: Array, rng: np.random.Generator) -> Array:
    """Return 1 - (largest probability - second largest): 1 where two classes tie, 0 where one is certain."""
    ranked = np.sort(np.asarray(probabilities), axis=1)
    return np.asarray(1.0 - (ranked[:, -1] - ranked[:, -2]))


def _reasons(size: int, random_share: float) -> Iterator[Reason]:
    """Yield the reasons, the random ones evenly spread: with a share of 0.2, every fifth."""
    for place in range(size):
        is_random = int((place + 1) * random_share + 1e-9) > int(place * random_share + 1e-9)
        yield "random" if is_random else "unsure"


def _entry(row: int, reason: Reason, scores: Array) -> QueueEntry:
    return QueueEntry(row, reason, float(scores[row]))
