"""What is read of a trained model; the expected numbers are computed another way."""

import numpy as np
import pytest
import torch

from learner.acquisition.of_model import ModelFeatures
from learner.acquisition.word_rows import together
from learner.config import TrainingConfig
from learner.data.example import Example
from learner.prediction import predict
from learner.training.run import train

WORDS = [("the", "ship", "sank"), ("a", "boat", "slept"), ("Her", "old", "barge", "sank"), ("it", "slept")] * 6
ROWS = np.array([5, 0, 2, 7])


def examples(labels=2):
    marks = {0: "..+", 2: "...+"}
    return [
        Example(words, label=(place % 2 == 0) + (labels - 2) * (place % 4 == 3), marks=marks.get(place % 4))
        for place, words in enumerate(WORDS)
    ]


@pytest.fixture(scope="module", params=["cnn", "evidence"])
def trained(request):
    config = TrainingConfig(max_steps=60, dimension=12, model=request.param)
    return train(examples(), [], labels=["none", "event"], config=config)


def features(trained, *, answered=None, seed=0):
    return ModelFeatures(
        trained,
        texts=lambda rows: [(WORDS[row], None) for row in rows],
        scores=lambda rows: together([np.ones(len(WORDS[row]), np.float32) for row in rows]),
        answered=examples() if answered is None else answered,
        seed=seed,
    )


def test_vectors_are_the_means_of_the_words_of_each_row(trained):
    table = trained.model.words.embedding.weight.detach()
    ids = trained.encoder.encode([WORDS[row] for row in ROWS], [None] * 4)[0]
    parts = torch.split(table[ids.ids], ids.offsets.diff().tolist())
    means = torch.stack([part.mean(dim=0) for part in parts]).numpy()
    assert features(trained).vectors(ROWS) == pytest.approx(means, abs=1e-6)
    assert features(trained).answered_vectors().shape == (24, 12)
    assert features(trained, answered=[]).answered_vectors().shape == (0, 12)


def test_readings_with_dropout_differ_and_are_seeded_and_leave_the_model_and_torch_as_they_were(trained):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    read = features(trained).passes(ROWS)
    assert torch.rand(1) == expected
    assert not trained.model.training
    assert read.shape == (10, 4, 2)
    assert read.sum(axis=2) == pytest.approx(1, abs=1e-5)
    assert read.std(axis=0).max() > 0.001
    assert np.array_equal(read, features(trained).passes(ROWS))
    assert not np.array_equal(read, features(trained, seed=1).passes(ROWS))


@pytest.mark.parametrize("labels", [2, 3])
def test_gradient_lengths_are_those_of_the_losses_by_finite_differences(labels):
    config = TrainingConfig(max_steps=30, dimension=5, model="evidence")
    trained = train(examples(labels), [], labels=["none", "event", "other"][:labels], config=config)
    trained.model.double()
    of_features = features(trained)
    ((_, batch),) = of_features._batches(np.array([2]))
    words = trained.model.words(batch.text).detach()

    def losses(at):
        return -trained.model(batch, words=at).logits.log_softmax(dim=1)[0].detach()

    probabilities, step = torch.exp(-losses(words)), 1e-6
    slopes = torch.zeros(labels, *words.shape[1:], dtype=torch.float64)
    for word in range(words.shape[1]):
        for dimension in range(words.shape[2]):
            moved = words.clone()
            moved[0, word, dimension] += step
            slopes[:, word, dimension] = (losses(moved) - losses(words)) / step
    lengths = (probabilities[:, None] * slopes.norm(dim=2)).sum(dim=0)
    assert of_features.gradient_lengths(np.array([2]))[0] == pytest.approx(float(lengths.max()), rel=1e-3)


def test_the_expected_marks_are_on_the_words_that_people_mark(trained):
    expected = features(trained).expected_marks(ROWS)
    assert expected.lengths.tolist() == [len(WORDS[row]) for row in ROWS]
    assert expected.row(1).argmax() == 2, "the ship SANK"
    assert expected.row(2).argmax() == 3, "Her old barge SANK"
    assert expected.values.max() > 0.5 > np.median(expected.values)


def test_without_marks_none_are_expected_and_no_word_is_marked(trained):
    unmarked = [Example(words, label=place % 2) for place, words in enumerate(WORDS)]
    of_features = features(trained, answered=unmarked)
    assert of_features.expected_marks(ROWS) is None
    assert set().union(*of_features.marked_words().values()) == set()


def test_marked_words_are_case_folded_by_label(trained):
    answered = [Example(("The", "Ship", "SANK"), 1, marks="-.+"), Example(("No",), 0, marks="+")]
    assert features(trained, answered=answered).marked_words() == {1: {"sank"}, 0: {"no"}}


def test_a_model_reads_as_in_its_predictions(trained):
    """The readings without dropout are the pool's probabilities: it reads the rows that were asked for."""
    predicted = [each.probabilities for each in predict(trained, [WORDS[row] for row in ROWS])]
    mean = features(trained).passes(ROWS).mean(axis=0)
    assert (mean.argmax(axis=1) == np.array(predicted).argmax(axis=1)).all()
