"""Test whether one model is better than another, or only lucky."""

from collections.abc import Sequence
from typing import NamedTuple


class McNemar(NamedTuple):
    """The paper's test on paired predictions."""

    gained: int
    """Examples that the first model gets wrong and the second right."""
    lost: int
    """Examples that the first model gets right and the second wrong."""
    p: float
    """P[Binomial(gained + lost, ½) ≥ gained]: how often luck alone would gain as much."""


def mcnemar(gold: Sequence[int], first: Sequence[int], second: Sequence[int]) -> McNemar:
    """Test whether the second model is better than the first: one-sided and exact, p = 1 if they never differ."""
    from scipy.stats import binomtest

    answers = list(zip(gold, first, second, strict=True))
    gained = sum(one != right == other for right, one, other in answers)
    lost = sum(one == right != other for right, one, other in answers)
    if not gained + lost:
        return McNemar(0, 0, 1.0)
    return McNemar(gained, lost, float(binomtest(gained, gained + lost, 0.5, alternative="greater").pvalue))


def two_sided_p(gained: int, lost: int) -> float:
    """Return how often luck alone makes two models differ as much either way: exact, 1 if they never differ."""
    from scipy.stats import binomtest

    return float(binomtest(gained, gained + lost, 0.5).pvalue) if gained + lost else 1.0
