"""Read a model from the contents of a checkpoint's files, after checks that they fit together.

The sums in MANIFEST show that the files have not changed since they were written, but not that they are
a model. No file is unpickled, and no object larger than the files is made: the shapes that the settings
ask for are compared with those of the weights before any weight is used.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from learner.config import TrainingConfig
from learner.data.encoding import Encoder
from learner.data.vectors import VectorReport
from learner.data.vocabulary import Vocabulary
from learner.device import choose_device
from learner.encoders.bert import Bert
from learner.encoders.frozen import FrozenEncoder, open_encoder
from learner.encoders.piece_encoder import PieceEncoder, open_pieces
from learner.errors import CheckpointError, ConfigError
from learner.models.choosing import load_model
from learner.models.protocol import Model
from learner.models.trained_encoder import TrainedEncoder
from learner.models.words import FrozenVectors, Words, WordTable
from learner.training.trained import TrainedModel, TrainingResult
from learner.wording import counted

FORMAT = 2
_WORDS = "words."
_NAMES_OF_FORMAT_1 = {name: _WORDS + name for name in WordTable.parts}


@dataclass(frozen=True)
class _Plan:
    """What config.json and vocabulary.json ask for."""

    kind: type[Model]
    vocabulary: Vocabulary
    encoder: Mapping[str, Any] | None
    labels: tuple[str, ...]
    max_words: int
    settings: Mapping[str, Any]
    config: TrainingConfig
    vectors: VectorReport
    result: TrainingResult

    @property
    def kind_of_words(self) -> type[WordTable | FrozenVectors | TrainedEncoder]:
        """Return what turns words into vectors."""
        if self.kind.trains_encoder:
            return TrainedEncoder
        return WordTable if self.encoder is None else FrozenVectors

    def make(self, words: Words) -> Model:
        """Return the planned model, on the device of its words."""
        return self.kind(words, classes=len(self.labels), max_words=self.max_words, **self.settings)


def read_model(contents: Mapping[str, bytes], *, device: str = "cpu", vectors_in: Path | None = None) -> TrainedModel:
    """Return the model in these files, in eval mode; raise CheckpointError with what does not fit."""
    plan = _read_plan(_object("config.json", contents), _object("vocabulary.json", contents))
    tensors = _read_tensors(contents["weights.safetensors"], plan.kind_of_words)
    encoder = plan.vocabulary if plan.encoder is None else _open(plan, vectors_in, device)
    _check_shapes(plan, tensors, encoder)
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"the weights {name} hold numbers that are not finite")
    model = plan.make(_restore_words(plan, tensors, encoder))
    model.load_state_dict(tensors)
    return TrainedModel(
        model=model.to(choose_device(device)).eval(),
        encoder=encoder,
        labels=plan.labels,
        config=plan.config,
        vectors=plan.vectors,
        result=plan.result,
    )


def _object(name: str, contents: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        value = json.loads(contents[name], object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{name} is not a JSON object that has each name once") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{name} is not a JSON object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def _read_plan(config: Mapping[str, Any], words: Mapping[str, Any]) -> _Plan:
    found = config.get("format")
    if type(found) is not int or found > FORMAT:
        raise CheckpointError(f"it has format {found}, this version reads up to {FORMAT}: update Whylight")
    try:
        kind = load_model(config["model"])
        plan = _Plan(
            kind=kind,
            vocabulary=Vocabulary(tuple(words["trained"]), tuple(words["frozen"])),
            encoder=None if config.get("encoder") is None else dict(config["encoder"]),
            labels=tuple(config["labels"]),
            max_words=config["max_words"],
            settings=_settings(kind, config),
            config=TrainingConfig.from_dict(config["training"]),
            vectors=VectorReport(**config["vectors"]),
            result=TrainingResult(**config["result"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"config.json or vocabulary.json has an impossible value: {error}") from error
    _check_plan(plan)
    return plan


def _check_plan(plan: _Plan) -> None:
    words = (*plan.vocabulary.trained, *plan.vocabulary.frozen)
    if not all(isinstance(text, str) for text in (*words, *plan.labels)):
        raise CheckpointError("its words and labels are not all text")
    if len(set(words)) < len(words):
        raise CheckpointError("a word of vocabulary.json occurs twice")
    if len(plan.labels) < 2:
        raise CheckpointError(f"it has {counted(len(plan.labels), 'label')}, expected at least 2")
    if plan.encoder is not None and type(plan.encoder.get("dimension")) is not int:
        raise CheckpointError("config.json does not say how large its encoder's vectors are")
    if plan.kind.trains_encoder and plan.encoder is None:
        raise CheckpointError("config.json does not name the encoder that its model trains")
    if type(plan.max_words) is not int or plan.max_words < 1 or not _are_possible(plan.settings):
        raise CheckpointError("config.json has no number of words, or does not say how the model is made")


def _settings(kind: type[Model], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that the model is made with; checkpoints older than a setting lack it."""
    return {name: config[name] for name in kind.made_with if name in config}


def _are_possible(settings: Mapping[str, Any]) -> bool:
    try:
        TrainingConfig.from_dict(settings)
    except ConfigError:
        return False
    return True


def _restore_words(plan: _Plan, tensors: Mapping[str, Tensor], encoder: Encoder) -> Words:
    if isinstance(encoder, PieceEncoder):
        return TrainedEncoder(encoder.load())  # what was trained is loaded with the rest of the model
    kind = FrozenVectors if isinstance(encoder, FrozenEncoder) else WordTable
    return kind.restore(_words_of(plan, tensors))


def _read_tensors(weights: bytes, kind_of_words: type[Words]) -> dict[str, Tensor]:
    try:
        tensors = safetensors.torch.load(weights)
    except (safetensors.SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError("weights.safetensors holds no weights that can be read") from error
    tensors = {_NAMES_OF_FORMAT_1.get(name, name): tensor for name, tensor in tensors.items()}
    for part, dimensions in kind_of_words.parts.items():
        tensor = tensors.get(_WORDS + part)
        if tensor is None or tensor.dim() != dimensions or (dimensions == 2 and 0 in tensor.shape[1:] and len(tensor)):
            raise CheckpointError(f"weights.safetensors has no table of numbers called {_WORDS}{part}")
    return tensors


def _words_of(plan: _Plan, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {part: tensors[_WORDS + part] for part in plan.kind_of_words.parts}


def _check_shapes(plan: _Plan, tensors: Mapping[str, Tensor], encoder: Encoder) -> None:
    """Raise CheckpointError unless the shapes are those of the planned model, made on a device without numbers."""
    try:
        with torch.device("meta"):
            wanted = plan.make(_planned_words(plan, _words_of(plan, tensors), encoder)).state_dict()
    except (TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError("no model has the sizes that config.json asks for") from error
    for name in sorted(wanted.keys() | tensors.keys()):
        expected, found = (_shape(by_name.get(name)) for by_name in (wanted, tensors))
        if expected != found:
            raise CheckpointError(
                f"the weights {name} are {found}, and config.json and vocabulary.json ask for {expected}"
            )


def _planned_words(plan: _Plan, parts: Mapping[str, Tensor], encoder: Encoder) -> Words:
    """Return words of the planned sizes, without numbers."""
    if isinstance(encoder, PieceEncoder):
        return TrainedEncoder(Bert(encoder.shape, encoder.layer))
    if plan.encoder is None:
        trained, frozen = plan.vocabulary.trained_rows, len(plan.vocabulary.frozen)
        return WordTable(torch.empty(trained + frozen, parts["embedding.weight"].shape[1]), trained_rows=trained)
    dimension = plan.encoder["dimension"]
    projection = parts["projection"]
    rows = dimension if projection.numel() else 0
    return FrozenVectors(torch.empty(dimension), torch.empty(dimension), torch.empty(rows, projection.shape[1]))


def _open(plan: _Plan, vectors_in: Path | None, device: str) -> Encoder:
    """Return the encoder that the model was trained on; raise CheckpointError if it is not here, or is another."""
    wanted = plan.encoder or {}
    name, layer = plan.config.encoder, wanted.get("layer", plan.config.encoder_layer)
    encoder: PieceEncoder | FrozenEncoder
    if plan.kind.trains_encoder:
        encoder = open_pieces(name, layer=layer)
    else:
        encoder = open_encoder(name, layer=layer, vectors_in=vectors_in, device=device)
    if encoder.digest != wanted.get("digest") or encoder.layer != wanted.get("layer"):
        raise CheckpointError(
            f"it was trained on another encoder {plan.config.encoder!r} than the one that is here: "
            f"expected the files with SHA-256 {str(wanted.get('digest'))[:12]}…, found {encoder.digest[:12]}…"
        )
    return encoder


def _shape(tensor: Tensor | None) -> str:
    return "missing" if tensor is None else " × ".join(map(str, tensor.shape)) + f" {tensor.dtype}"
