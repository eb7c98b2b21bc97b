import sys

import pytest
import torch

from learner import prediction as module
from learner.data.batches import encode_sentences
from learner.prediction import predict, predict_many
from learner.saliency.gradients import VIEWS
from learner.saliency.gradients import batch_word_saliency as word_saliency


def test_every_sentence_gets_a_prediction_in_its_place(trained):
    sentences = [("filler1", "exploded"), ("filler2",), ("filler3",) * 7, ("exploded", "filler1")]
    predictions = list(predict(trained, iter(sentences), batch_tokens=8))
    assert [len(prediction.saliency["gradient"]) for prediction in predictions] == [2, 1, 7, 2]
    assert [prediction.label for prediction in predictions] == [1, 0, 0, 1]
    assert [prediction.explained for prediction in predictions] == [1, 0, 0, 1]
    for prediction in predictions:
        assert sum(prediction.probabilities) == pytest.approx(1)
        assert prediction.label == max(range(2), key=prediction.probabilities.__getitem__)
        assert set(prediction.saliency) == set(VIEWS)


def test_saliency_is_that_of_the_predicted_label(trained):
    tokens = ("filler1", "exploded", "filler2")
    (prediction,) = predict(trained, [tokens])
    batch = encode_sentences([tokens], trained.encoder, max_words=10).batch(torch.tensor([0]))
    for view in VIEWS:
        expected = word_saliency(trained.model, batch, torch.tensor([prediction.label]), view=view)[0]
        assert prediction.saliency[view].tolist() == pytest.approx(expected.tolist())


def test_unknown_words_and_long_sentences_are_scored(trained):
    unknown, long = predict(trained, [("nowhere", "seen"), ("exploded",) * 300])
    assert unknown.saliency["input_x_gradient"].tolist() == [0.0, 0.0]  # their vector is zero
    assert len(long.saliency["gradient"]) == 300
    assert (long.saliency["gradient"][10:] == 0).all()  # past the words that the model sees
    assert long.saliency["gradient"][:10].any()


def test_many_sentences_come_as_arrays_with_the_same_predictions(trained, make_planted, monkeypatch):
    sentences = [example.tokens[: 1 + number % 6] for number, example in enumerate(make_planted(11, seed=9))]
    sentences[3] = ("exploded",) * 13  # of which the model sees ten
    expected = list(predict(trained, sentences, batch_tokens=1))
    monkeypatch.setattr(module, "_WINDOW", 4)
    parts = list(predict_many(trained, iter(sentences), batch_tokens=16))
    assert [len(part) for part in parts] == [4, 4, 3]
    assert [part.offsets[-1] for part in parts] == [sum(map(len, sentences[at : at + 4])) for at in (0, 4, 8)]
    found = [prediction for part in parts for prediction in part]
    assert [one.label for one in found] == [label for part in parts for label in part.labels]
    for one, other in zip(found, expected, strict=True):
        assert (one.label, one.explained) == (other.label, other.explained)
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
        for view, scores in one.saliency.items():
            assert scores.tolist() == pytest.approx(other.saliency[view].tolist(), abs=1e-5)


@pytest.mark.parametrize("batch_tokens", [1, 16, 8192])
def test_the_size_of_a_batch_changes_no_prediction(trained, make_planted, batch_tokens):
    sentences = [example.tokens[: 2 + number % 6] for number, example in enumerate(make_planted(20, seed=9))]
    expected = list(predict(trained, sentences))
    for one, other in zip(predict(trained, sentences, batch_tokens=batch_tokens), expected, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
        assert one.saliency["gradient"].tolist() == pytest.approx(other.saliency["gradient"].tolist(), abs=1e-5)


@pytest.mark.parametrize("compiled", [False, True])
def test_the_vocabulary_is_projected_once_for_many_sentences_and_changes_no_prediction(
    trained, make_planted, monkeypatch, compiled
):
    if not compiled:
        monkeypatch.setitem(sys.modules, "numba", None)  # as if the extra `fast` were not installed
    sentences = [example.tokens for example in make_planted(20, seed=9)]
    expected = list(predict(trained, sentences))
    monkeypatch.setattr(module, "_WINDOW", 4)
    projected = []
    monkeypatch.setattr(type(trained.model), "tabulate", count_calls(type(trained.model).tabulate, projected))
    for one, other in zip(predict(trained, sentences), expected, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-6)
        assert one.saliency["gradient"].tolist() == pytest.approx(other.saliency["gradient"].tolist(), abs=1e-6)
    assert len(projected) == 1


def count_calls(function, calls):
    def counted(*arguments):
        calls.append(arguments)
        return function(*arguments)

    return counted


def test_a_vocabulary_too_large_for_a_table_is_projected_batch_by_batch(trained, make_planted, monkeypatch):
    monkeypatch.setattr(module, "_WINDOW", 4)
    monkeypatch.setattr(module, "_LARGEST_TABLE", 1)
    monkeypatch.delattr(type(trained.model), "tabulate")
    assert len(list(predict(trained, [example.tokens for example in make_planted(20, seed=9)]))) == 20


def test_predicting_leaves_no_gradient_behind(trained):
    list(predict(trained, [("exploded",)]))
    assert all(parameter.grad is None for parameter in trained.model.parameters())


def test_a_sentence_without_tokens_is_refused(trained):
    with pytest.raises(ValueError, match="without tokens"):
        list(predict(trained, [("a",), ()]))
