import torch

from learner.data.batches import Text
from learner.data.vocabulary import PADDING, UNKNOWN
from learner.models.words import FrozenVectors

VECTORS = torch.tensor([[1.0, 0.0, 5.0], [3.0, 0.0, 5.0], [1.0, 4.0, 5.0], [3.0, 4.0, 5.0]])
"""Four words whose third dimension is dead."""


def text_of(*rows):
    """Return rows of words, given as vectors; None is a pad."""
    dimension = next(len(word) for row in rows for word in row if word is not None)
    vectors = torch.tensor([[word or [0.0] * dimension for word in row] for row in rows])
    ids = torch.tensor([[PADDING if word is None else UNKNOWN for word in row] for row in rows])
    return Text(ids, ids != PADDING, vectors.half())


def test_every_dimension_gets_mean_0_and_spread_1_and_a_dead_one_stays_finite():
    words = FrozenVectors.fit(VECTORS)
    standard = words.vectors(text_of(VECTORS.tolist()))[0]
    torch.testing.assert_close(standard.mean(dim=0), torch.zeros(3))
    torch.testing.assert_close(standard.std(dim=0, correction=0), torch.tensor([1.0, 1.0, 0.0]))


def test_pads_and_removed_words_are_zeros():
    words = FrozenVectors.fit(VECTORS)
    given = words.vectors(text_of([[1.0, 0.0, 5.0], None], [[3.0, 0.0, 5.0], [3.0, 4.0, 5.0]]))
    assert not given[0, 1].any()
    assert given[1].any(dim=1).all()


def test_the_principal_components_keep_what_varies_most():
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(500, 2, generator=generator) * torch.tensor([5.0, 3.0])
    vectors = hidden @ torch.randn(2, 6, generator=generator) + 0.01 * torch.randn(500, 6, generator=generator)
    words = FrozenVectors.fit(vectors, most=2)
    assert words.dimension == 2
    projected = words.vectors(text_of(vectors.tolist()))[0]
    back = torch.linalg.lstsq(projected, vectors - vectors.mean(dim=0))
    left = (projected @ back.solution - (vectors - vectors.mean(dim=0))).square().mean()
    assert left < 1e-3
    assert abs(projected.square().mean() - 1) < 1e-3


def test_every_place_has_a_vector_of_its_own_between_the_pads():
    words = FrozenVectors.fit(VECTORS)
    text = text_of([[1.0, 0.0, 5.0], None], [[3.0, 0.0, 5.0], [3.0, 4.0, 5.0]])
    vectors, places = words.distinct(text, 2)
    assert places.shape == (2, 6)
    torch.testing.assert_close(vectors[places][:, 2:-2], words.vectors(text))
    assert not vectors[places][:, [0, 1, -2, -1]].any()


def test_parts_restore_it():
    for words in (FrozenVectors.fit(VECTORS), FrozenVectors.fit(VECTORS, most=1)):
        restored = FrozenVectors.restore(words.state_dict())
        text = text_of(VECTORS.tolist())
        assert torch.equal(words.vectors(text), restored.vectors(text))
        assert words.dimension == restored.dimension


def test_a_layer_through_the_words_is_the_layer_of_their_vectors_also_where_a_word_was_removed():
    varied = VECTORS[:, :2]
    given = text_of([[1.0, 0.0], [3.0, 4.0]])
    removed = given._replace(ids=torch.tensor([[UNKNOWN, PADDING]]), real=torch.ones(1, 2, dtype=torch.bool))
    for words in (FrozenVectors.fit(varied), FrozenVectors.fit(varied, most=1)):
        layer = torch.nn.Linear(words.dimension, 4)
        for text in (given, removed):
            torch.testing.assert_close(words.through(layer, text), layer(words.vectors(text)))
