import numpy as np
import pytest

from learner.judging.plausibility import auprc, iou_f1, iou_f1_macro, plausibility, r_precision, token_f1, top_words


def words(letters):
    return np.array([letter == "x" for letter in letters])


def test_the_highest_words_are_chosen_and_the_first_ones_at_a_tie():
    assert top_words(np.array([0.1, 0.9, 0.5, 0.9]), 0.5).tolist() == [False, True, False, True]
    assert top_words(np.array([1.0, 1.0, 1.0]), 0.34).tolist() == [True, True, False]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.25])
def test_one_word_is_always_chosen(share):
    assert top_words(np.array([0.0, 2.0, 1.0, -1.0]), share).tolist() == [False, True, False, False]


def test_token_f1_is_a_mean_over_sentences():
    # 2 of 3 chosen words are among 4 marked words: 2·2/(3+4); in the other sentence no word is right.
    assert token_f1([words("xxx..."), words("x.")], ["++.++.", ".+"]) == pytest.approx(50 * 4 / 7)


@pytest.mark.parametrize(
    ("chosen", "marks", "expected"),
    [
        ("xx....", "++....", 100),
        ("xx....", "+++...", 100),  # 2 / 3
        ("x.....", "+++...", 0),  # 1 / 3
        ("xx.xx.", "++....", 200 / 3),  # one of two chosen spans, the one marked span
        ("......", "++....", 0),
    ],
)
def test_a_span_hits_when_it_overlaps_by_half(chosen, marks, expected):
    assert iou_f1([words(chosen)], [marks]) == pytest.approx(expected)


def test_spans_are_pooled_over_sentences_or_averaged():
    # In the first sentence, one of two chosen spans hits the one marked span; in the second, one hits one of three.
    chosen, marks = [words("x..x."), words("x....")], ["+....", "+.+.+"]
    assert iou_f1(chosen, marks) == pytest.approx(200 * 2 / (3 + 4))
    precision, recall = (1 / 2 + 1) / 2, (1 + 1 / 3) / 2
    assert iou_f1_macro(chosen, marks) == pytest.approx(200 * precision * recall / (precision + recall))
    assert iou_f1_macro([words("x.")], [".+"]) == 0


def test_the_area_under_precision_and_recall_is_by_trapezoids():
    # Ranked + . +: precision 1 at recall ½, ½ at ½, ⅔ at 1: ½ · 1 + ½ · (½ + ⅔) / 2.
    assert auprc([np.array([3.0, 2.0, 1.0])], ["+.+"]) == pytest.approx(100 * (0.5 + 0.5 * (1 / 2 + 2 / 3) / 2))
    assert auprc([np.array([1.0])], ["+"]) is None


def test_r_precision_is_the_share_of_marked_words_among_as_many_highest_ones():
    assert r_precision([np.array([3.0, 1.0, 2.0, 0.0])], ["+..+"]) == 50
    assert r_precision([np.array([3.0, 1.0, 2.0, 0.0])], ["+.+."]) == 100
    assert r_precision([np.array([3.0])], ["+"]) is None


def test_all_figures_are_of_the_sentences_with_marks():
    scores = [np.array([2.0, 1.0]), np.array([9.0, 8.0])]
    figures = plausibility(scores, ["+.", ".."])
    assert figures == dict.fromkeys(
        ("token_f1", "iou_f1", "iou_f1_macro", "auprc", "average_precision", "r_precision"), 100
    )
    assert plausibility(scores, ["..", ".."]) == {}


def test_a_sentence_that_is_marked_as_a_whole_has_no_ranking():
    assert plausibility([np.array([2.0, 1.0])], ["++"]) == {"token_f1": 100, "iou_f1": 100, "iou_f1_macro": 100}
