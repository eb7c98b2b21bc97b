"""The directory of an encoder in Hugging Face's form: its files, checked, and the hash of what they contain.

config.json        what kind of network it is, and its sizes
tokenizer.json     how a text becomes pieces, each with its place in the text
*.safetensors      the weights: model.safetensors, or the parts that model.safetensors.index.json lists
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from learner.errors import EncoderError

READING = "1"
"""The version of the rules by which words are read (`pieces.py`): vectors read by other rules are other vectors."""

READING_OF_SPACES = "2"
"""The version of the rules for a tokenizer that has a piece for a space: since then that piece belongs to no word."""

_WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_SPACES = (b'"\xe2\x96\x81"', b'"\\u2581"')
_WRITERS = ("CausalLM", "LMHeadModel")
"""How the names of networks end that read each word without those after it."""


@dataclass(frozen=True)
class EncoderDirectory:
    """The files of an encoder; `config` is what its config.json says."""

    path: Path
    config: Mapping[str, Any]
    weights: tuple[Path, ...]

    @property
    def tokenizer(self) -> Path:
        """Return the file that says how a text becomes pieces."""
        return self.path / "tokenizer.json"

    @property
    def layers(self) -> int:
        """Return the number of layers of the network."""
        return int(self.config.get("num_hidden_layers") or self.config["n_layers"])

    def layer(self, asked_for: int | None) -> int:
        """Return the layer after which to read: the one asked for, or else half of the layers, rounded up.

        Of minilm that is layer 3, which dev chose (docs/decisions/0015).
        """
        if asked_for is None:
            return math.ceil(self.layers / 2)
        if not 1 <= asked_for <= self.layers:
            raise EncoderError(f"layer {asked_for}: {self.path.name} has {self.layers} layers; give 1 to {self.layers}")
        return asked_for

    @property
    def dimension(self) -> int:
        """Return the number of values of a word's vector."""
        return int(self.config.get("hidden_size") or self.config["dim"])

    def digest(self) -> str:
        """Return the SHA-256 of the contents of these files, and of the version of the rules of reading."""
        reading = READING_OF_SPACES if _has_spaces(*_state(self.tokenizer)) else READING
        whole = hashlib.sha256(reading.encode())
        for file in (self.path / "config.json", self.tokenizer, *self.weights):
            whole.update(_digest_of(*_state(file)))
        return whole.hexdigest()


def open_directory(path: Path) -> EncoderDirectory:
    """Return the encoder in the directory `path`; raise EncoderError where it is not one that can be read."""
    if not path.is_dir():
        raise EncoderError(f'there is no encoder "{path}": give minilm, or a directory with config.json')
    config = _read_config(path)
    _refuse_writers(config, path)
    if not (path / "tokenizer.json").is_file():
        raise EncoderError(f"{path} has no tokenizer.json, which says where each piece is in the text: save a fast one")
    return EncoderDirectory(path, config, _find_weights(path))


def _state(file: Path) -> tuple[Path, int, int]:
    """Return the file with its size and the time of its last change: while these stay the same, its contents do."""
    state = file.stat()
    return file, state.st_size, state.st_mtime_ns


@lru_cache(maxsize=64)
def _has_spaces(file: Path, size: int, changed_ns: int) -> bool:
    """Return whether a tokenizer has a name for a space, as those of SentencePiece have, computed once."""
    content = file.read_bytes()
    return any(space in content for space in _SPACES)


@lru_cache(maxsize=64)
def _digest_of(file: Path, size: int, changed_ns: int) -> bytes:
    """Return the hash of the file's contents, computed once while its size and time stay the same."""
    with file.open("rb") as contents:
        return hashlib.file_digest(contents, "sha256").digest()


def _read_config(path: Path) -> dict[str, Any]:
    file = path / "config.json"
    if not file.is_file():
        raise EncoderError(f"{path} has no config.json: expected the directory of an encoder in Hugging Face's form")
    config = _read_json(file)
    layers = config.get("num_hidden_layers", config.get("n_layers"))
    dimension = config.get("hidden_size", config.get("dim"))
    sizes_are_possible = all(type(size) is int and size >= 1 for size in (layers, dimension))
    if not sizes_are_possible or not isinstance(config.get("model_type"), str):
        raise EncoderError(f"{file} describes no encoder: expected model_type, num_hidden_layers and hidden_size")
    return config


def _refuse_writers(config: Mapping[str, Any], path: Path) -> None:
    kind = config["model_type"]
    if config.get("is_encoder_decoder"):
        raise EncoderError(f"{path} is an encoder with a decoder ({kind}): give an encoder alone, such as BERT")
    architectures = [str(each) for each in config.get("architectures") or ()]
    if config.get("is_decoder") or any(each.endswith(_WRITERS) for each in architectures):
        raise EncoderError(f"{path} is a decoder ({kind}), which reads no word ahead: give an encoder, such as BERT")


def _find_weights(path: Path) -> tuple[Path, ...]:
    if (path / _WEIGHTS).is_file():
        return (path / _WEIGHTS,)
    if (path / _INDEX).is_file():
        return _listed_parts(path)
    found = "its weights are in a .bin file, which may run code" if any(path.glob("*.bin")) else "it has no weights"
    raise EncoderError(f"{path}: {found}; expected {_WEIGHTS}: save it with safe_serialization=True")


def _listed_parts(path: Path) -> tuple[Path, ...]:
    names = _read_json(path / _INDEX).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise EncoderError(f"{path / _INDEX} lists no files of weights: expected weight_map; download it again")
    parts = tuple(path / name for name in sorted({str(each) for each in names.values()}))
    for part in parts:
        if part.parent != path or not part.is_file():
            raise EncoderError(f"{path} has no file {part.name}, which {_INDEX} lists: download it again")
    return parts


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise EncoderError(f"{file} cannot be read ({error}): expected JSON; download it again") from error
    if not isinstance(content, dict):
        raise EncoderError(f"{file} cannot be read: expected an object of JSON; download it again")
    return content
