"""For each acquisition, a pool in which one row must win, for a reason that a person can check."""

import numpy as np
import pytest

from learner.acquisition.choosing import choose_queue
from learner.acquisition.mixing import load_mix, share_of_rank


def first_of(pool, name, *, size=1):
    queue = choose_queue(pool, size=size, random_share=0.0, acquisition=name, rng=np.random.default_rng(0))
    return [entry.row for entry in queue]


def scores_of(pool, name):
    return load_mix(name).score(pool, 5, np.random.default_rng(0)).scores.tolist()


THREE = np.array([[0.50, 0.49, 0.01], [0.40, 0.34, 0.26], [0.39, 0.30, 0.31], [0.9, 0.05, 0.05], [0.0, 1.0, 0.0]])


def test_margin_is_one_less_the_distance_of_the_two_likeliest(make_pool):
    assert scores_of(make_pool(probabilities=THREE), "margin") == pytest.approx([0.99, 0.94, 0.92, 0.15, 0.0])
    assert first_of(make_pool(probabilities=THREE), "uncertainty") == [0], "its old name"


def test_entropy_prefers_the_most_even_row(make_pool):
    assert first_of(make_pool(probabilities=THREE), "entropy") == [2]


def test_least_confident_prefers_the_lowest_highest_probability(make_pool):
    assert scores_of(make_pool(probabilities=THREE), "least-confident") == pytest.approx([0.5, 0.6, 0.61, 0.1, 0.0])


def test_two_labels_have_one_order(make_pool):
    pool = make_pool(30)
    assert (
        first_of(pool, "margin", size=9)
        == first_of(pool, "entropy", size=9)
        == first_of(pool, "least-confident", size=9)
    )


def test_a_lottery_draws_the_surest_row_seldom(make_pool):
    """Weights 1 and 0.1: the first of two is drawn first 10 times out of 11."""
    pool = make_pool(probabilities=np.array([[0.5, 0.5], [0.95, 0.05]]))
    first = [
        choose_queue(pool, size=1, random_share=0, acquisition="margin-gumbel", rng=np.random.default_rng(seed))[0].row
        for seed in range(300)
    ]
    assert np.mean(first) == pytest.approx(1 / 11, abs=0.05)


def test_bald_prefers_readings_that_contradict_each_other_to_those_that_are_all_unsure(make_pool):
    unsure, contradicting, sure = [[0.5, 0.5]] * 2, [[0.99, 0.01], [0.01, 0.99]], [[0.99, 0.01]] * 2
    passes = np.stack([unsure, contradicting, sure], axis=1)
    pool = make_pool(3, of_passes=passes)
    assert first_of(pool, "bald") == [1]
    assert scores_of(pool, "bald")[0] == pytest.approx(0)


def test_badge_takes_one_row_of_each_kind_however_many_there_are_of_it(make_pool):
    """The gradients of the unsure rows point two ways, and those of all the sure rows are zero."""
    probabilities = np.array([[0.5, 0.5]] * 20 + [[1.0, 0.0]] * 20)
    vectors = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    vectors[:10] = [5, 0]
    vectors[10:20] = [0, 5]
    chosen = first_of(make_pool(probabilities=probabilities, of_vectors=vectors), "badge", size=3)
    assert sorted(min(row // 10, 2) for row in chosen) == [0, 1, 2]


def test_core_set_takes_what_is_farthest_from_the_answered_sentences(make_pool):
    vectors = np.array([[0, 0], [1, 0], [5, 0], [5.1, 0], [0, 3]], np.float32)
    pool = make_pool(5, of_vectors=vectors, answered=np.array([[0, 0]], np.float32))
    assert first_of(pool, "core-set", size=3) == [3, 4, 1]


@pytest.fixture
def three_groups(make_pool):
    """Three clouds of 30, 20 and 10 rows, and one row far away."""
    rng = np.random.default_rng(1)
    clouds = [np.array(middle) + rng.normal(size=(n, 2)) for middle, n in (((0, 0), 30), ((20, 0), 20), ((0, 20), 10))]
    vectors = np.concatenate([*clouds, [[90, 90]]]).astype(np.float32)

    def make(**given):
        return make_pool(61, of_vectors=vectors, **given)

    return make


def test_typical_takes_the_middles_of_the_largest_groups_first_and_no_odd_one(three_groups):
    groups = [np.searchsorted([30, 50, 60], row, side="right") for row in first_of(three_groups(), "typical", size=4)]
    assert groups[:3] == [0, 1, 2]
    assert 3 not in groups


def test_typical_says_how_many_sentences_are_like_it_and_how_many_of_them_are_answered(three_groups):
    answered = np.array([[0.1, 0.1]], np.float32)
    scored = load_mix("typical").score(three_groups(answered=answered), 3, np.random.default_rng(0))
    picks = np.argsort(-scored.scores)[:3].tolist()
    lines = {scored.why(row) for row in picks}
    assert "It is typical of a group of 20 similar sentences; none has been answered." in lines
    assert "It is typical of a group of 30 similar sentences; 1 has been answered." in lines


def test_typical_makes_no_groups_of_one_where_there_are_many_places(make_pool):
    scored = load_mix("typical").score(make_pool(60), 60, np.random.default_rng(0))
    alone = sum(scored.why(row) == "No open sentence is like it." for row in range(60))
    assert alone < 6


def test_typical_passes_over_a_group_that_has_been_answered(three_groups):
    answered = np.array([[0.1, 0.1]], np.float32)
    first, second = first_of(three_groups(answered=answered), "typical", size=3)[:2]
    assert (30 <= first < 50, 50 <= second < 60) == (True, True)


def test_gradient_length_takes_the_longest(make_pool):
    assert first_of(make_pool(4, lengths=np.array([0.1, 0.3, 0.2, 0.0])), "gradient-length") == [1]


def test_diffuse_is_the_share_of_an_even_spread_whatever_the_sign_and_the_length(make_pool):
    saliency = [np.array(row, np.float32) for row in ([1, -1, 1, -1], [4, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [3])]
    tokens = [("a",) * len(row) for row in saliency]
    pool = make_pool(5, tokens=tokens, of_saliency=saliency)
    assert scores_of(pool, "diffuse") == pytest.approx([1, 0, 0.5, 0, 0])


def test_lexicon_conflict_finds_the_sure_prediction_for_words_that_no_one_marked(make_pool):
    """The last row is as sure for a word that was never marked, but for a label for which no one marks words."""
    probabilities = np.array([[0.1, 0.9], [0.1, 0.9], [0.45, 0.55], [0.9, 0.1]])
    tokens = [("The", "Sank"), ("Dockside", "sank"), ("Dockside", "sank"), ("Dockside", "slept")]
    saliency = [np.array(row, np.float32) for row in ([0, 2], [3, 1], [3, 1], [1, 1])]
    pool = make_pool(probabilities=probabilities, tokens=tokens, of_saliency=saliency, marked={1: frozenset({"sank"})})
    assert scores_of(pool, "lexicon-conflict") == pytest.approx([0, 0.8 * 0.75, 0.1 * 0.75, 0])
    why = load_mix("lexicon-conflict").score(pool, 1, np.random.default_rng(0)).why
    assert why(0) == "The model gives label B 0.90, and looks only at words that have been marked for it."
    assert why(1).endswith("0.90, with 75% of its saliency on “Dockside”, which no one has marked for it.")
    assert why(3) == "No one has marked words for the label that the model gives it."


def test_disagreement_is_how_far_the_saliency_is_from_the_expected_marks(make_pool):
    """The third row looks elsewhere too, but no word of it is expected to be marked."""
    tokens = [("a", "b")] * 4
    saliency = [np.array(row, np.float32) for row in ([1, 0], [1, 0], [1, 0], [-1, 1])]
    expected = [np.array(row, np.float32) for row in ([1, 0], [0, 1], [0, 0.02], [0.5, 0.5])]
    pool = make_pool(4, tokens=tokens, of_saliency=saliency, expected=expected)
    assert scores_of(pool, "disagreement") == pytest.approx([0, 1, 0.02, 0.5])


def test_a_mix_counts_each_part_by_rank(make_pool):
    pool = make_pool(probabilities=np.array([[0.5, 0.5], [0.6, 0.4], [0.9, 0.1]]), lengths=np.array([1.0, 5.0, 1000.0]))
    assert scores_of(pool, "3*margin+gradient-length") == pytest.approx([0.75, 0.5, 0.25])
    assert scores_of(pool, "margin+3*gradient-length") == pytest.approx([0.25, 0.5, 0.75])
    assert share_of_rank(np.array([2.0, 7.0, 7.0])).tolist() == [0, 0.75, 0.75]
