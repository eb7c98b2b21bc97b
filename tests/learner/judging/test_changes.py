from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from learner.judging.changes import KINDS, categories, confusion, list_changes, rows_of_kind
from learner.judging.looking import titles
from learner.judging.pairs import match


@pytest.fixture
def pair(make_judged):
    """Seven sentences, in which the first model gains, loses, and looks at other words."""
    gold, marked = [1, 1, 1, 1, 1, 0, 1], [2, 2, 2, 2, 2, 0, 2]
    before = make_judged(
        gold,
        [0, 1, 1, 1, 0, 0, 1],
        marked=marked,
        precision=[0.5, 0.5, 0.9, 0.4, 0.2, np.nan, np.nan],
        looks=[1, 1, 1, 1, 0, 0, 1],
    )
    after = make_judged(
        gold,
        [1, 0, 1, 1, 0, 0, 1],
        marked=marked,
        precision=[0.6, 0.5, 0.6, 0.5, 0.9, np.nan, np.nan],
        looks=[1, 1, 0, 1, 1, 0, 1],
    )
    return match(before, after)


@pytest.mark.parametrize(
    ("kind", "rows"),
    list(zip(KINDS, [[0], [1], [2], [2], [4]], strict=True)),
)
def test_the_kinds_by_hand(pair, kind, rows):
    assert np.flatnonzero(rows_of_kind(pair)[kind]).tolist() == rows


def test_a_sentence_that_is_right_without_marks_has_no_wrong_words(pair):
    assert pair.after.right[5] and not pair.after.looks[5]
    assert not rows_of_kind(pair)["right for the wrong words"][5]


def test_marks_that_changed_in_between_say_nothing_about_other_words(pair):
    marked = pair.after.marked.copy()
    marked[2] = 3
    changed = replace(pair, after=replace(pair.after, marked=marked))
    assert not rows_of_kind(changed)["right for other words"].any()


def test_a_change_says_what_both_models_did(pair):
    (change,) = list_changes(pair, "right for other words")
    assert (change.id, change.gold, change.predicted_before, change.predicted_after) == (2, 1, 1, 1)
    assert (change.precision_before, change.precision_after) == pytest.approx((0.9, 0.6))
    assert (change.looks_before, change.looks_after) == (True, False)
    (gained,) = list_changes(pair, "now right")
    assert (gained.probability_before, gained.probability_after) == pytest.approx((0.2, 0.8))
    assert gained.gain == pytest.approx(0.6)


def test_what_has_no_marks_has_no_precision_and_no_look(make_judged):
    of = match(make_judged([1], [0]), make_judged([1], [1]))
    (change,) = list_changes(of, "now right")
    assert (change.precision_before, change.precision_after, change.looks_before, change.looks_after) == (None,) * 4


def test_the_largest_change_of_the_gold_labels_probability_comes_first(make_judged):
    before, after = make_judged([1] * 4, [0] * 4, ids=[4, 3, 2, 1]), make_judged([1] * 4, [0] * 4, ids=[4, 3, 2, 1])
    chances = np.array([0.25, 0.1, 0.4, 0.3], dtype=np.float32)  # from 0.2: +.05, -.1, +.2, +.1
    after = replace(after, probabilities=np.stack([1 - chances, chances], axis=1))
    found = list_changes(match(before, after), "both wrong")
    assert [each.id for each in found] == [2, 1, 3, 4]
    assert list_changes(match(before, after), "both wrong", limit=2) == found[:2]


def test_the_categories_count_the_marked_sentences(pair):
    named = dict(zip(titles(before="the old one", after="the new one"), categories(pair), strict=True))
    assert named == {
        "both right, only the new one looks": 0,
        "both right, both look": 2,
        "only the new one is right and looks": 0,
        "both wrong, both look": 0,
        "only the old one is right, and does not look": 0,
        "the new one is wrong and does not look, the old one looks": 0,
        "none of these": 4,
    }


def test_the_categories_cover_every_case_as_the_reproduction_does(draw_judged):
    from learner.judging.looking import Case, category_of

    of = match(draw_judged(300, seed=1), draw_judged(300, seed=2))
    marked = of.take(of.before.marked > 0)
    rows = zip(marked.before.right, marked.after.right, marked.before.looks, marked.after.looks, strict=True)
    by_hand = np.bincount([category_of(Case(*map(bool, row))) for row in rows], minlength=7)
    assert categories(of) == by_hand.tolist()
    assert all(by_hand)


def test_the_confusion_of_both_models_and_its_change(draw_judged, make_judged):
    before, after = draw_judged(60, seed=1, classes=3), draw_judged(60, seed=2, classes=3)
    found = confusion(match(before, after))
    assert (found.before == confusion_matrix(before.gold, before.predicted)).all()
    assert (found.change.sum(axis=1) == 0).all()
    assert (found.before + found.change == confusion_matrix(after.gold, after.predicted)).all()
    wider = confusion(match(make_judged([0, 1], [0, 0]), make_judged([0, 1], [0, 2], classes=3)))
    assert wider.before.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert wider.after.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
