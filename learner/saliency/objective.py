"""The objective: label loss + λ · saliency loss, computed by the forward of one module.

    C = mean over rows of cross-entropy + λ · Σ over marked rows of penalty / rows

Everything, including the inner gradient, happens inside forward, so that DistributedDataParallel can
wrap it. Both sums are divided by the number of rows, a constant, never by the number of marked rows:
an average over processes is then the average over their batches.
"""

from collections.abc import Sequence
from copy import deepcopy
from functools import partial
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from learner import registry
from learner.data.batches import Batch
from learner.errors import ConfigError
from learner.models.protocol import Model
from learner.saliency.engine_check import check_engine
from learner.saliency.engines import Engine, EngineName, Reading, choose_engine
from learner.saliency.gradients import Target
from learner.saliency.losses import SaliencyLoss
from learner.saliency.marks_head import MarksHead


class Terms(NamedTuple):
    """The objective and its parts, scalars: total = label_loss + λ · saliency_loss.

    `saliency_loss` includes the loss of the marks head.
    """

    total: Tensor
    label_loss: Tensor
    saliency_loss: Tensor


class Objective(nn.Module):
    """A model with its training objective: the loss, and the marks head if the loss has one.

    `levels` and `weight` (λ) are the loss's own unless given. Saliency is computed only for rows with
    a `+` or a `-`; for a batch without any, the objective is exactly cross-entropy. `engine` says how:
    `auto` is the closed form where the model offers it. `check` compares the engine with the reference
    on the first batch that has marks, and raises EngineError if they differ.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        loss: str,
        weight: float | None = None,
        levels: Sequence[str] | None = None,
        target: Target = "log_odds",
        engine: EngineName = "auto",
        check: bool = False,
    ) -> None:
        super().__init__()
        self.model = model
        self.loss: SaliencyLoss = registry.load("loss", loss)
        self.weight = self.loss.weight if weight is None else weight
        self.levels = choose_levels(model, levels or self.loss.levels, asked_for=levels is not None)
        self.target = target
        self.head = _marks_head(model) if self.loss.head else None
        of_gradient = self.loss.of_gradient and "word" in self.levels
        self.read = choose_engine(engine, model, of_gradient=of_gradient)
        self.is_checked = not check

    def forward(self, batch: Batch, ramp: float = 1.0) -> Terms:
        """Return the objective of a batch; λ is multiplied by `ramp`, 0 to 1."""
        weight = self.weight * ramp
        rows = batch.marked_rows
        if not self.loss.is_taught or weight == 0 or len(rows) == 0:
            reading = self.read(self.model, batch, rows[:0], self.target)
            label_loss = functional.cross_entropy(reading.logits, reading.labels)
            return Terms(label_loss + self._nothing(), label_loss, torch.zeros_like(label_loss))
        if not self.is_checked:
            self.is_checked = True
            self.check(batch, ramp)
        return self._taught(self.read(self.model, batch, rows, self.target), weight)

    def check(self, batch: Batch, ramp: float = 1.0) -> None:
        """Raise EngineError if the engine and the reference differ on a batch by more than rounding."""
        check_engine(self.read, partial(self._slopes, batch, ramp))

    def _slopes(self, batch: Batch, ramp: float, engine: Engine) -> dict[str, Tensor]:
        """Return both losses and every parameter's gradient, computed by a copy in float64 with this engine."""
        copied = deepcopy(self).double()
        copied.zero_grad()
        copied.read, copied.is_checked = engine, True
        with torch.random.fork_rng(devices=[batch.ids.device] if batch.ids.is_cuda else []):
            terms = copied(batch, ramp)
        torch.autograd.backward(terms.total)
        slopes = {name: weight.grad for name, weight in copied.named_parameters() if weight.grad is not None}
        return {"the label loss": terms.label_loss.detach(), "the saliency loss": terms.saliency_loss.detach()} | slopes

    def _taught(self, reading: Reading, weight: float) -> Terms:
        label_loss = functional.cross_entropy(reading.logits, reading.labels)
        saliency_loss = self._penalties(reading).sum() / len(reading.labels)
        return Terms(label_loss + weight * saliency_loss, label_loss, saliency_loss)

    def _penalties(self, reading: Reading) -> Tensor:
        marked = reading.marked
        penalties = torch.zeros_like(marked.labels, dtype=reading.logits.dtype)
        if self.levels or marked.may_have_irrelevant:
            penalties = self.loss.penalty(reading.saliency(_needed(self.levels)), marked, self.levels)
        if self.head is not None:
            level = reading.level(cast(Model, self.model).head_level)
            penalties = penalties + self.loss.head * self.head(level, marked)
        return penalties

    def _nothing(self) -> Tensor | float:
        # 0, but with every parameter in the graph, because DistributedDataParallel waits for each.
        return 0.0 if self.head is None else sum(0.0 * parameter.sum() for parameter in self.head.parameters())


def choose_levels(model: nn.Module, levels: Sequence[str], *, asked_for: bool) -> tuple[str, ...]:
    """Return the levels that the model has; raise ConfigError if it lacks one that was asked for."""
    own: Sequence[str] = getattr(model, "levels", levels)
    missing = [level for level in levels if level not in own]
    if missing and asked_for:
        raise ConfigError(f"levels: found {missing[0]}, expected levels of this model: {', '.join(own)}")
    return tuple(level for level in levels if level in own)


def _marks_head(model: nn.Module) -> MarksHead:
    weight = next(model.parameters())
    return MarksHead(cast(Model, model).dimension).to(weight.device, weight.dtype)


def _needed(levels: Sequence[str]) -> tuple[str, ...]:
    # The word level is always needed: the `-` words are judged there.
    return tuple(dict.fromkeys(("word", *levels)))
