"""A model of another package, which shares only the protocol: the ordinary code trains, predicts with and saves it."""

import json

import pytest
import torch

from learner.config import TrainingConfig
from learner.data.example import write_examples
from learner.errors import ConfigError
from learner.explaining import explain
from learner.judging.evaluation import evaluate
from learner.judging.word_removal import encode, probabilities
from learner.models.choosing import choose_model
from learner.prediction import predict
from learner.training.checkpoint import load_checkpoint, save_checkpoint
from learner.training.run import train

THEIRS = '''
import torch
from torch import nn

from learner.models.protocol import Model, Output


class SumOfWords(Model):
    """Each word has evidence for each label; a sentence's is the sum."""

    name = "sum"
    title = "the model of sums"
    made_with = ("hidden_layer",)
    head_level = "word"
    levels = ("word",)

    def __init__(self, words, *, classes, max_words, hidden_layer=True):
        super().__init__()
        self.max_words, self.settings = max_words, {"hidden_layer": hidden_layer}
        self.words, self.dimension = words, words.dimension
        self.hidden = nn.Sequential(nn.Linear(self.dimension, 8), nn.Tanh()) if hidden_layer else nn.Identity()
        self.evidence = nn.Linear(8 if hidden_layer else self.dimension, classes)

    def forward(self, batch, words=None):
        word = self.words(batch.text) if words is None else words
        evidence = self.evidence(self.hidden(word)) * batch.real[..., None]
        return Output(evidence.sum(dim=1), {"word": word})

    def add_to_logits(self, constants):
        with torch.no_grad():
            self.evidence.bias.add_(constants)
'''
LABELS = ("quiet", "event")
SETTINGS = {"model": "sum", "dimension": 8, "max_steps": 120, "learning_rate": 0.03, "calibration": "bias"}


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory):
    """Install a package that adds its model by an entry point."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "theirs.py").write_text(THEIRS)
    about = folder / "theirs-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[whylight.model]\nsum = theirs:SumOfWords\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield


@pytest.fixture(scope="module")
def sums(installed, make_planted):
    """Return their model, trained with our default loss: saliency of words, `-` words and the marks head."""
    config = TrainingConfig(**SETTINGS)
    return train(make_planted(60, seed=1), make_planted(30, seed=2), labels=LABELS, config=config, device="cpu")


def test_it_is_trained_and_judged(sums, make_planted):
    figures = evaluate(sums, make_planted(40, seed=3))
    assert figures["accuracy"] > 70  # by one class alone: 50
    assert figures["average_precision_input_x_gradient"] > 90
    assert "saliency_accuracy_intermediate" not in figures  # a level that it does not have


def test_it_predicts_and_explains(sums, make_planted):
    event = make_planted(2, seed=3)[1]
    (prediction,) = predict(sums, [event.tokens])
    place = event.marks.index("+")
    assert abs(prediction.saliency["input_x_gradient"]).argmax() == place
    explained = explain(sums, event.tokens, label="event", by="integrated_gradients")
    assert explained.scores.index(max(explained.scores)) == place
    assert probabilities(sums, encode(sums, [event]))[0] == pytest.approx(prediction.probabilities, abs=1e-6)


def test_many_sentences_are_predicted_without_a_table(sums, make_planted, monkeypatch):
    monkeypatch.setattr("learner.prediction._WINDOW", 4)
    assert len(list(predict(sums, [example.tokens for example in make_planted(10, seed=3)]))) == 10


def test_a_checkpoint_restores_it(sums, tmp_path):
    save_checkpoint(sums, tmp_path / "model", {})
    loaded = load_checkpoint(tmp_path / "model")
    assert (loaded.model.name, loaded.model.settings) == ("sum", {"hidden_layer": True})
    for name, tensor in sums.model.state_dict().items():
        assert torch.equal(tensor, loaded.model.state_dict()[name])


def test_it_is_not_chosen_unless_it_is_asked_for(make_planted):
    assert choose_model(make_planted(2, seed=1), TrainingConfig()).name == "cnn"


def test_the_closed_engine_is_refused_and_a_level_that_it_lacks(make_planted):
    examples = make_planted(20, seed=1)
    for settings in ({"engine": "closed"}, {"levels": ("decision",)}):
        with pytest.raises(ConfigError):
            train(examples, labels=LABELS, config=TrainingConfig(model="sum", **settings), device="cpu")


def test_the_commands_take_it(run, make_planted, tmp_path):
    data, model = tmp_path / "data.jsonl", tmp_path / "model"
    write_examples(data, make_planted(40, seed=1), LABELS)
    trained = run("train", data, "--out", model, "--model", "sum", "--steps", 20, "--device", "cpu", "--json")
    assert trained.exit_code == 0, trained.stderr
    assert json.loads((model / "config.json").read_text())["model"] == "sum"
    assert run("predict", model, data, "--out", tmp_path / "out.jsonl", "--device", "cpu").exit_code == 0
    assert run("explain", model, "--tokens", "exploded", "filler1").exit_code == 0
