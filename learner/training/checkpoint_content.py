"""Read a model from the contents of a checkpoint's files, after checks that they fit together.

The sums in MANIFEST show that the files have not changed since they were written, but not that they are
a model. No file is unpickled, and no object larger than the files is made: the shapes that the settings
ask for are compared with those of the weights before any weight is used.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from learner.config import TrainingConfig
from learner.data.vectors import VectorReport
from learner.data.vocabulary import Vocabulary
from learner.device import choose_device
from learner.errors import CheckpointError, ConfigError, LearnerError
from learner.models.choosing import load_model
from learner.models.protocol import Model
from learner.training.trained import TrainedModel, TrainingResult

FORMAT = 1


@dataclass(frozen=True)
class _Plan:
    """What config.json and vocabulary.json ask for."""

    kind: type[Model]
    vocabulary: Vocabulary
    labels: tuple[str, ...]
    max_words: int
    settings: Mapping[str, Any]
    config: TrainingConfig
    vectors: VectorReport
    result: TrainingResult

    def make(self, vectors: Tensor) -> Model:
        """Return the planned model, with these word vectors, on their device."""
        return self.kind(
            vectors,
            trained_rows=self.vocabulary.trained_rows,
            classes=len(self.labels),
            max_words=self.max_words,
            **self.settings,
        )


def read_model(contents: Mapping[str, bytes], *, device: str = "cpu") -> TrainedModel:
    """Return the model in these files, in eval mode; raise CheckpointError with what does not fit."""
    plan = _read_plan(_object("config.json", contents), _object("vocabulary.json", contents))
    tensors = _read_tensors(contents["weights.safetensors"], plan.kind.vector_tables)
    _check_shapes(plan, tensors)
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"the weights {name} hold numbers that are not finite")
    model = plan.make(torch.cat([tensors[name] for name in plan.kind.vector_tables]))
    model.load_state_dict(tensors)
    return TrainedModel(
        model=model.to(choose_device(device)).eval(),
        vocabulary=plan.vocabulary,
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
            labels=tuple(config["labels"]),
            max_words=config["max_words"],
            settings=_settings(kind, config),
            config=TrainingConfig.from_dict(config["training"]),
            vectors=VectorReport(**config["vectors"]),
            result=TrainingResult(**config["result"]),
        )
    except (KeyError, TypeError, LearnerError) as error:
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
        raise CheckpointError(f"it has {len(plan.labels)} labels, expected at least 2")
    if type(plan.max_words) is not int or plan.max_words < 1 or not _are_possible(plan.settings):
        raise CheckpointError("config.json has no number of words, or does not say how the model is made")


def _settings(kind: type[Model], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that the model is made with; checkpoints older than a setting lack it."""
    return {name: config[name] for name in kind.made_with if name in config}


def _are_possible(settings: Mapping[str, Any]) -> bool:
    try:
        TrainingConfig(**settings)
    except ConfigError:
        return False
    return True


def _read_tensors(weights: bytes, tables: Sequence[str]) -> dict[str, Tensor]:
    try:
        tensors = safetensors.torch.load(weights)
    except (safetensors.SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError("weights.safetensors holds no weights that can be read") from error
    for name in tables:
        if name not in tensors or tensors[name].dim() != 2 or not tensors[name].shape[1]:
            raise CheckpointError(f"weights.safetensors has no table of numbers called {name}")
    return tensors


def _check_shapes(plan: _Plan, tensors: Mapping[str, Tensor]) -> None:
    """Raise CheckpointError unless the shapes are those of the planned model, made on a device without numbers."""
    rows = plan.vocabulary.trained_rows + len(plan.vocabulary.frozen)
    try:
        with torch.device("meta"):
            wanted = plan.make(torch.empty(rows, tensors[plan.kind.vector_tables[0]].shape[1])).state_dict()
    except (TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError("no model has the sizes that config.json asks for") from error
    for name in sorted(wanted.keys() | tensors.keys()):
        expected, found = (_shape(by_name.get(name)) for by_name in (wanted, tensors))
        if expected != found:
            raise CheckpointError(
                f"the weights {name} are {found}, and config.json and vocabulary.json ask for {expected}"
            )


def _shape(tensor: Tensor | None) -> str:
    return "missing" if tensor is None else " × ".join(map(str, tensor.shape)) + f" {tensor.dtype}"
