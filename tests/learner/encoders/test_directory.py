import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from learner.encoders.directory import open_directory
from learner.errors import EncoderError


def _change(path: Path, **changes: object) -> None:
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(config | changes))


def _pickled(path: Path) -> None:
    (path / "model.safetensors").rename(path / "pytorch_model.bin")


def _list_parts(path: Path, *names: str) -> None:
    (path / "model.safetensors").unlink()
    (path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": dict(enumerate(names))}))


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "no config": (lambda path: (path / "config.json").unlink(), "has no config.json"),
    "config that is no JSON": (lambda path: (path / "config.json").write_text("{"), "expected JSON"),
    "config that is a list": (lambda path: (path / "config.json").write_text("[]"), "expected an object of JSON"),
    "config of something else": (lambda path: (path / "config.json").write_text("{}"), "describes no encoder"),
    "layers that are no number": (lambda path: _change(path, num_hidden_layers="six"), "describes no encoder"),
    "encoder and decoder": (lambda path: _change(path, is_encoder_decoder=True), "with a decoder"),
    "decoder": (lambda path: _change(path, architectures=["GPT2LMHeadModel"]), "is a decoder"),
    "BERT as a decoder": (lambda path: _change(path, is_decoder=True), "is a decoder"),
    "no tokenizer": (lambda path: (path / "tokenizer.json").unlink(), "has no tokenizer.json"),
    "no weights": (lambda path: (path / "model.safetensors").unlink(), "it has no weights"),
    "pickled weights": (_pickled, "in a .bin file, which may run code"),
    "no list of parts": (lambda path: _list_parts(path), "lists no files of weights"),
    "missing part": (lambda path: _list_parts(path, "part-1.safetensors"), "has no file part-1.safetensors"),
    "part elsewhere": (lambda path: _list_parts(path, "../encoder/tokenizer.json"), "has no file tokenizer.json"),
}


@pytest.mark.parametrize(("damage", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_directory_is_refused_in_one_sentence(
    directory: Path, damage: Callable[[Path], object], said: str
) -> None:
    damage(directory)
    with pytest.raises(EncoderError, match=said) as caught:
        open_directory(directory)
    assert str(directory) in str(caught.value) and "\n" not in str(caught.value)


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r'there is no encoder ".*none": give minilm, or a directory'):
        open_directory(tmp_path / "none")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_the_digest_changes_when_any_file_does(directory: Path, name: str) -> None:
    before = open_directory(directory).digest()
    content = (directory / name).read_bytes()
    (directory / name).write_bytes(content + b" ")
    assert open_directory(directory).digest() != before
    (directory / name).write_bytes(content)
    assert open_directory(directory).digest() == before


def test_a_change_that_keeps_the_size_is_noticed(directory: Path) -> None:
    weights, opened = directory / "model.safetensors", open_directory(directory)
    before, state = opened.digest(), weights.stat()
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(weights, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert opened.digest() != before


def test_the_digest_does_not_depend_on_where_the_files_are(directory: Path, tmp_path: Path) -> None:
    before = open_directory(directory).digest()
    moved = directory.rename(tmp_path / "moved")
    assert open_directory(moved).digest() == before


def test_weights_may_be_in_several_files(directory: Path) -> None:
    weights = load_file(directory / "model.safetensors")
    save_file(weights, directory / "part-1.safetensors")
    _list_parts(directory, "part-1.safetensors", "part-1.safetensors")
    assert [file.name for file in open_directory(directory).weights] == ["part-1.safetensors"]


def test_rules_for_spaces_are_in_the_digest_of_those_that_have_a_piece_for_them(
    tmp_path: Path, write_encoder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = write_encoder(tmp_path / "words", kind="word pieces")
    spaces = write_encoder(tmp_path / "spaces", kind="unigram")
    escaped = write_encoder(tmp_path / "escaped", kind="unigram")
    file = escaped / "tokenizer.json"
    file.write_text(json.dumps(json.loads(file.read_text()), ensure_ascii=True))
    before = [open_directory(each).digest() for each in (words, spaces, escaped)]
    monkeypatch.setattr("learner.encoders.directory.READING_OF_SPACES", "3")
    after = [open_directory(each).digest() for each in (words, spaces, escaped)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, False]
