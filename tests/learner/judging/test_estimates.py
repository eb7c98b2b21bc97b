import numpy as np
import pytest
from scipy.stats import beta, quantile_test
from sklearn.metrics import cohen_kappa_score

from learner.judging.estimates import at_most, median, moved_in_words, ratio, remaining, share, stability
from learner.judging.intervals import Interval


def test_a_share_has_wilsons_interval():
    # 59 of 83, z = 1.96: centre (p + z²/2n) / (1 + z²/n), half width z √(p(1-p)/n + z²/4n²) / (1 + z²/n).
    n, p, z = 83, 59 / 83, 1.959964
    centre, half = (p + z**2 / (2 * n)), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    found = share(59, 83)
    assert found.value == pytest.approx(100 * p)
    expected = (100 * (centre - half) / (1 + z**2 / n), 100 * (centre + half) / (1 + z**2 / n))
    assert (found.interval.low, found.interval.high) == pytest.approx(expected)
    assert (round(found.interval.low), round(found.interval.high)) == (61, 80)
    assert share(0, 10).interval.low == pytest.approx(0)
    assert share(0, 0) is None


@pytest.mark.parametrize(("count", "drawn", "expected"), [(0, 100, 2.95), (0, 60, 4.87), (5, 5, 100.0), (0, 0, 100.0)])
def test_a_label_has_at_most_the_exact_bound(count, drawn, expected):
    assert at_most(count, drawn) == pytest.approx(expected, abs=0.005)


def test_the_bound_is_clopper_and_pearsons():
    assert at_most(3, 100) == pytest.approx(100 * beta.ppf(0.95, 4, 97))
    assert at_most(0, 100) == pytest.approx(100 * (1 - 0.05 ** (1 / 100)))


def test_what_remains_and_the_recall_that_is_sure():
    left = remaining(found=90, among_random=0, random=100, open_pool=1000)
    assert (left.sentences, left.recall) == (30, pytest.approx(75))
    assert remaining(found=90, among_random=2, random=100, open_pool=0).recall == 100
    assert remaining(found=0, among_random=0, random=0, open_pool=50).sentences == 50
    assert remaining(found=0, among_random=0, random=10, open_pool=0).recall is None


@pytest.mark.parametrize("classes", [2, 4])
def test_kappa_is_cohens(classes):
    draw = np.random.default_rng(1)
    first = draw.integers(classes, size=500)
    second = np.where(draw.random(500) < 0.8, first, draw.integers(classes, size=500))
    found = stability(first, second)
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second))
    assert found.kappa_interval.low < found.kappa < found.kappa_interval.high
    assert found.changed == share(int((first != second).sum()), 500)


def test_the_interval_of_kappa_is_that_of_the_bootstrap_by_hand():
    draw = np.random.default_rng(2)
    first = draw.integers(2, size=200)
    second = np.where(draw.random(200) < 0.8, first, 1 - first)
    rows = draw.integers(200, size=(500, 200))
    low, high = np.quantile([cohen_kappa_score(first[row], second[row]) for row in rows], [0.025, 0.975])
    found = stability(first, second).kappa_interval
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)


def test_kappa_is_none_where_only_one_label_is_ever_predicted():
    one = np.zeros(50, dtype=int)
    found = stability(one, one)
    assert (found.kappa, found.kappa_interval, found.changed.value) == (None, None, 0)


def test_the_same_predictions_have_kappa_one():
    labels = np.arange(40) % 2
    found = stability(labels, labels)
    assert (found.kappa, found.kappa_interval) == (1, Interval(1, 1))


def test_few_sentences_have_a_kappa_without_an_interval():
    few = np.array([0, 1, 1])
    assert stability(few, few).kappa_interval is None
    assert stability(few[:0], few[:0]) is None


def test_what_the_last_answers_moved_is_told():
    assert moved_in_words(Interval(-0.42, 0.91), answers=100) == "the last 100 answers moved dev by −0.4 to +0.9 points"
    assert moved_in_words(Interval(-0.02, 1.5), answers=1) == "the last answer moved dev by 0.0 to +1.5 points"
    assert moved_in_words(None, answers=50) == "dev has too few sentences to say what the last 50 answers changed"


@pytest.mark.parametrize("n", [100, 400, 900])
def test_a_median_has_the_interval_of_the_ordered_values(n):
    values = list(range(n))
    found = median(values)
    exact = quantile_test(values, p=0.5).confidence_interval(0.95)
    assert found.value == pytest.approx(np.median(values))
    assert 0 <= exact.low - found.interval.low <= 1, "at most one value wider than the exact one"
    assert 0 <= found.interval.high - exact.high <= 1
    assert median(values[:9]).interval is None
    assert median([]) is None


def test_a_ratio_has_an_interval_that_knows_that_words_of_a_sentence_belong_together():
    # 40 sentences of 10 words, half with 4 marked ones: 80 of 400, e = ±2, se = √(40/39 · 160) / 400.
    parts, wholes = [4, 0] * 20, [10] * 40
    found = ratio(parts, wholes)
    half = 100 * 1.959964 * np.sqrt(40 / 39 * 160) / 400
    assert found.value == 20
    assert (found.interval.low, found.interval.high) == pytest.approx((20 - half, 20 + half))
    assert ratio([], []) is None
    assert ratio([1], [4]).interval is None
