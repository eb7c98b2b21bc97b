"""What an acquisition is: a function of probabilities, or an `Acquisition` that may look at more and says why.

Another package adds its own by an entry point in the group `whylight.acquisition`. The short form is a function
`(probabilities, rng) -> scores`: `probabilities` is (sentences, labels), the scores are (sentences,), and a higher
score is asked about sooner.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from learner import registry
from learner.acquisition.pool import Array, Pool
from learner.errors import ConfigError


@dataclass(frozen=True)
class Scored:
    """What an acquisition says about the rows of a pool."""

    scores: Array  # (rows,): higher is asked about sooner
    why: Callable[[int], str]
    """Row → a sentence for researchers."""
    log_weights: Array | None = None
    """(rows,): of a lottery, where a score is the log of the row's weight plus Gumbel noise; None: not a lottery."""
    parts: Mapping[str, Array] = field(default_factory=dict)
    """Of a mix: name → the part's own scores."""


@dataclass(frozen=True)
class Acquisition:
    """An acquisition that says why: `score(pool, size, rng)` is to order at least the `size` best rows."""

    score: Callable[[Pool, int, np.random.Generator], Scored]
    of_candidates: bool = False
    """Whether it looks at more than probabilities, and so at no more rows than the candidates."""


def load_one(name: str) -> Acquisition:
    """Return the acquisition that is registered under this name, which is not a mix."""
    part = registry.load("acquisition", name)
    return part if isinstance(part, Acquisition) else Acquisition(partial(_score_by, part, name))


def _score_by(
    function: Callable[[Array, np.random.Generator], Any], name: str, pool: Pool, size: int, rng: np.random.Generator
) -> Scored:
    scores = np.asarray(function(pool.probabilities, rng), dtype=float)
    if scores.shape != (len(pool),) or not np.isfinite(scores).all():
        raise ConfigError(
            f"acquisition {name!r}: found {scores.size} scores for {len(pool)} sentences, or scores that are not "
            "finite, expected one finite score for each"
        )
    return Scored(scores, lambda row: f"Its score by {name} is {scores[row]:.3g}.")
