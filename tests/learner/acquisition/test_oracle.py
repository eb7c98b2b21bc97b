"""Where scikit-activeml has the same function as we, both agree. It is needed for nothing else."""

import numpy as np
import pytest

from learner.acquisition.mixing import load_mix
from learner.acquisition.picks import far_apart
from learner.acquisition.pool import Pool

oracle = pytest.importorskip("skactiveml.pool", reason="scikit-activeml, of the extra dev, is not installed")

DRAWN = np.random.default_rng(0).dirichlet(np.ones(4), size=200)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("margin", "margin_sampling"), ("entropy", "entropy"), ("least-confident", "least_confident")],
)
def test_scores_of_probabilities(ours, theirs):
    scores = load_mix(ours).score(Pool(DRAWN), 5, np.random.default_rng(0)).scores
    assert scores == pytest.approx(oracle.uncertainty_scores(DRAWN, method=theirs))


def test_bald(make_pool):
    passes = np.random.default_rng(1).dirichlet(np.ones(3), size=(10, 60))
    scores = load_mix("bald").score(make_pool(60, labels=3, of_passes=passes), 5, np.random.default_rng(0)).scores
    assert scores == pytest.approx(oracle.average_kl_divergence(passes), abs=1e-6)


def test_core_set_chooses_the_same_rows_in_the_same_order(make_pool):
    rng = np.random.default_rng(2)
    vectors, answered = rng.normal(size=(300, 8)), rng.normal(size=(20, 8))
    scores = load_mix("core-set").score(make_pool(300, of_vectors=vectors, answered=answered), 25, rng).scores
    every, labels = np.concatenate([vectors, answered]), np.array([np.nan] * 300 + [0.0] * 20)
    theirs, _ = oracle.k_greedy_center(every, labels, batch_size=25)
    assert np.argsort(-scores)[:25].tolist() == theirs.tolist()


def test_typical_covers_the_same_groups(make_pool):
    """Clouds far apart, which any clustering finds; which row is the most typical is the same for both."""
    rng = np.random.default_rng(3)
    vectors = np.concatenate([rng.normal(size=(40, 4)) + 50 * rng.normal(size=4) for _ in range(6)])
    scores = load_mix("typical").score(make_pool(240, of_vectors=vectors), 6, rng).scores
    theirs = oracle.TypiClust(random_state=0, k=20).query(vectors, np.full(240, np.nan), batch_size=6)
    assert set(np.argsort(-scores)[:6].tolist()) == set(theirs.tolist())


def test_far_apart_ends_where_rows_coincide():
    vectors = np.array([[0.0], [1.0], [1.0]])
    assert far_apart(lambda row: np.abs(vectors - vectors[row])[:, 0], vectors[:, 0], 3) == [1]
