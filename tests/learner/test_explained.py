import numpy as np
import pytest

from learner.explained import explained_labels

PROBABILITIES = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5], [0.4, 0.2, 0.4]])


@pytest.mark.parametrize(
    ("constant_labels", "explained"),
    [((), [0, 2, 0]), ([0], [1, 2, 2]), ((2,), [0, 1, 0]), ((0, 2), [1, 1, 1])],
)
def test_the_likeliest_label_that_words_can_speak_for_is_explained(constant_labels, explained):
    assert explained_labels(PROBABILITIES, constant_labels).tolist() == explained


def test_without_constant_labels_it_is_the_predicted_one():
    rng = np.random.default_rng(0)
    rows = rng.dirichlet(np.ones(4), size=50)
    assert (explained_labels(rows, ()) == rows.argmax(axis=1)).all()


def test_of_equals_it_is_the_first():
    assert explained_labels(np.full((1, 3), 1 / 3), [0]).tolist() == [1]
