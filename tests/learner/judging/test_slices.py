import numpy as np
import pytest

from learner.judging.paired import compare
from learner.judging.pairs import match
from learner.judging.slices import accuracy_difference, slices


def test_a_slice_has_the_accuracy_of_its_sentences_alone(draw_judged):
    before, after = draw_judged(200, seed=1), draw_judged(200, seed=2)
    pair = match(before, after)
    short = np.arange(200) < 60
    found = slices(pair, {"short": short, "long": ~short, "none": np.zeros(200, dtype=bool)})
    assert list(found) == ["short", "long", "none"]
    assert found["none"] is None
    assert found["short"].sentences == 60
    assert found["short"].after == pytest.approx(100 * after.right[:60].mean())
    assert found["long"].before == pytest.approx(100 * before.right[60:].mean())


def test_the_difference_of_a_slice_is_that_of_a_comparison_of_its_sentences(draw_judged):
    before, after = draw_judged(400, seed=1), draw_judged(400, seed=2)
    whole = compare(before, after).differences["accuracy"]
    found = accuracy_difference(before.right, after.right)
    assert (found.before, found.after, found.sentences) == (whole.before, whole.after, whole.sentences)
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (whole.interval.low, whole.interval.high), abs=0.8
    )
    assert found.detectable == pytest.approx(whole.detectable, rel=0.05)


def test_a_slice_of_few_sentences_has_no_interval(draw_judged):
    right = draw_judged(9, seed=1).right
    assert accuracy_difference(right, right).interval is None
    assert accuracy_difference(right, right).detectable is None
