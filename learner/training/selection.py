"""Choose the step whose weights a training keeps, by a score on dev that a one-class model cannot win.

That is the worth of its answers, unless a `Criterion` comes first.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

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
    criterion: float = 0.0
    """What another criterion than the answers makes of the step."""

    @property
    def rank(self) -> tuple[float, float]:
        """Return what steps are compared by: the worth of the answers decides where the criterion doesn't."""
        return self.criterion, self.worth

    @property
    def worth(self) -> float:
        """Return the mean of accuracy and macro-F1 (0 to 1), less a tenth of loss / ln K: higher is better.

        A model that predicts only one class has a low macro-F1. The loss has a small weight: it grows with
        confidence long before the answers get worse, and would stop a small training too soon.
        """
        if math.isnan(self.loss):
            return -math.inf
        return (self.accuracy + self.macro_f1) / 200 - _LOSS_WEIGHT * self.loss / math.log(self.classes)


class OnDev(NamedTuple):
    """A model in eval mode, and what it predicts on dev."""

    model: Model
    dev: EncodedExamples
    predicted: Tensor  # (sentences,) int64, in the order of dev
    score: DevScore


Criterion = Callable[[OnDev], float]
"""Says how good a step is, higher is better."""


@dataclass(frozen=True)
class Kept:
    """The best step so far: its number, its score and its weights."""

    step: int
    score: DevScore
    weights: Mapping[str, Tensor]


def keep_better(kept: Kept | None, step: int, score: DevScore, model: nn.Module) -> Kept:
    """Return the better of what was kept and the model as it is now; the earlier one at a tie."""
    if kept is not None and kept.score.rank >= score.rank:
        return kept
    return Kept(step, score, {name: tensor.clone() for name, tensor in model.state_dict().items()})


def score_on_dev(model: Model, dev: EncodedExamples, criterion: Criterion | None = None) -> DevScore:
    """Return the model's score on dev, in eval mode; leave it in train mode."""
    model.eval()
    logits, labels = logits_on(model, dev)
    predicted = logits.argmax(dim=1)
    figures = classification_figures(labels.tolist(), predicted.tolist(), classes=logits.shape[1])
    loss = functional.cross_entropy(logits, labels).item()
    score = DevScore(loss, figures["accuracy"], figures["macro_f1"], logits.shape[1])
    if criterion is not None:
        order = dev.lengths.argsort(stable=True)  # in which the logits are
        on_dev = OnDev(model, dev, predicted[order.argsort()], score)
        score = replace(score, criterion=_judge(on_dev, criterion))
    model.train()
    return score


def _judge(on_dev: OnDev, criterion: Criterion) -> float:
    """Return what the criterion makes of a step; the least for one that predicts one label, or what is not a number."""
    labels, predicted = (len(set(tensor.tolist())) for tensor in (on_dev.dev.labels, on_dev.predicted))
    if predicted < min(2, labels) or math.isnan(on_dev.score.loss):
        return -math.inf
    value = criterion(on_dev)
    return -math.inf if math.isnan(value) else value


@torch.no_grad()
def logits_on(model: Model, examples: EncodedExamples) -> tuple[Tensor, Tensor]:
    """Return the logits and the labels of examples, the shortest sentence first; put the model in eval mode first."""
    order = reading_order(examples.lengths, batch_tokens=model.words_at_once)
    batches = [examples.batch(rows) for rows in order]
    return torch.cat([logits_of(model, batch) for batch in batches]), torch.cat([batch.labels for batch in batches])
