import numpy as np
import pytest

from learner.acquisition.vectors import DIMENSIONS, compared, counted, encoded, project
from learner.encoders.frozen import open_encoder

TEXTS = [("The", "ship", "sank"), ("the", "SHIP", "sank"), ("a", "boat", "slept"), ("a", "boat", "slept", "well")]
PAIRS = [(words, None) for words in TEXTS]


def distances(vectors):
    return np.linalg.norm(vectors[:, None] - vectors[None], axis=2)


@pytest.mark.parametrize("words", [0, 200])
def test_counted_words_put_sentences_with_the_same_words_together(words):
    """With few different words these are the vectors; with many, 64 components of them."""
    others = [((f"w{number}", f"v{number}"), None) for number in range(words)]
    apart = distances(counted([*PAIRS, *others], seed=0)(PAIRS))
    assert apart[0, 1] == pytest.approx(0, abs=1e-5)
    assert apart[2, 3] < apart[0, 2]


def test_without_sentences_there_are_vectors_of_the_same_dimension():
    vectorise = counted(PAIRS, seed=0)
    assert vectorise([]).shape == (0, vectorise(PAIRS).shape[1])


def test_an_encoders_vectors_are_the_means_of_its_words(tiny_encoder):
    encoder = open_encoder(str(tiny_encoder))
    flat, _ = encoder.encode([TEXTS[3]], [None])
    assert encoded(encoder, seed=0)(PAIRS)[3] == pytest.approx(flat.vectors.float().mean(dim=0).numpy(), abs=1e-3)
    assert encoded(encoder, seed=0)([]).shape == (0, encoder.dimension)


def test_sentences_with_different_queries_are_compared_by_no_common_word():
    first, second, third = compared(
        [(("a", "ship"), ("who", "sank")), (("a", "ship"), ("who",)), (("a", "ship"), None)]
    )
    assert set(first).isdisjoint(second)
    assert third == ("a", "ship")


def test_projections_keep_distances_but_for_some_per_cent():
    vectors = np.random.default_rng(0).normal(size=(50, 400))
    projected = project(vectors, seed=0)
    assert projected.shape == (50, DIMENSIONS)
    ratios = distances(projected)[np.triu_indices(50, 1)] / distances(vectors)[np.triu_indices(50, 1)]
    assert ratios.std() < 0.12
    assert np.array_equal(projected, project(vectors, seed=0))
    assert np.array_equal(project(vectors[:, :64], seed=0), vectors[:, :64]), "short ones stay"
