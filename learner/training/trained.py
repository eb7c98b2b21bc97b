"""A trained model with everything that it takes to use it, and how to make another one like it."""

from dataclasses import dataclass
from typing import Literal

import torch

from learner.config import TrainingConfig
from learner.data.vectors import VectorReport
from learner.data.vocabulary import Vocabulary
from learner.models.protocol import Model

StoppedBy = Literal["dev", "max_steps", "fixed_steps"]


@dataclass(frozen=True)
class TrainingResult:
    """How a training went.

    `stopped_by`: `dev` (it got no better there), `max_steps`, or `fixed_steps` (too few dev
    examples to choose by; the figures of dev are None). `step` is the step of the weights kept.
    `truncated_marks` were past the words that the model sees and taught nothing.
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


@dataclass(frozen=True)
class TrainedModel:
    """A model in eval mode, with its words, its classes and how it came about."""

    model: Model
    vocabulary: Vocabulary
    labels: tuple[str, ...]
    config: TrainingConfig
    vectors: VectorReport
    result: TrainingResult

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.model.parameters()).device

    @property
    def max_words(self) -> int:
        """Words of a sentence that the model sees."""
        return self.model.max_words
