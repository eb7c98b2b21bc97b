from collections import Counter

import numpy as np
import pytest

from learner.judging.surprising import assign_folds, look_again


@pytest.fixture
def texts():
    """103 texts, some of them answered three times."""
    return np.random.default_rng(3).permutation(np.r_[np.arange(103), np.arange(20), np.arange(20)]) + 1000


def test_all_answers_to_a_text_are_in_one_fold(texts):
    fold = assign_folds(texts, np.zeros(len(texts), dtype=int), seed=0)
    assert len(set(zip(texts, fold, strict=True))) == 103
    assert sorted(Counter(dict(zip(texts, fold, strict=True)).values()).values()) == [20, 20, 21, 21, 21]


def test_each_fold_has_its_part_of_a_rare_label():
    labels = (np.arange(200) < 10).astype(int)
    fold = assign_folds(np.arange(200), labels, seed=0)
    assert np.bincount(fold[labels == 1]).tolist() == [2] * 5


def test_folds_are_drawn_by_the_seed(texts):
    labels = np.zeros(len(texts), dtype=int)
    one, same, other = (assign_folds(texts, labels, seed=seed) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_the_least_probable_answer_comes_first():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.9, 0.1]])
    found = look_again(np.array([0, 0, 1, 1]), probabilities)
    assert [each.row for each in found] == [3, 1, 2, 0]
    first = found[0]
    assert (first.given, first.self_confidence, first.likeliest, first.probability) == (1, 0.1, 0, 0.9)
    assert [each.row for each in look_again(np.array([0, 0, 1, 1]), probabilities, limit=2)] == [3, 1]


def test_equal_answers_keep_their_order():
    assert [each.row for each in look_again(np.zeros(5, dtype=int), np.full((5, 2), 0.5))] == list(range(5))


def test_planted_errors_come_first():
    draw = np.random.default_rng(4)
    truth = draw.integers(3, size=300)
    probabilities = 0.1 * draw.random((300, 3)) + 0.8 * np.eye(3)[truth]
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    given = truth.copy()
    given[:12] = (given[:12] + 1) % 3
    assert {each.row for each in look_again(given, probabilities, limit=12)} == set(range(12))
