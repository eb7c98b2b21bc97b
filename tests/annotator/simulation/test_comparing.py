from decimal import Decimal

import numpy as np
import pytest
from scipy.stats import ttest_rel, wilcoxon

from annotator.simulation.comparing import difference_of, holm, seed_weights, smallest_detectable, weighed


def test_a_difference_is_that_of_the_same_seeds():
    first, second = np.array([71.0, 73, 72, 76, 78]), np.array([70.0, 71, 71, 73, 74])
    found = difference_of(first, second)
    assert (found.seeds, found.mean) == (5, pytest.approx(2.2))  # 1, 2, 1, 3, 4
    assert found.deviation == pytest.approx(np.std([1, 2, 1, 3, 4], ddof=1))
    assert found.t_p == pytest.approx(ttest_rel(first, second).pvalue)
    assert found.interval is not None
    assert 1 <= found.interval.low < 2.2 < found.interval.high <= 4
    assert found == difference_of(first, second)


def test_the_signed_rank_test_is_exact():
    differences = np.array([1.3, -0.2, 0.7, 2.2, 1.9, -0.5, 0.9, 3.1, 0.3, 1.1])
    found = difference_of(differences, np.zeros(10))
    assert found.wilcoxon_p == pytest.approx(wilcoxon(differences, method="exact").pvalue)


def test_the_signed_rank_test_is_exact_for_equal_differences_too():
    # All signs are equally likely: of 2^5, one alone has all ranks above, one all below.
    assert difference_of(np.full(5, 2.0), np.zeros(5)).wilcoxon_p == pytest.approx(2 / 32)
    # Without the zero, three seeds of the same rank, one of them lower: 4 of 8 signs have one lower or none.
    assert difference_of(np.array([1.0, 1, -1, 0]), np.zeros(4)).wilcoxon_p == pytest.approx(1.0)


def test_few_seeds_are_not_tested_and_have_no_interval():
    two, four = (difference_of(np.arange(1.0, n + 1), np.zeros(n)) for n in (2, 4))
    assert (two.interval, two.t_p, two.wilcoxon_p, two.detectable) == (None, None, None, None)
    assert four.interval is None
    assert four.t_p is not None
    assert difference_of(np.ones(1), np.zeros(1)).deviation is None


def test_arms_that_never_differ_are_certainly_not_different():
    found = difference_of(np.array([0.1 + 0.2] * 6), np.array([0.3] * 6))
    assert (found.mean, found.t_p, found.wilcoxon_p, found.detectable) == (0, 1, 1, None)


def test_means_of_resamples_are_the_decimal_ones_on_every_processor():
    # Accuracies are often such steps, so that many resamples lie on the edge between two shown figures.
    differences = ["0.05", "-1.35", "2.65", "0.15", "-0.85"]
    weights = seed_weights(5)
    drawn = [sum(round(5 * each) * Decimal(one) for each, one in zip(row, differences, strict=True)) for row in weights]
    assert weighed(weights, np.array(differences, dtype=float)).tolist() == [float(each / 5) for each in drawn]


def test_holm_corrects_step_by_step():
    # Holm's own steps for m = 4: 4 x .005, 3 x .01, 2 x .03, and .04 may not fall below the one before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([]) == []


@pytest.mark.parametrize(("seeds", "effect"), [(10, 0.996), (20, 0.660), (34, 0.495)])
def test_the_smallest_difference_is_that_of_the_tables(seeds: int, effect: float):
    # Cohen's d of a paired t-test with power .80 at .05, two-sided: for d = 0.5 the tables ask for 34 pairs.
    assert smallest_detectable(seeds, 1.0) == pytest.approx(effect, abs=0.001)
    assert smallest_detectable(seeds, 3.0) == pytest.approx(3 * smallest_detectable(seeds, 1.0))


def test_33_pairs_are_one_too_few_for_half_a_deviation():
    assert smallest_detectable(33, 1.0) > 0.5 >= smallest_detectable(34, 1.0)
