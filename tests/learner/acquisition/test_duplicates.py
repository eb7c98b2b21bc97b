import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.acquisition import duplicates
from learner.acquisition.choosing import choose_queue
from learner.acquisition.duplicates import near_duplicates_last

TEXTS = [
    "the ship sank in the storm off the coast of France",
    "The ship sank in the storm off the coast of FRANCE",
    "a boat slept",
    "The ship sank in the storm off the coast of Spain",
    "her barge burned down",
    "slept a boat",
]


def thinned(texts, *, size, before=()):
    words = [tuple(text.split()) for text in texts]
    ranked = near_duplicates_last(
        np.arange(len(texts)), lambda rows: [words[row] for row in rows], size=size, before=[*before]
    )
    return ranked.tolist()


def test_a_sentence_with_nearly_the_words_of_a_better_one_comes_after_all_others():
    """Of the nine different words of the first and the fourth text, eight are in both: 8 / 10 is enough."""
    assert thinned(TEXTS, size=3) == [0, 2, 4, 1, 3, 5]


def test_where_only_near_duplicates_are_left_they_fill_the_queue_in_their_order():
    assert thinned(["the same"] * 4, size=4) == [0, 1, 2, 3]


def test_a_near_duplicate_of_a_sentence_that_is_in_the_queue_anyway_is_one_too():
    assert thinned(TEXTS, size=3, before=[("A", "boat", "slept")])[:2] == [0, 4]


def test_sentences_without_the_same_words_are_never_near_duplicates():
    assert thinned(["one two three four", "one two three five", ""], size=3) == [0, 1, 2]


@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=5), max_size=30), st.integers(1, 30))
def test_no_row_is_lost_and_the_first_are_all_different(texts, size):
    words = [tuple(text) for text in texts]
    ranked = thinned([" ".join(text) for text in texts], size=size)
    assert sorted(ranked) == list(range(len(texts)))
    different = []
    for text in words:  # by definition, one by one
        if not any(len({*text} & kept) >= 0.8 * len({*text} | kept) for kept in different):
            different.append({*text})
    first = [set(words[row]) for row in ranked[: min(size, len(different))]]
    assert first == different[: len(first)]


def test_pages_of_the_ranking_know_those_before_them(monkeypatch):
    monkeypatch.setattr(duplicates, "_AT_A_TIME", 2)
    assert thinned(TEXTS, size=3) == [0, 2, 4, 1, 3, 5]


def test_only_some_of_a_long_ranking_is_looked_at():
    looked_at = []

    def words(rows):
        looked_at.extend(rows.tolist())
        return [("the", "same")] * len(rows)

    assert near_duplicates_last(np.arange(10_000), words, size=10).tolist() == list(range(10_000))
    assert len(looked_at) == 40


def test_the_queue_has_one_of_two_near_duplicates_unless_it_is_drawn(make_pool):
    tokens = [(f"w{row // 2}", "and", "more", "words", "of", "the", "same") for row in range(40)]
    pool = make_pool(40, tokens=tokens)
    queue = choose_queue(pool, size=20, random_share=0.0, rng=np.random.default_rng(0))
    assert len({entry.row // 2 for entry in queue}) == 20


@pytest.mark.parametrize("name", ["random", "margin-gumbel"])
def test_what_is_drawn_is_not_thinned_because_its_chances_would_change(make_pool, name):
    same = make_pool(30, words=["the", "same"])
    drawn = choose_queue(same, size=10, acquisition=name, rng=np.random.default_rng(0))
    others = choose_queue(make_pool(30), size=10, acquisition=name, rng=np.random.default_rng(0))
    assert [entry.row for entry in drawn] == [entry.row for entry in others]


def test_a_few_sentences_take_little_memory():
    thinned(TEXTS, size=3)  # what is imported
    tracemalloc.start()
    thinned(TEXTS, size=3)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20, "an array with a place for every word that could be would hold 64 MB"
