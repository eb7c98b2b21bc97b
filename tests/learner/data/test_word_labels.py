import pytest

from learner.data.example import Example
from learner.data.word_labels import words_of_labels


def test_the_words_that_go_most_with_a_label_come_first():
    examples = [
        *[Example(("Ship", "the"), 1)] * 6,
        *[Example(("ship", "quay", "quay"), 0)] * 2,
        *[Example(("calm", "the"), 0)] * 5,
        *[Example(("rare", "quay"), 1)] * 4,
    ]
    found = words_of_labels(examples, labels=2, most=20)
    assert found[0] == ("calm", 0)
    assert set(found) == {("calm", 0), ("ship", 1), ("quay", 1), ("the", 0)}
    assert words_of_labels(examples, labels=2, most=1) == [("calm", 0)]


@pytest.mark.parametrize("labels", [(0, 0), (1, 1)])
def test_no_word_goes_with_the_only_label_there_is(labels):
    assert words_of_labels([Example(("ship",), label) for label in labels * 5], labels=2, most=20) == []


def test_words_of_equal_evidence_come_in_the_order_of_the_alphabet():
    examples = [Example(("b", "a"), 1), Example(("d", "c"), 0)] * 5
    assert words_of_labels(examples, labels=2, most=4) == [("a", 1), ("b", 1), ("c", 0), ("d", 0)]
