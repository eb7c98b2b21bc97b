from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from learner.judging.judged import Judged

MakeJudged = Callable[..., Judged]

_TYPES = {"ids": np.int64, "gold": np.int16, "looks": bool, "precision": np.float32, "share": np.float32}
_TYPES |= {"without_marked": np.int8, "without_others": np.int8, "probabilities": np.float32}


def judged(gold: list[int], predicted: list[int], *, classes: int = 2, **columns: Any) -> Judged:
    """Return judged sentences without marks, apart from the columns given; a predicted label has probability 0.8."""
    n = len(gold)
    probabilities = np.full((n, classes), 0.2 / (classes - 1))
    probabilities[np.arange(n), predicted] = 0.8
    zero, none, unknown = np.zeros(n), np.full(n, np.nan), np.full(n, -1)
    plain = {"ids": np.arange(n), "gold": gold, "probabilities": probabilities, "marked": zero, "unmarked": zero + 8}
    plain |= {"precision": none, "share": none, "looks": zero, "marked_positive": zero, "unmarked_positive": zero}
    plain |= {"without_marked": unknown, "without_others": unknown}
    return Judged(
        **{name: np.array(values, dtype=_TYPES.get(name, np.int32)) for name, values in (plain | columns).items()}
    )


def drawn(n: int, *, seed: int, accuracy: float = 0.7, classes: int = 2) -> Judged:
    """Return random judgements of n sentences, half of them with marks; gold and marks are the same for all seeds."""
    same, draw = np.random.default_rng(99), np.random.default_rng(seed)
    gold, marked = same.integers(classes, size=n), np.where(same.random(n) < 0.5, same.integers(1, 5, size=n), 0)
    predicted = np.where(draw.random(n) < accuracy, gold, draw.integers(classes, size=n))
    has = marked > 0
    return judged(
        gold.tolist(),
        predicted.tolist(),
        classes=classes,
        marked=marked,
        unmarked=np.full(n, 12),
        precision=np.where(has, draw.random(n), np.nan),
        share=np.where(has, draw.random(n), np.nan),
        looks=has & (draw.random(n) < 0.7),
        marked_positive=np.where(has, draw.integers(0, marked + 1), 0),
        unmarked_positive=draw.integers(0, 13, size=n),
        without_marked=np.where(has, draw.random(n) < 0.4, -1),
        without_others=np.where(has, draw.random(n) < 0.6, -1),
    )


@pytest.fixture(scope="session")
def make_judged() -> MakeJudged:
    return judged


@pytest.fixture(scope="session")
def draw_judged() -> MakeJudged:
    return drawn
