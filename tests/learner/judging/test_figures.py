import numpy as np
import pytest
from sklearn.metrics import f1_score

from learner.judging.evaluation import evaluate, read_examples
from learner.judging.faithfulness import reliance_on_marks
from learner.judging.figures import FIGURES, estimate_figures
from learner.judging.judge import judge


def values(estimates):
    return {name: None if each is None else each.value for name, each in estimates.items()}


@pytest.fixture(scope="module")
def marked_first(make_planted):
    """The marked sentences come first: then their numbers are the rows by which both controls draw words."""
    return sorted(make_planted(60, seed=3), key=lambda example: "+" not in example.marks)


@pytest.fixture(scope="module")
def judgement(trained, marked_first):
    return judge(trained, marked_first, read_examples(trained, marked_first), ids=range(60))


def test_figures_equal_those_of_the_evaluation(trained, marked_first, judgement):
    found, expected = values(estimate_figures(judgement)), evaluate(trained, marked_first)
    assert found["accuracy"] == pytest.approx(expected["accuracy"])
    assert found["macro_f1"] == pytest.approx(expected["macro_f1"])
    assert found["average_precision"] == pytest.approx(expected["average_precision_input_x_gradient"])
    assert found["saliency_accuracy"] == pytest.approx(expected["saliency_accuracy_word"])
    assert found["saliency_accuracy_unmarked"] == pytest.approx(expected["saliency_accuracy_word_unmarked"])


def test_figures_equal_those_of_faithfulness(trained, marked_first, judgement):
    found, expected = values(estimate_figures(judgement)), reliance_on_marks(trained, marked_first)
    assert found["delta_tpr"] == pytest.approx(expected["delta_tpr"])
    assert found["delta_tpr_control"] == pytest.approx(expected["delta_tpr_control"])


def test_the_share_on_marked_words_is_that_of_the_shading(trained, marked_first, judgement):
    shares = [
        np.abs(scores[z]).sum() / np.abs(scores).sum()
        for example, reading in zip(marked_first, read_examples(trained, marked_first), strict=True)
        for scores, z in [(reading.saliency["input_x_gradient", "word"], [mark == "+" for mark in example.marks])]
        if any(z)
    ]
    assert values(estimate_figures(judgement))["share_marked"] == pytest.approx(100 * np.mean(shares))


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_macro_f1_is_that_of_all_labels_also_of_those_that_never_occur(draw_judged, make_judged, classes):
    of = draw_judged(50, seed=1, classes=classes)
    every = list(range(classes + 1))
    one_more = make_judged(of.gold.tolist(), of.predicted.tolist(), classes=classes + 1)
    expected = 100 * f1_score(of.gold, of.predicted, labels=every, average="macro", zero_division=0)
    assert values(estimate_figures(one_more))["macro_f1"] == pytest.approx(expected)


def test_a_figure_of_no_sentence_is_none(make_judged):
    assert estimate_figures(make_judged([], [])) == dict.fromkeys(FIGURES)
    unmarked = estimate_figures(make_judged([0, 1] * 10, [0, 1] * 10))
    assert [name for name, each in unmarked.items() if each is not None] == ["accuracy", "macro_f1"]


def test_a_drop_is_none_where_no_sentence_is_right_as_it_is(make_judged):
    of = make_judged([1] * 12, [0] * 12, marked=[1] * 12, without_marked=[0] * 12)
    assert estimate_figures(of)["delta_tpr"] is None


def test_few_sentences_have_a_figure_but_no_interval(draw_judged):
    few, enough = (estimate_figures(draw_judged(n, seed=1)) for n in (9, 10))
    assert few["accuracy"].interval is None
    assert enough["accuracy"].interval is not None
    assert enough["average_precision"].sentences < 10
    assert enough["average_precision"].interval is None


def test_the_interval_is_that_of_the_bootstrap_by_hand(draw_judged):
    of = draw_judged(120, seed=2, classes=3)
    rng = np.random.default_rng(7)
    rows = rng.integers(120, size=(4000, 120))
    accuracy = 100 * of.right[rows].mean(axis=1)
    precision = 100 * np.nanmean(of.precision[rows], axis=1)
    f1 = [100 * f1_score(of.gold[row], of.predicted[row], average="macro") for row in rows[:400]]
    found = estimate_figures(of)
    for name, by_hand in (("accuracy", accuracy), ("average_precision", precision), ("macro_f1", f1)):
        low, high = np.quantile(by_hand, [0.025, 0.975])
        assert (found[name].interval.low, found[name].interval.high) == pytest.approx((low, high), abs=1.5)
        assert found[name].interval.low < found[name].value < found[name].interval.high


def test_the_seed_decides(draw_judged):
    of = draw_judged(100, seed=2)
    assert estimate_figures(of, seed=1) == estimate_figures(of, seed=1)
    assert estimate_figures(of, seed=1)["average_precision"] != estimate_figures(of, seed=2)["average_precision"]
