import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner import registry
from learner.acquisition import choose_queue, uncertainty

NAMES = registry.names("acquisition")


def random_probabilities(sentences, classes, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(classes), size=sentences)


@pytest.mark.parametrize("name", NAMES)
@given(sentences=st.integers(0, 20), classes=st.integers(2, 4), seed=st.integers(0, 5))
def test_every_acquisition_scores_every_sentence_as_seeded(name, sentences, classes, seed):
    probabilities = random_probabilities(sentences, classes, seed)
    scores = [registry.load("acquisition", name)(probabilities, np.random.default_rng(seed)) for _ in range(2)]
    assert scores[0].shape == (sentences,)
    assert np.isfinite(scores[0]).all()
    assert np.array_equal(*scores)


def test_uncertainty_is_one_less_the_margin():
    scores = uncertainty(np.array([[0.5, 0.5, 0.0], [0.1, 0.7, 0.2], [0.0, 1.0, 0.0]]), np.random.default_rng(0))
    assert scores.tolist() == pytest.approx([1.0, 0.5, 0.0])


@pytest.mark.parametrize("name", NAMES)
@given(
    sentences=st.integers(0, 40), size=st.integers(0, 50), share=st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    seed=st.integers(0, 5),
)  # fmt: skip
def test_a_queue_takes_no_sentence_twice_and_as_many_as_there_are(name, sentences, size, share, seed):
    queue = choose_queue(
        random_probabilities(sentences, 2), size=size, random_share=share, acquisition=name,
        rng=np.random.default_rng(seed),
    )  # fmt: skip
    assert len(queue) == min(size, sentences) == len({entry.row for entry in queue})
    expected = len(queue) if name == "random" else int(len(queue) * share)
    assert sum(entry.reason == "random" for entry in queue) == expected


def test_every_fifth_entry_is_random_and_the_others_come_by_score():
    probabilities = random_probabilities(100, 2)
    queue = choose_queue(probabilities, size=20, random_share=0.2, rng=np.random.default_rng(1))
    assert [place for place, entry in enumerate(queue) if entry.reason == "random"] == [4, 9, 14, 19]
    scores = [entry.score for entry in queue if entry.reason == "unsure"]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.9


def test_random_entries_come_from_the_whole_pool():
    probabilities = random_probabilities(50, 2)
    drawn = {
        entry.row
        for seed in range(200)
        for entry in choose_queue(probabilities, size=5, rng=np.random.default_rng(seed))
        if entry.reason == "random"
    }
    assert len(drawn) > 45


def test_ties_are_broken_at_random():
    even = np.full((30, 2), 0.5)
    firsts = {
        choose_queue(even, size=1, random_share=0.0, rng=np.random.default_rng(seed))[0].row for seed in range(40)
    }
    assert len(firsts) > 10
