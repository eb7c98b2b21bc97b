import hashlib
import json
import shutil
import subprocess
from dataclasses import replace

import pytest
import safetensors.torch
import torch

from learner.config import TrainingConfig
from learner.data.vocabulary import Vocabulary
from learner.errors import CheckpointError
from learner.models.cnn import EventCnn
from learner.models.words import WordTable
from learner.prediction import predict
from learner.training.checkpoint import load_checkpoint, save_checkpoint
from learner.training.run import train

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


@pytest.fixture
def on_an_encoder(make_planted, tiny_encoder, tmp_path):
    """A checkpoint of a model on a pretrained encoder, a copy of it that may be changed, and the model."""
    copy = tmp_path / "encoder"
    shutil.copytree(tiny_encoder, copy)
    config = TrainingConfig(encoder=str(copy), model="cnn", max_steps=5)
    trained = train(make_planted(20, seed=1), labels=("quiet", "event"), config=config, device="cpu")
    save_checkpoint(trained, tmp_path / "on an encoder", {})
    return tmp_path / "on an encoder", copy, trained


def test_a_checkpoint_names_its_encoder_and_keeps_none_of_its_weights(on_an_encoder, tmp_path):
    saved, _, trained = on_an_encoder
    config = json.loads((saved / "config.json").read_text())
    assert config["encoder"] == trained.encoder.identity()
    weights = safetensors.torch.load_file(saved / "weights.safetensors")
    assert {name for name in weights if name.startswith("words.")} == {"words.mean", "words.scale", "words.projection"}
    loaded = load_checkpoint(saved, vectors_in=tmp_path / "vectors")
    sentences = [("filler1", "exploded", "nowhere")]
    for _ in range(2):  # the second time it finds the vectors where it kept them
        (before,), (after,) = predict(trained, sentences), predict(loaded, sentences)
        assert after.probabilities == before.probabilities


def test_what_is_loaded_reads_on_the_device_that_was_asked_for(on_an_encoder, make_planted):
    saved, copy, _ = on_an_encoder
    assert [load_checkpoint(saved, device=device).encoder.device for device in ("cpu", "auto")] == ["cpu", "auto"]
    config = TrainingConfig(encoder=str(copy), model="cnn", max_steps=1)
    trained = train(make_planted(20, seed=1), labels=("quiet", "event"), config=config, device="auto")
    assert trained.encoder.device == "auto"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu_a_loaded_encoder_reads_there(on_an_encoder):
    saved, _, trained = on_an_encoder
    loaded = load_checkpoint(saved, device="cuda")
    sentences = [("filler1", "exploded")]
    (before,), (after,) = predict(trained, sentences), predict(loaded, sentences)
    assert loaded.encoder.pretrained.device.type == "cuda"
    assert after.probabilities == pytest.approx(before.probabilities, abs=1e-3)


def test_another_encoder_in_its_place_is_one_sentence(on_an_encoder):
    saved, copy, _ = on_an_encoder
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ")
    with pytest.raises(CheckpointError, match=r"trained on another encoder .* expected the files with SHA-256"):
        load_checkpoint(saved)
    shutil.rmtree(copy)
    with pytest.raises(CheckpointError, match="on an encoder cannot be used: there is no encoder"):
        load_checkpoint(saved)
