from dataclasses import replace

import numpy as np
import pytest
from growth import PROPORTIONAL, growth
from scipy.stats import binomtest

from learner.judging.figures import FIGURES, estimate_figures
from learner.judging.paired import compare, in_words


def test_a_comparison_has_both_models_figures(draw_judged):
    before, after = draw_judged(300, seed=1), draw_judged(300, seed=2, accuracy=0.8)
    comparison = compare(before, after)
    alone = estimate_figures(before), estimate_figures(after)
    for name in FIGURES:
        found = comparison.differences[name]
        assert (found.before, found.after) == pytest.approx(tuple(each[name].value for each in alone))
        assert found.points == found.after - found.before
        assert found.interval.low < found.points < found.interval.high
        assert found.sentences == alone[0][name].sentences


def test_both_models_are_resampled_by_the_same_sentences(draw_judged):
    one = draw_judged(200, seed=1)
    same = compare(one, one)
    for found in same.differences.values():
        assert (found.points, found.interval.low, found.interval.high) == (0, 0, 0)
    better = compare(one, replace(one, precision=one.precision + np.float32(0.1)))
    precision = better.differences["average_precision"]
    assert (precision.interval.low, precision.interval.high) == pytest.approx((10, 10), abs=1e-4)


def test_the_interval_is_that_of_the_paired_bootstrap_by_hand(draw_judged):
    before, after = draw_judged(150, seed=1), draw_judged(150, seed=2)
    rows = np.random.default_rng(5).integers(150, size=(4000, 150))
    drops = []
    for each in (before, after):
        kept = each.without_marked[rows] >= 0
        whole = (each.right[rows] & kept).sum(axis=1)
        drops.append(100 * (whole - ((each.without_marked[rows] == 1).sum(axis=1))) / whole)
    low, high = np.quantile(drops[1] - drops[0], [0.025, 0.975])
    found = compare(before, after).differences["delta_tpr"].interval
    assert (found.low, found.high) == pytest.approx((low, high), abs=2.5)


def test_sentences_are_matched_by_id_in_any_order(draw_judged):
    before, after = draw_judged(100, seed=1), draw_judged(100, seed=2)
    shuffled = after.take(np.random.default_rng(0).permutation(100))
    assert compare(before, shuffled) == compare(before, after)


def test_sentences_that_cannot_be_compared_are_left_out_and_counted(draw_judged):
    before, after = draw_judged(100, seed=1), draw_judged(100, seed=2)
    gold = after.gold.copy()
    gold[50:53] = 1 - gold[50:53]
    changed = replace(after, gold=gold).take(np.arange(5, 100))
    comparison = compare(before.take(np.arange(98)), changed)
    assert (comparison.sentences, comparison.only_before, comparison.only_after, comparison.other_gold) == (90, 5, 2, 3)
    kept = np.r_[5:50, 53:98]
    assert comparison.differences["accuracy"].after == pytest.approx(100 * after.take(kept).right.mean())


def test_saliency_is_compared_where_the_marks_are_the_same(draw_judged):
    before, after = draw_judged(100, seed=1), draw_judged(100, seed=2)
    marked = np.flatnonzero(after.marked)
    more = after.marked.copy()
    more[marked[:4]] += 1
    comparison = compare(before, replace(after, marked=more))
    assert comparison.other_marks == 4
    assert comparison.differences["accuracy"].sentences == 100
    for name in ("average_precision", "share_marked", "saliency_accuracy", "delta_tpr"):
        assert comparison.differences[name].sentences == len(marked) - 4
    expected = 100 * float(after.precision[marked[4:]].mean())
    assert comparison.differences["average_precision"].after == pytest.approx(expected)


def test_a_label_that_only_the_second_model_knows_counts_for_both(make_judged):
    before = make_judged([0, 1] * 6, [0, 1] * 6)
    after = make_judged([0, 1] * 6, [0, 1] * 6, classes=3)
    macro_f1 = compare(before, after).differences["macro_f1"]
    assert macro_f1.before == macro_f1.after == pytest.approx(200 / 3)


def test_mcnemar_is_two_sided_and_exact(make_judged):
    gold = [1] * 20
    before = make_judged(gold, [0] * 8 + [1] * 12)
    after = make_judged(gold, [1] * 8 + [0] + [1] * 11)
    comparison = compare(before, after)
    assert (comparison.gained, comparison.lost) == (8, 1)
    assert comparison.p == pytest.approx(2 * (1 + 9) / 2**9)
    assert comparison.p == pytest.approx(binomtest(8, 9).pvalue)
    assert compare(before, before).p == 1


def test_without_shared_sentences_every_difference_is_none(make_judged):
    before, after = make_judged([0, 1], [0, 1]), make_judged([0, 1], [0, 1], ids=[7, 8])
    comparison = compare(before, after)
    assert comparison.sentences == 0
    assert set(comparison.differences.values()) == {None}
    assert in_words(comparison) == "no test sentences that both models were measured on"


def of_counts(make_judged, gained, lost, n):
    before = make_judged([1] * n, [0] * gained + [1] * (n - gained))
    return compare(before, make_judged([1] * n, [1] * gained + [0] * lost + [1] * (n - gained - lost)))


def test_a_shown_difference_is_told_with_its_interval(make_judged):
    comparison = of_counts(make_judged, 80, 20, 1000)
    interval = comparison.differences["accuracy"].interval
    # 80 gained, 20 lost of 1,000: 6 points, with a standard error of √(.1 - .06²) / √1000 = 0.98 points.
    assert (interval.low, interval.high) == pytest.approx((6 - 1.92, 6 + 1.92), abs=0.3)
    assert in_words(comparison) == f"6.0 points more accurate ({interval.low:.1f} to {interval.high:.1f})"
    worse = of_counts(make_judged, 20, 80, 1000)
    low, high = worse.differences["accuracy"].interval.low, worse.differences["accuracy"].interval.high
    assert in_words(worse, of="dev") == f"6.0 points less accurate ({-high:.1f} to {-low:.1f})"


def test_a_difference_that_luck_explains_is_told_with_what_the_sentences_could_have_shown(make_judged):
    # Discordant 22 of 160: 2.8 standard errors of √(.1375 - .0125²) / √160 are 8.2 points.
    words = in_words(of_counts(make_judged, 12, 10, 160))
    assert words.startswith("no difference in accuracy that 160 test sentences could show: it would take about 8.")


def test_two_models_that_are_right_about_the_same_sentences_are_told_as_such(make_judged):
    assert in_words(of_counts(make_judged, 0, 0, 160)).startswith("right about the same ")
    assert in_words(of_counts(make_judged, 0, 0, 160), of="dev").endswith(" of 160 dev sentences")


def test_an_interval_of_few_sentences_is_not_believed_against_the_exact_test(make_judged):
    comparison = of_counts(make_judged, 5, 0, 12)
    assert comparison.differences["accuracy"].interval.excludes_zero
    assert comparison.p > 0.05
    assert in_words(comparison).startswith("no difference in accuracy that 12 test sentences could show")


def test_macro_f1_needs_the_exact_test_as_well_and_other_figures_their_interval(make_judged):
    comparison = of_counts(make_judged, 5, 0, 12)
    certain = comparison.differences["accuracy"]
    every = replace(comparison, differences=dict.fromkeys(FIGURES, certain))
    assert {name for name in FIGURES if not every.is_shown(name)} == {"accuracy", "macro_f1"}
    assert all(replace(every, p=0.049).is_shown(name) for name in FIGURES)
    unknown = replace(
        comparison, p=0.0, differences={"accuracy": None, "share_marked": replace(certain, interval=None)}
    )
    assert not unknown.is_shown("accuracy") and not unknown.is_shown("share_marked")


def test_models_that_never_differ_could_have_shown_six_sentences(make_judged):
    comparison = of_counts(make_judged, 0, 0, 200)
    assert comparison.differences["accuracy"].detectable == 3
    assert comparison.differences["macro_f1"].detectable is None


def test_too_few_sentences_are_told(make_judged):
    assert in_words(of_counts(make_judged, 3, 0, 9)) == "too few test sentences to compare (9; it takes 10)"


@pytest.mark.timing
def test_the_time_of_a_comparison_grows_with_the_sentences_and_not_with_their_square(draw_judged):
    before, after = draw_judged(2400, seed=1), draw_judged(2400, seed=2)

    def compare_first(count: int) -> None:
        compare(before.take(np.arange(count)), after.take(np.arange(count)))

    compare_first(20)  # the first call imports scipy
    assert growth(compare_first, 300) < PROPORTIONAL
