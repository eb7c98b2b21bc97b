"""The objective: label loss + λ · saliency loss, as the forward of one module.

    C = mean over rows of cross-entropy + λ · Σ over marked rows of penalty / rows

Everything, the inner gradient too, happens inside forward, so that DistributedDataParallel may
wrap it. Both sums are divided by the number of rows, a constant, never by that of marked rows:
an average over processes then is the average over their batches.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from learner import registry
from learner.batches import Batch
from learner.errors import ConfigError
from learner.losses import SaliencyLoss
from learner.marks_head import MarksHead
from learner.models.protocol import Output, WordModel
from learner.saliency import Target, differentiate


class Terms(NamedTuple):
    """The objective and its parts, scalars: total = label_loss + λ · saliency_loss.

    What the marks head costs is part of `saliency_loss`.
    """

    total: Tensor
    label_loss: Tensor
    saliency_loss: Tensor


class Objective(nn.Module):
    """A model together with what it is trained by: the loss, and the marks head where the loss has one.

    `levels` and `weight` (λ) are the loss's own unless given. Only rows with a `+` or a `-` are
    differentiated twice; a batch without any costs an ordinary step and is exactly cross-entropy.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        loss: str,
        weight: float | None = None,
        levels: Sequence[str] | None = None,
        target: Target = "log_odds",
    ) -> None:
        super().__init__()
        self.model = model
        self.loss: SaliencyLoss = registry.load("loss", loss)
        self.weight = self.loss.weight if weight is None else weight
        self.levels = tuple(levels or self.loss.levels)
        self.target = target
        self.head = _marks_head(model) if self.loss.head else None

    def forward(self, batch: Batch, ramp: float = 1.0) -> Terms:
        """Return the objective of a batch; λ is taken `ramp` times, 0 to 1."""
        taught = batch.is_marked
        if not self.loss.is_taught or self.weight * ramp == 0 or not taught.any():
            label_loss = functional.cross_entropy(self.model(batch).logits, batch.labels)
            return Terms(label_loss + self._nothing(), label_loss, torch.zeros_like(label_loss))
        return self._taught(batch.rows(taught), batch.rows(~taught), self.weight * ramp)

    def _taught(self, marked: Batch, others: Batch, weight: float) -> Terms:
        output = self.model(marked)
        logits = [output.logits] if len(others.labels) == 0 else [output.logits, self.model(others).logits]
        labels = torch.cat([marked.labels, others.labels])
        label_loss = functional.cross_entropy(torch.cat(logits), labels)
        saliency_loss = self._penalties(output, marked).sum() / len(labels)
        return Terms(label_loss + weight * saliency_loss, label_loss, saliency_loss)

    def _penalties(self, output: Output, marked: Batch) -> Tensor:
        penalties = torch.zeros_like(marked.labels, dtype=output.logits.dtype)
        if self.levels or marked.irrelevant.any():
            penalties = _penalties(self.loss, output, marked, self.levels, self.target)
        if self.head is not None:
            penalties = penalties + self.loss.head * self.head(output.levels["intermediate"], marked)
        return penalties

    def _nothing(self) -> Tensor | float:
        # 0, and yet every parameter is in the graph: DistributedDataParallel waits for each.
        return 0.0 if self.head is None else sum(0.0 * parameter.sum() for parameter in self.head.parameters())


def _marks_head(model: nn.Module) -> MarksHead:
    weight = next(model.parameters())
    return MarksHead(cast(int, model.dimension)).to(weight.device, weight.dtype)


def batch_saliency_loss(
    model: WordModel,
    batch: Batch,
    *,
    loss: str = "hinge",
    levels: Sequence[str] | None = None,
    target: Target = "log_odds",
) -> Tensor:
    """Return the saliency loss alone, λ = 1: the sum of the marked rows' penalties / all rows, a scalar.

    The saliency is that of `batch.labels`, which the marks belong to. The result can be added to
    any loss of your own and differentiated by the model's parameters. The marks head has parameters
    too, which only `Objective` keeps: a loss with it is refused.
    """
    chosen: SaliencyLoss = registry.load("loss", loss)
    if chosen.head:
        raise ConfigError(f"loss {loss!r}: the marks head trains parameters of its own, use Objective for it")
    if not batch.is_marked.any():
        return torch.zeros((), device=batch.ids.device)
    marked = batch.rows(batch.is_marked)
    penalties = _penalties(chosen, model(marked), marked, levels or chosen.levels, target)
    return penalties.sum() / len(batch.labels)


def _penalties(loss: SaliencyLoss, output: Output, marked: Batch, levels: Sequence[str], target: Target) -> Tensor:
    # The word level is always among them: the `-` words are judged there.
    needed = tuple(dict.fromkeys(("word", *levels)))
    saliency = differentiate(output, marked, marked.labels, levels=needed, target=target, create_graph=True)
    return loss.penalty(saliency, marked, levels)
