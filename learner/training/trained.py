"""A trained model with everything that is needed to use it, and to train another one like it."""

from dataclasses import dataclass
from typing import Any, Literal

import torch

from learner.config import TrainingConfig
from learner.data.encoding import Encoder
from learner.data.vectors import VectorReport
from learner.encoders.frozen import FrozenEncoder
from learner.models.protocol import Model

StoppedBy = Literal["dev", "max_steps", "fixed_steps"]


@dataclass(frozen=True)
class TrainingResult:
    """The result of a training.

    `stopped_by`: `dev` (its score stopped improving), `max_steps`, or `fixed_steps` (too few dev
    examples to choose by; the dev figures are None). `step` is the step of the weights kept.
    `truncated_marks` were past the words that the model sees and taught nothing. `kept_by` is what chose
    the step, if another criterion than `answers` was asked for: `answers` where dev has nothing else to choose by.
    """

    stopped_by: StoppedBy
    step: int
    steps_run: int
    examples: int
    marked_examples: int
    truncated_words: int
    truncated_marks: int
    dev_loss: float | None = None
    dev_accuracy: float | None = None
    dev_macro_f1: float | None = None
    kept_by: str | None = None


@dataclass(frozen=True)
class TrainedModel:
    """A model in eval mode, with its encoder, its classes and how it was trained."""

    model: Model
    encoder: Encoder
    labels: tuple[str, ...]
    config: TrainingConfig
    vectors: VectorReport
    result: TrainingResult

    @property
    def device(self) -> torch.device:
        """Return the device of the weights."""
        return next(self.model.parameters()).device

    def made_of(self) -> dict[str, Any]:
        """Return the names of the model, the view that people see of it, its loss and its encoder.

        And, if it has some, the constant labels, the batch size unless it is the model's own, and what distinguishes
        a pretrained encoder whose vectors are frozen.
        """
        made: dict[str, Any] = {
            "model": self.model.name,
            "view": self.model.shown_view,
            "loss": self.config.loss,
            "encoder": self.config.encoder,
        }
        if self.constant_labels:
            made["constant_labels"] = [*self.constant_labels]
        if self.config.batch_size not in (None, self.model.recipe.batch_size):
            made["batch_size"] = self.config.batch_size
        if not isinstance(self.encoder, FrozenEncoder):
            return made
        return made | {"digest": self.encoder.digest, "layer": self.encoder.layer}

    @property
    def constant_labels(self) -> tuple[int, ...]:
        """Return the labels, as indices, that the model answers with a constant: no word speaks for them."""
        return tuple(self.model.settings.get("constant_labels") or ())

    @property
    def max_words(self) -> int:
        """Return how many words of a sentence the model sees."""
        return self.model.max_words
