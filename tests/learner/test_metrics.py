import numpy as np
import pytest
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, precision_recall_fscore_support

from learner.metrics import average_precision, classification_figures, mean_average_precision, saliency_accuracy


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


@pytest.mark.parametrize("decimals", [6, 0], ids=["different scores", "equal scores"])
def test_average_precision_is_that_of_scikit_learn_bit_by_bit(decimals: int) -> None:
    draw = np.random.default_rng(0)
    for words in draw.integers(2, 40, size=100).tolist():
        marked = np.arange(words) < draw.integers(1, words)
        scores = draw.normal(size=words).round(decimals).astype(np.float32)
        assert average_precision(marked, scores) == average_precision_score(marked, scores)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_figures_of_answers_are_those_of_scikit_learn_bit_by_bit(classes: int) -> None:
    draw = np.random.default_rng(0)
    every = list(range(classes))
    averaged = {"labels": [1] if classes == 2 else every, "average": "macro", "zero_division": 0}
    for number in range(1, 50):
        gold, predicted = draw.integers(classes, size=(2, number)).tolist()
        figures = classification_figures(gold, predicted, classes=classes)
        found = [figures[name] for name in ("precision", "recall", "f1", "accuracy", "macro_f1")]
        *of_labels, _ = precision_recall_fscore_support(gold, predicted, **averaged)
        macro = f1_score(gold, predicted, labels=every, average="macro", zero_division=0)
        assert found == [100 * float(one) for one in (*of_labels, accuracy_score(gold, predicted), macro)]
