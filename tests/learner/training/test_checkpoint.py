import hashlib
import json
import subprocess
from dataclasses import replace

import pytest
import safetensors.torch
import torch

from learner.data.vocabulary import Vocabulary
from learner.errors import CheckpointError
from learner.models.cnn import EventCnn
from learner.models.words import WordTable
from learner.prediction import predict
from learner.training.checkpoint import load_checkpoint, save_checkpoint

FILES = ("weights.safetensors", "config.json", "metrics.json", "vocabulary.json")


@pytest.fixture
def checkpoint(trained, tmp_path):
    save_checkpoint(trained, tmp_path / "first", {"dev": {"f1": 70.5}})
    return tmp_path / "first"


def test_a_checkpoint_restores_the_model(trained, checkpoint):
    loaded = load_checkpoint(checkpoint)
    assert (loaded.encoder, loaded.labels, loaded.config) == (trained.encoder, trained.labels, trained.config)
    assert (loaded.vectors, loaded.result, loaded.max_words) == (trained.vectors, trained.result, trained.max_words)
    sentences = [("filler1", "exploded", "nowhere")]
    (before,), (after,) = predict(trained, sentences), predict(loaded, sentences)
    assert before.probabilities == after.probabilities
    assert not loaded.model.training


def test_the_manifest_can_be_checked_and_its_sum_is_returned(trained, checkpoint, tmp_path):
    assert json.loads((checkpoint / "metrics.json").read_text()) == {"dev": {"f1": 70.5}}
    subprocess.run(["sha256sum", "--check", "--quiet", "MANIFEST"], cwd=checkpoint, check=True)
    returned = save_checkpoint(trained, tmp_path / "second", {})
    assert returned == hashlib.sha256((tmp_path / "second" / "MANIFEST").read_bytes()).hexdigest()


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_refused(checkpoint, name):
    content = bytearray((checkpoint / name).read_bytes())
    content[len(content) // 2] ^= 1
    (checkpoint / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=f"checkpoint first cannot be used: {name} is not what was saved"):
        load_checkpoint(checkpoint)


@pytest.mark.parametrize("name", [*FILES, "MANIFEST"])
def test_a_missing_file_is_named(checkpoint, name):
    (checkpoint / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        load_checkpoint(checkpoint)


def test_a_newer_format_is_refused(checkpoint):
    config = json.loads((checkpoint / "config.json").read_text()) | {"format": 99}
    (checkpoint / "config.json").write_text(json.dumps(config))
    sums = [f"{hashlib.sha256((checkpoint / name).read_bytes()).hexdigest()}  {name}\n" for name in FILES]
    (checkpoint / "MANIFEST").write_text("".join(sums))
    with pytest.raises(CheckpointError, match="format 99, this version reads up to 2"):
        load_checkpoint(checkpoint)


def test_nothing_is_overwritten(trained, checkpoint):
    with pytest.raises(CheckpointError, match="first already exists"):
        save_checkpoint(trained, checkpoint, {})


def test_a_failed_save_leaves_nothing(trained, tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        save_checkpoint(trained, tmp_path / "first", {"f1": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_frozen_words_and_the_linear_head_come_back(trained, tmp_path):
    model = EventCnn(WordTable(torch.randn(5, 3), trained_rows=4), classes=2, max_words=4, hidden_layer=False)
    vocabulary = Vocabulary(("a", "b"), frozen=("c",))
    save_checkpoint(replace(trained, model=model.eval(), encoder=vocabulary), tmp_path / "linear", {})
    loaded = load_checkpoint(tmp_path / "linear")
    assert loaded.encoder == vocabulary
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, loaded.model.state_dict()[name])


def test_a_checkpoint_of_format_1_still_loads(checkpoint, trained, make_planted):
    """Format 1 has the same weights, with the words' tables under shorter names."""
    weights = safetensors.torch.load_file(checkpoint / "weights.safetensors")
    older = {name.removeprefix("words."): tensor for name, tensor in weights.items()}
    safetensors.torch.save_file(older, checkpoint / "weights.safetensors")
    config = json.loads((checkpoint / "config.json").read_text()) | {"format": 1}
    for setting in ("encoder", "encoder_layer"):
        del config["training"][setting]
    (checkpoint / "config.json").write_text(json.dumps(config))
    sums = [f"{hashlib.sha256((checkpoint / name).read_bytes()).hexdigest()}  {name}\n" for name in FILES]
    (checkpoint / "MANIFEST").write_text("".join(sums))
    loaded = load_checkpoint(checkpoint)
    sentences = [example.tokens for example in make_planted(4, seed=9)]
    for before, after in zip(predict(trained, sentences), predict(loaded, sentences), strict=True):
        assert before.probabilities == after.probabilities
