"""Choose the step whose weights a training keeps, by a score on dev that a one-class model cannot win."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from learner.data.batches import EncodedExamples, reading_order
from learner.metrics import classification_figures
from learner.models.protocol import Model
from learner.saliency.reading import logits_of

ENOUGH_DEV_EXAMPLES = 20
_LOSS_WEIGHT = 0.1


@dataclass(frozen=True)
class DevScore:
    """Figures of one step on dev: the loss in nats, shares in percent."""

    loss: float
    accuracy: float
    macro_f1: float
    classes: int

    @property
    def worth(self) -> float:
        """Return the mean of accuracy and macro-F1 (0 to 1), less a tenth of loss / ln K: higher is better.

        A model that predicts only one class has a low macro-F1. The loss has a small weight: it grows with
        confidence long before the answers get worse, and would stop a small training too soon.
        """
        if math.isnan(self.loss):
            return -math.inf
        return (self.accuracy + self.macro_f1) / 200 - _LOSS_WEIGHT * self.loss / math.log(self.classes)


@dataclass(frozen=True)
class Kept:
    """The best step so far: its number, its score and its weights."""

    step: int
    score: DevScore
    weights: Mapping[str, Tensor]


def keep_better(kept: Kept | None, step: int, score: DevScore, model: nn.Module) -> Kept:
    """Return the better of what was kept and the model as it is now; the earlier one at a tie."""
    if kept is not None and kept.score.worth >= score.worth:
        return kept
    return Kept(step, score, {name: tensor.clone() for name, tensor in model.state_dict().items()})


def score_on_dev(model: Model, dev: EncodedExamples) -> DevScore:
    """Return the model's score on dev, in eval mode; leave it in train mode."""
    model.eval()
    logits, labels = logits_on(model, dev)
    model.train()
    figures = classification_figures(labels.tolist(), logits.argmax(dim=1).tolist(), classes=logits.shape[1])
    loss = functional.cross_entropy(logits, labels).item()
    return DevScore(loss, figures["accuracy"], figures["macro_f1"], logits.shape[1])


@torch.no_grad()
def logits_on(model: Model, examples: EncodedExamples) -> tuple[Tensor, Tensor]:
    """Return the logits and the labels of examples, in the same new order; put the model in eval mode first."""
    order = reading_order(examples.lengths, batch_tokens=model.words_at_once)
    batches = [examples.batch(rows) for rows in order]
    return torch.cat([logits_of(model, batch) for batch in batches]), torch.cat([batch.labels for batch in batches])
