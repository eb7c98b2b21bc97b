import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, precision_recall_fscore_support

from learner.metrics import classification_figures, mean_average_precision, saliency_accuracy


def test_two_classes_are_judged_by_the_positive_one():
    figures = classification_figures([1, 1, 1, 0, 0], [1, 1, 0, 1, 0], classes=2)
    assert figures["positive_class"] == 1
    assert figures["precision"] == pytest.approx(200 / 3)
    assert figures["recall"] == pytest.approx(200 / 3)
    assert figures["f1"] == pytest.approx(200 / 3)
    assert figures["accuracy"] == pytest.approx(60)
    assert figures["macro_f1"] == pytest.approx((200 / 3 + 50) / 2)


def test_three_classes_are_judged_by_the_average():
    figures = classification_figures([0, 1, 2, 2], [0, 1, 2, 1], classes=3)
    assert figures["positive_class"] == -1
    assert figures["recall"] == pytest.approx((100 + 100 + 50) / 3)
    assert figures["f1"] == figures["macro_f1"]


def test_a_model_of_one_class_counts_as_zero_for_the_other():
    figures = classification_figures([0, 1], [0, 0], classes=2)
    assert (figures["f1"], figures["precision"]) == (0, 0)
    assert figures["macro_f1"] == pytest.approx(100 / 3)


def test_saliency_accuracy_comes_with_its_complement_and_zeros_apart():
    saliency = [np.array([0.5, -1.0, 0.0, 2.0]), np.array([1.0, 0.0]), np.array([9.0, 9.0])]
    figures = saliency_accuracy(saliency, ["+.+.", "+.", ".."])
    # Marked: 0.5, 0.0 and 1.0; unmarked in the same sentences: -1.0, 2.0 and 0.0.
    assert figures == pytest.approx({"marked": 200 / 3, "zeros": 100 / 3, "unmarked": 100 / 3})


def test_saliency_accuracy_of_no_marks_is_left_out():
    assert saliency_accuracy([np.array([1.0])], ["."]) == {}
    assert "unmarked" not in saliency_accuracy([np.array([1.0])], ["+"])


def test_words_that_must_not_matter_are_no_rationale():
    assert saliency_accuracy([np.array([1.0, 1.0])], ["-."]) == {}


def test_average_precision_is_the_one_computed_by_hand():
    # Ranks of the marked words: 1 and 3 of four, so (1/1 + 2/3) / 2; then 2 of two, so 1/2.
    saliency = [np.array([4.0, 3.0, 2.0, 1.0]), np.array([1.0, 2.0])]
    expected = 100 * ((1 + 2 / 3) / 2 + 1 / 2) / 2
    assert mean_average_precision(saliency, ["+.+.", "+."]) == pytest.approx(expected)


def test_sentences_without_a_ranking_are_skipped():
    assert mean_average_precision([np.array([1.0]), np.array([1.0, 2.0])], ["+", ".."]) is None


@given(st.data(), st.integers(2, 4))
def test_answers_have_scikit_learns_figures_to_the_last_bit(data, classes):
    label = st.integers(0, classes - 1)
    gold, predicted = zip(*data.draw(st.lists(st.tuples(label, label), min_size=1)), strict=True)
    every = list(range(classes))
    judged = {"labels": [1] if classes == 2 else every, "average": "macro", "zero_division": 0}
    expected = precision_recall_fscore_support(gold, predicted, **judged)[:3]
    figures = classification_figures(gold, predicted, classes=classes)
    assert tuple(figures[name] for name in ("precision", "recall", "f1")) == tuple(100 * each for each in expected)
    assert figures["accuracy"] == 100 * accuracy_score(gold, predicted)
    assert figures["macro_f1"] == 100 * f1_score(gold, predicted, labels=every, average="macro", zero_division=0)


@given(st.lists(st.tuples(st.integers(-9, 9), st.booleans())), st.sampled_from([np.float32, np.float64]))
def test_average_precision_is_scikit_learns_to_the_last_bit(words, dtype):
    scores, right = zip((0, True), (1, False), *words, strict=True)
    saliency, marks = np.array(scores, dtype) / 7, "".join("+" if each else "." for each in right)
    assert mean_average_precision([saliency], [marks]) == 100 * average_precision_score(right, saliency)


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(ValueError, match="no answers"):
        classification_figures([], [], classes=2)
    with pytest.raises(ValueError, match="not a finite number"):
        mean_average_precision([np.array([np.nan, 1.0])], ["+."])
