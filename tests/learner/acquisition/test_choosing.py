"""Promises that every acquisition and every mix keeps."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learner import registry
from learner.acquisition import choosing
from learner.acquisition.choosing import choose_queue
from learner.acquisition.mixing import load_mix
from learner.acquisition.pool import Pool
from learner.errors import ConfigError

NAMES = (*registry.names("acquisition"), "0.7*margin+0.3*typical", "badge+random+diffuse")

# Each promise is kept by all of them, so that a few examples of each are many; fewer still in `make quick`.
few = settings(max_examples=min(15, settings.default.max_examples))


def queue_of(pool, *, seed=0, **settings):
    return choose_queue(pool, rng=np.random.default_rng(seed), **({"size": 10} | settings))


@pytest.mark.parametrize("name", NAMES)
@few
@given(rows=st.integers(0, 20), labels=st.integers(1, 4), seed=st.integers(0, 5))
def test_every_acquisition_scores_every_row_as_seeded(make_pool, name, rows, labels, seed):
    scored = [
        load_mix(name).score(make_pool(rows, labels=labels, seed=seed), 5, np.random.default_rng(seed))
        for _ in range(2)
    ]
    assert scored[0].scores.shape == (rows,)
    assert np.isfinite(scored[0].scores).all()
    assert np.array_equal(scored[0].scores, scored[1].scores)


@pytest.mark.parametrize("name", NAMES)
@few
@given(
    rows=st.integers(0, 40), size=st.integers(0, 50), share=st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    seed=st.integers(0, 5), same=st.booleans(),
)  # fmt: skip
def test_a_queue_takes_no_row_twice_and_as_many_as_there_are(make_pool, name, rows, size, share, seed, same):
    """Also where all sentences are equal, in every respect."""
    pool = make_pool(rows, seed=seed)
    if same and rows:
        pool = make_pool(
            probabilities=np.full((rows, 2), 0.5), words=["the", "same"], of_vectors=np.ones((rows, 4), np.float32),
            of_passes=np.full((3, rows, 2), 0.5),
        )  # fmt: skip
    queue = queue_of(pool, size=size, random_share=share, acquisition=name, seed=seed)
    assert len(queue) == min(size, rows) == len({entry.row for entry in queue})
    expected = len(queue) if name == "random" else int(len(queue) * share + 1e-9)
    assert sum(entry.reason == "random" for entry in queue) == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_makes_the_same_queue_and_every_entry_says_why(make_pool, name):
    queue = queue_of(make_pool(60), acquisition=name)
    assert queue == queue_of(make_pool(60), acquisition=name)
    assert all(entry.why.endswith(".") for entry in queue)
    assert all(np.isfinite(list(entry.parts.values())).all() for entry in queue)
    assert all(bool(entry.parts) == (entry.reason == "unsure") for entry in queue)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_needs_an_answer_or_a_mark(make_pool, name):
    unanswered = make_pool(30, expected=None, marked={})
    assert len(queue_of(unanswered, acquisition=name)) == 10


@pytest.mark.parametrize("name", NAMES)
def test_rows_that_no_model_has_scored_are_only_drawn_at_random(make_pool, name):
    probabilities = make_pool(30).probabilities
    probabilities[10:] = np.nan
    queue = queue_of(make_pool(probabilities=probabilities), acquisition=name, size=30)
    assert {entry.row for entry in queue} == set(range(30))
    assert all(entry.row < 10 for entry in queue if entry.reason == "unsure")
    assert all(entry.probability is not None for entry in queue if entry.reason == "random")


def test_every_fifth_entry_is_random_and_the_others_come_by_score(make_pool):
    queue = queue_of(make_pool(100), size=20, random_share=0.2)
    assert [place for place, entry in enumerate(queue) if entry.reason == "random"] == [4, 9, 14, 19]
    scores = [entry.score for entry in queue if entry.reason == "unsure"]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.9


def test_random_entries_come_from_the_whole_pool_with_their_chance(make_pool):
    pool = Pool(make_pool(50).probabilities)
    drawn = [entry for seed in range(200) for entry in queue_of(pool, size=5, seed=seed) if entry.reason == "random"]
    assert len({entry.row for entry in drawn}) > 45
    assert {entry.probability for entry in drawn} == {1 / 50}


def test_ties_are_broken_at_random(make_pool):
    even = Pool(np.full((30, 2), 0.5))
    firsts = {queue_of(even, size=1, random_share=0.0, seed=seed)[0].row for seed in range(40)}
    assert len(firsts) > 10


def test_what_is_sure_to_be_chosen_has_no_chance_to_weigh_by(make_pool):
    chances = {entry.probability for entry in queue_of(make_pool(50), random_share=0.0)}
    assert chances == {None}


def test_the_chances_of_a_lottery_weigh_its_answers_back_to_the_pool(make_pool):
    """Σ value / chance over the entries is an unbiased estimate of the pool's total (Horvitz and Thompson)."""
    pool = make_pool(40, seed=3)
    values = 1 + pool.probabilities[:, 0]
    estimates = [
        sum(
            values[entry.row] / entry.probability
            for entry in queue_of(pool, size=15, random_share=0.0, acquisition="margin-gumbel", seed=seed)
        )
        for seed in range(400)
    ]
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert np.mean(estimates) == pytest.approx(values.sum(), abs=4 * error)
    assert error < 0.05 * values.sum()


def test_a_lottery_that_everyone_wins_has_the_chance_one(make_pool):
    queue = queue_of(make_pool(8), acquisition="margin-gumbel", random_share=0.0)
    assert [entry.probability for entry in queue] == [1.0] * 8


def test_only_candidates_are_read_half_of_them_unsure_and_half_random(make_pool, monkeypatch):
    monkeypatch.setattr(choosing, "MOST_CANDIDATES", 40)
    pool = make_pool(400)
    queue_of(pool, size=10, random_share=0.0, acquisition="core-set")
    asked = pool.features.asked
    unsurest = set(np.argsort(-pool.unsureness)[:20].tolist())
    assert len(asked) == 40
    assert unsurest <= asked
    others = np.array(sorted(asked - unsurest))
    assert len(others) == 20
    assert pool.unsureness[others].min() < 0.3, "sure ones too"


@pytest.fixture
def theirs(tmp_path, monkeypatch):
    """Install another package with the acquisitions `second`, `short` and `nothing`."""
    (tmp_path / "another.py").write_text(
        "import numpy as np\n"
        "def second(probabilities, rng): return probabilities[:, 1]\n"
        "def short(probabilities, rng): return np.ones(3)\n"
        "def nothing(probabilities, rng): return np.full(len(probabilities), np.nan)\n"
    )
    folder = tmp_path / "another-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: another\nVersion: 1\n")
    names = "".join(f"{name} = another:{name}\n" for name in ("second", "short", "nothing"))
    (folder / "entry_points.txt").write_text(f"[whylight.acquisition]\n{names}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "another", raising=False)


def test_a_function_of_another_package_orders_the_queue_alone_and_in_a_mix(make_pool, theirs):
    pool = make_pool(50)
    best = queue_of(pool, size=1, random_share=0.0, acquisition="second")[0]
    assert best.row == pool.probabilities[:, 1].argmax()
    assert best.why == f"Its score by second is {best.score:.3g}."
    mixed = queue_of(pool, size=1, random_share=0.0, acquisition="9*second+margin")[0]
    assert mixed.parts.keys() == {"second", "margin"}


@pytest.mark.parametrize("name", ["short", "nothing"])
def test_a_function_that_returns_other_than_one_finite_score_a_row_is_refused(make_pool, theirs, name):
    with pytest.raises(ConfigError, match=rf"'{name}'.*expected one finite score for each"):
        queue_of(make_pool(50), acquisition=name)


def test_without_a_model_what_needs_one_says_so():
    with pytest.raises(ConfigError, match="needs the saliency of the sentences"):
        queue_of(Pool(np.full((30, 2), 0.5)), acquisition="diffuse")
