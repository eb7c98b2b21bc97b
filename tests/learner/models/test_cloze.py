"""The cloze model from files to predictions: the answer depends on the sentence and on the query."""

import json
import random
from dataclasses import replace

import pytest

from learner.data.example import Example, write_examples
from learner.errors import CheckpointError, ExampleError, TrainingError
from learner.judging.evaluation import evaluate
from learner.models.cloze import ClozeCnn
from learner.prediction import predict
from learner.training.checkpoint import load_checkpoint, save_checkpoint
from learner.training.run import TrainingConfig, train

pytestmark = pytest.mark.slow

LABELS = ("no", "yes")
COLOURS = ("red", "green")
CONFIG = TrainingConfig(dimension=16, max_steps=250, learning_rate=5e-3, loss="hinge", levels=("word",))


def asked(count, *, seed):
    """Return sentences with a colour and a query about one: yes if they agree. Neither alone decides the label."""
    draw = random.Random(seed)
    examples = []
    for number in range(count):
        shown, wanted = draw.choice(COLOURS), draw.choice(COLOURS)
        tokens = [draw.choice("abcdefgh") for _ in range(5)]
        tokens[draw.randrange(5)] = shown
        marks = "".join("+" if token == shown == wanted else "." for token in tokens)
        label = int(shown == wanted)
        examples.append(Example(tuple(tokens), label, marks, query=("is", "it", wanted), id=str(number)))
    return examples


@pytest.fixture(scope="module", params=[False, True], ids=["own", "shared"])
def cloze(request):
    config = replace(CONFIG, shared_query_convolutions=request.param)
    return train(asked(200, seed=1), asked(40, seed=2), labels=LABELS, config=config, device="cpu")


def test_examples_with_queries_train_the_cloze_model_which_uses_them(cloze):
    assert isinstance(cloze.model, ClozeCnn)
    assert evaluate(cloze, asked(100, seed=3))["accuracy"] > 90  # a model of the sentence alone: 50
    sentence = ("a", "red", "b")
    red, green = predict(cloze, [sentence, sentence], queries=[("is", "it", colour) for colour in COLOURS])
    assert (red.label, green.label) == (1, 0)
    assert len(red.saliency["gradient"]) == 3  # of the sentence's words alone


def test_a_checkpoint_restores_the_cloze_model(cloze, tmp_path):
    save_checkpoint(cloze, tmp_path / "model", {})
    loaded = load_checkpoint(tmp_path / "model")
    assert isinstance(loaded.model, ClozeCnn)
    one, other = (next(predict(each, [("a", "red")], queries=[("is", "red")])) for each in (cloze, loaded))
    assert one.probabilities == other.probabilities


@pytest.mark.parametrize("d_dim", ["top-k", "off"])
def test_a_checkpoint_keeps_how_the_model_is_made(tmp_path, d_dim):
    config = replace(CONFIG, d_dim=d_dim, hidden_layer=False, max_steps=3, model="cnn")
    trained = train(asked(20, seed=1), labels=LABELS, config=config, device="cpu")
    save_checkpoint(trained, tmp_path / "model", {})
    assert load_checkpoint(tmp_path / "model").model.settings == {"hidden_layer": False, "d_dim": d_dim}


def test_a_checkpoint_of_an_impossible_model_is_refused(cloze, tmp_path):
    save_checkpoint(replace(cloze, model=_with(cloze.model, d_dim="sideways")), tmp_path / "model", {})
    with pytest.raises(CheckpointError, match="does not say how the model is made"):
        load_checkpoint(tmp_path / "model")


def _with(model, **settings):
    changed = ClozeCnn(
        model.words,
        classes=2,
        max_words=model.max_words,
        shared_query_convolutions=model.settings["shared_query_convolutions"],
    )
    changed.settings |= settings
    return changed


def test_a_set_with_queries_needs_one_in_every_example():
    examples = [*asked(20, seed=1), Example(("a", "b"), 0)]
    with pytest.raises(TrainingError, match=r"1 of 21 examples have no query, .* or train the model cnn"):
        train(examples, labels=LABELS, config=CONFIG)
    with pytest.raises(TrainingError, match="2 of 2 examples have no query"):
        train([Example(("a",), 0), Example(("b",), 1)], labels=LABELS, config=replace(CONFIG, model="cloze"))


@pytest.mark.parametrize("queries", [None, [None, ("red",)], [("red",), ()]])
def test_predicting_without_a_query_is_refused(cloze, queries):
    with pytest.raises(ExampleError, match="found a sentence without one"):
        list(predict(cloze, [("a",), ("b",)], queries=queries))
    with pytest.raises(ExampleError, match="found a sentence without one"):
        evaluate(cloze, [Example(("a",), 0)])


def test_a_longer_query_in_the_batch_changes_no_answer(cloze):
    short, long = ("red",), ("is", "it", "red", "or", "is", "it", "green")
    (alone,) = predict(cloze, [("a", "red", "b")], queries=[short])
    together, _ = predict(cloze, [("a", "red", "b"), ("a", "red", "b")], queries=[short, long])
    assert together.probabilities == pytest.approx(alone.probabilities, abs=1e-6)


def test_the_commands_read_queries(run, tmp_path):
    def figures(*arguments):
        result = run(*arguments)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout.splitlines()[-1])

    data, model = tmp_path / "data.jsonl", tmp_path / "model"
    write_examples(data, asked(200, seed=1), LABELS)
    figures("train", data, "--out", model, "--steps", 250, "--dimension", 16, "--learning-rate", 0.005, "--linear",
        "--d-dim", "top-k", "--shared-query-convolutions", "--check-engine", "--device", "cpu", "--json")  # fmt: skip
    assert load_checkpoint(model).model.name == "cloze"
    assert figures("evaluate", model, data, "--json")["accuracy"] > 80
    assert figures("predict", model, data, "--out", tmp_path / "out.jsonl", "--json")["sentences"] == 200
