from itertools import product
from math import comb

import pytest
from scipy.stats import binomtest

from learner.judging.significance import mcnemar


def test_the_better_model_is_the_second():
    gold = [1] * 10
    better = mcnemar(gold, first=[0] * 8 + [1, 1], second=[1] * 10)
    assert (better.gained, better.lost) == (8, 0)
    assert better.p == pytest.approx(1 / 2**8)
    worse = mcnemar(gold, first=[1] * 10, second=[0] * 8 + [1, 1])
    assert (worse.gained, worse.lost, worse.p) == (0, 8, 1.0)


@pytest.mark.parametrize(("gained", "lost"), list(product(range(6), range(6))))
def test_the_test_is_exact_and_one_sided(gained, lost):
    first, second = [0] * gained + [1] * lost + [1, 0], [1] * gained + [0] * lost + [1, 0]
    found = mcnemar([1] * len(first), first, second)
    total = gained + lost
    by_hand = sum(comb(total, each) for each in range(gained, total + 1)) / 2**total
    assert found == (gained, lost, pytest.approx(by_hand))
    if total:
        assert found.p == pytest.approx(binomtest(gained, total, alternative="greater").pvalue)


def test_what_both_get_wrong_counts_for_neither():
    assert mcnemar([2, 1], first=[0, 1], second=[1, 1]) == (0, 0, 1.0)
