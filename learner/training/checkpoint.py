"""A trained model on disk: a directory that is complete or does not exist.

    weights.safetensors   config.json   metrics.json   vocabulary.json   MANIFEST

MANIFEST has the SHA-256 of each other file, in the form that `sha256sum --check` reads.
No file is ever unpickled.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import safetensors.torch

from learner.data.aside import aside, put_in_place
from learner.data.vocabulary import Vocabulary
from learner.encoders.opened import OpenedEncoder
from learner.errors import CheckpointError, EncoderError
from learner.training.checkpoint_content import FORMAT, read_model
from learner.training.trained import TrainedModel

_MANIFEST = "MANIFEST"
_FILES = ("weights.safetensors", "config.json", "metrics.json", "vocabulary.json")


def save_checkpoint(trained: TrainedModel, directory: Path, metrics: Mapping[str, Any]) -> str:
    """Write the model and its metrics to a new directory; return the SHA-256 of its MANIFEST.

    The files are written to a directory next to it, which is renamed when they are on the disk.
    """
    check_vacant(directory)
    with aside(directory) as half:
        half.mkdir(parents=True)
        manifest = _write_files(half, _contents(trained, metrics))
        put_in_place(half, directory)
    return hashlib.sha256(manifest).hexdigest()


def load_checkpoint(directory: Path, *, device: str = "cpu", vectors_in: Path | None = None) -> TrainedModel:
    """Return the model of a checkpoint, in eval mode; a pretrained encoder keeps its vectors in `vectors_in`.

    Both are on the `device`.
    Raises CheckpointError if the files differ from its MANIFEST, or do not make a model.
    """
    sums = _read_manifest(directory)
    try:
        return read_model(_read_files(directory, sums), device=device, vectors_in=vectors_in)
    except (CheckpointError, EncoderError) as error:
        raise CheckpointError(f"checkpoint {directory.name} cannot be used: {error}") from error


def check_vacant(directory: Path) -> None:
    """Raise CheckpointError if the path already exists."""
    if directory.exists():
        raise CheckpointError(f"{directory.name} already exists: a checkpoint overwrites nothing; choose another name")


def _contents(trained: TrainedModel, metrics: Mapping[str, Any]) -> dict[str, bytes]:
    weights = {name: tensor.cpu().contiguous() for name, tensor in trained.model.state_dict().items()}
    encoder, words = trained.encoder, Vocabulary(())
    about: dict[str, Any] = {}
    if isinstance(encoder, Vocabulary):
        words = encoder
    elif isinstance(encoder, OpenedEncoder):
        about = {"encoder": encoder.identity()}
    config = {
        "format": FORMAT,
        "model": trained.model.name,
        "max_words": trained.max_words,
        **trained.model.settings,
        **about,
        "labels": trained.labels,
        "training": trained.config.to_dict(),
        "vectors": asdict(trained.vectors),
        "result": asdict(trained.result),
    }
    bodies = (safetensors.torch.save(weights), _json(config), _json(metrics), _json(asdict(words)))
    return dict(zip(_FILES, bodies, strict=True))


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _write_files(directory: Path, contents: Mapping[str, bytes]) -> bytes:
    """Write the files and their MANIFEST; return the MANIFEST."""
    sums = [f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in contents.items()]
    manifest = "".join(sums).encode()
    for name, body in {**contents, _MANIFEST: manifest}.items():
        (directory / name).write_bytes(body)
    return manifest


def _read_files(directory: Path, sums: Mapping[str, str]) -> dict[str, bytes]:
    contents = {}
    for name in _FILES:
        try:
            contents[name] = (directory / name).read_bytes()
        except OSError as error:
            raise CheckpointError(f"{name} cannot be read ({error.strerror})") from None
        if hashlib.sha256(contents[name]).hexdigest() != sums.get(name):
            raise CheckpointError(f"{name} is not what was saved: its SHA-256 differs")
    return contents


def _read_manifest(directory: Path) -> dict[str, str]:
    """Return name → SHA-256."""
    try:
        lines = (directory / _MANIFEST).read_bytes().decode("ascii", "replace").splitlines()
    except FileNotFoundError:
        raise CheckpointError(f"{directory.name} is not a checkpoint: it has no {_MANIFEST}") from None
    except OSError as error:
        raise CheckpointError(
            f"{directory.name} is not a checkpoint: {_MANIFEST} cannot be read ({error.strerror})"
        ) from None
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
