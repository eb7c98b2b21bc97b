"""Is one model better than another, or lucky?"""

from collections.abc import Sequence
from typing import NamedTuple


class McNemar(NamedTuple):
    """The paper's test on paired predictions."""

    gained: int
    """Examples that the first model gets wrong and the second right."""
    lost: int
    """Examples that the first model gets right and the second wrong."""
    p: float
    """P[Binomial(gained + lost, ½) ≥ gained]: how often as much would be gained by luck."""


def mcnemar(gold: Sequence[int], first: Sequence[int], second: Sequence[int]) -> McNemar:
    """Test whether the second model is better than the first: one-sided and exact, 1 where they never differ."""
    from scipy.stats import binomtest

    answers = list(zip(gold, first, second, strict=True))
    gained = sum(one != right == other for right, one, other in answers)
    lost = sum(one == right != other for right, one, other in answers)
    if not gained + lost:
        return McNemar(0, 0, 1.0)
    return McNemar(gained, lost, float(binomtest(gained, gained + lost, 0.5, alternative="greater").pvalue))
