"""Checkpoints that must be refused, with correct and with wrong checksums."""

import hashlib
import json
import os
import pickle
import re
import struct

import pytest
import safetensors.torch
import torch

from learner.errors import CheckpointError
from learner.training.checkpoint import load_checkpoint, save_checkpoint

WEIGHTS = "weights.safetensors"
FILES = (WEIGHTS, "config.json", "metrics.json", "vocabulary.json")


@pytest.fixture
def checkpoint(trained, tmp_path):
    save_checkpoint(trained, tmp_path / "first", {})
    return tmp_path / "first"


class Payload:
    """What a pickle would run when it is loaded."""

    def __reduce__(self):
        return os.mkdir, ("was-run",)


def sign(checkpoint):
    """Write a MANIFEST with correct sums, as an attacker would, so that a bad file is used."""
    lines = [f"{hashlib.sha256((checkpoint / name).read_bytes()).hexdigest()}  {name}\n" for name in FILES]
    (checkpoint / "MANIFEST").write_text("".join(lines))


def refusal_of(checkpoint):
    """Return the message of the refusal, which must be one sentence."""
    with pytest.raises(CheckpointError) as error:
        load_checkpoint(checkpoint)
    message = str(error.value)
    assert re.match(r"checkpoint first cannot be used: |(first|file) is not a checkpoint: ", message)
    assert "\n" not in message
    return message


def header(shapes, *, size=0):
    """Return a file of weights whose header claims these shapes, followed by `size` bytes."""
    claims = {name: {"dtype": "F32", "shape": shape, "data_offsets": [0, end]} for name, (shape, end) in shapes.items()}
    body = json.dumps(claims).encode()
    return struct.pack("<Q", len(body)) + body + bytes(size)


WRONG_BYTES = {
    "pickle": lambda good: pickle.dumps(Payload()),
    "truncated": lambda good: good[: len(good) // 2],
    "cut-header": lambda good: good[:20],
    "empty": lambda good: b"",
    "random": lambda good: bytes(range(256)) * 40,
    "zip": lambda good: b"PK\x03\x04" + bytes(100),
    "claimed-size": lambda good: header(
        {"words.embedding.weight": ([10**9], 4 * 10**9), "words.frozen": ([1, 1], 4)}, size=1500
    ),
    "header-size": lambda good: struct.pack("<Q", 10**12) + bytes(1600),
    "overflow": lambda good: header({"words.embedding.weight": ([2**62, 2**62], 0), "words.frozen": ([0, 1], 0)}),
}


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize("change", WRONG_BYTES.values(), ids=WRONG_BYTES)
def test_files_that_are_not_weights_are_refused_and_run_no_code(checkpoint, tmp_path, monkeypatch, change, signed):
    monkeypatch.chdir(tmp_path)
    (checkpoint / WEIGHTS).write_bytes(change((checkpoint / WEIGHTS).read_bytes()))
    if signed:
        sign(checkpoint)
    assert ("no weights that can be read" if signed else "SHA-256 differs") in refusal_of(checkpoint)
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize("name", [*FILES, "MANIFEST"], ids=str)
def test_a_folder_in_place_of_a_file_is_refused(checkpoint, name):
    (checkpoint / name).unlink()
    (checkpoint / name).mkdir()
    assert f"{name} cannot be read (Is a directory)" in refusal_of(checkpoint)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(pickle.dumps(Payload()))
    assert "MANIFEST cannot be read (Not a directory)" in refusal_of(tmp_path / "file")


def test_one_bit_that_flipped_is_refused(checkpoint):
    content = bytearray((checkpoint / WEIGHTS).read_bytes())
    content[-5] ^= 4
    (checkpoint / WEIGHTS).write_bytes(content)
    assert "weights.safetensors is not what was saved: its SHA-256 differs" in refusal_of(checkpoint)


def change_weights(change):
    def apply(checkpoint):
        tensors = safetensors.torch.load_file(checkpoint / WEIGHTS)
        change(tensors)
        safetensors.torch.save_file(tensors, checkpoint / WEIGHTS)

    return apply


def change_json(name, change):
    def apply(checkpoint):
        value = json.loads((checkpoint / name).read_text())
        change(value)
        (checkpoint / name).write_text(json.dumps(value))

    return apply


def make_nan(tensors):
    tensors["conv3.bias"][0] = float("nan")


def make_infinite(tensors):
    tensors["words.embedding.weight"][2, 0] = float("inf")


MISFITS = {
    "nan": (change_weights(make_nan), "conv3.bias hold numbers that are not finite"),
    "infinite": (change_weights(make_infinite), "words.embedding.weight hold numbers that are not finite"),
    "shape": (
        change_weights(lambda tensors: tensors.update({"conv3.bias": torch.zeros(3)})),
        "conv3.bias are 3 torch.float32, and config.json and vocabulary.json ask for 8 torch.float32",
    ),
    "precision": (
        change_weights(lambda tensors: tensors.update({"conv3.bias": torch.zeros(8, dtype=torch.int64)})),
        "are 8 torch.int64",
    ),
    "missing": (change_weights(lambda tensors: tensors.pop("conv5.bias")), "conv5.bias are missing"),
    "no-table": (
        change_weights(lambda tensors: tensors.pop("words.frozen")),
        "no table of numbers called words.frozen",
    ),
    "flat-table": (
        change_weights(lambda tensors: tensors.update({"words.embedding.weight": torch.zeros(5)})),
        "no table of numbers called words.embedding.weight",
    ),
    "too-much": (change_weights(lambda tensors: tensors.update({"more": torch.zeros(2)})), "ask for missing"),
    "words": (
        change_json("vocabulary.json", lambda words: words["trained"].append("another")),
        "words.embedding.weight",
    ),
    "word-twice": (
        change_json("vocabulary.json", lambda words: words["trained"].__setitem__(0, words["trained"][1])),
        "occurs twice",
    ),
    "numbers": (change_json("vocabulary.json", lambda words: words["trained"].__setitem__(0, 7)), "not all text"),
    "labels": (change_json("config.json", lambda config: config["labels"].append("more")), "ask for 3"),
    "one-label": (change_json("config.json", lambda config: config["labels"].pop()), "it has 1 label,"),
    "model": (change_json("config.json", lambda config: config.update(model="os:system")), "no model is called"),
    "lacks": (change_json("config.json", lambda config: config.pop("training")), "'training'"),
    "setting": (
        change_json("config.json", lambda config: config["training"].update(batchsize=3)),
        "unknown settings: batchsize",
    ),
    "result": (change_json("config.json", lambda config: config["result"].update(odd=3)), "odd"),
    "max-words": (change_json("config.json", lambda config: config.update(max_words="ten")), "no number of words"),
    "hidden": (change_json("config.json", lambda config: config.update(hidden_layer=False)), "head."),
    "format": (change_json("config.json", lambda config: config.update(format="1")), "format 1, this version"),
    "huge-max-words": (
        change_json("config.json", lambda config: config.update(max_words=10**9)),
        "ask for 8 × 1000000008",
    ),
    "endless-max-words": (
        change_json("config.json", lambda config: config.update(max_words=2**70)),
        "no model has the",
    ),
}


@pytest.mark.parametrize(("change", "expected"), MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_together_is_refused_even_with_correct_sums(checkpoint, change, expected):
    change(checkpoint)
    sign(checkpoint)
    assert expected in refusal_of(checkpoint)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"[" * 100_000, b"\xff"], ids=lambda content: repr(content[:3]))
@pytest.mark.parametrize("name", ["config.json", "vocabulary.json"])
def test_files_that_are_not_settings_are_refused(checkpoint, name, content):
    (checkpoint / name).write_bytes(content)
    sign(checkpoint)
    assert f"{name} is not a JSON object" in refusal_of(checkpoint)


def test_rows_without_a_number_are_not_a_table(checkpoint):
    (checkpoint / WEIGHTS).write_bytes(header({"words.embedding.weight": ([10**9, 0], 0), "words.frozen": ([0, 1], 0)}))
    sign(checkpoint)
    assert "no table of numbers called words.embedding.weight" in refusal_of(checkpoint)
