import pytest

from learner.data.vocabulary import PADDING, UNKNOWN, Vocabulary, normalise, words_of


@pytest.mark.parametrize(
    ("token", "word"),
    [("The", "the"), ("``", '"'), ("''", '"'), ("-LRB-", "("), ("-RRB-", ")"), ("don't", "don't")],
)
def test_tokens_are_looked_up_lower_cased_with_escapes_undone(token, word):
    assert normalise(token) == word


def test_trained_words_come_before_frozen_ones():
    vocabulary = Vocabulary(("a", "b"), frozen=("c",))
    assert vocabulary.rows(["A", "b", "C", "d"]) == [2, 3, 4, UNKNOWN]
    assert vocabulary.trained_rows == 4
    assert PADDING not in vocabulary.rows(["a", "b", "c", "d"])


def test_words_are_distinct_and_in_order_of_first_use():
    assert words_of([["B", "a"], ["b", "``", '"']]) == ["b", "a", '"']
