"""The objective of a batch whose rows several processes share, with the same gradient as for one process.

Each process takes every size-th row. DistributedDataParallel averages the gradients over the
processes, so each process's objective is weighted by its rows: the average is then the mean over rows.
"""

from inspect import signature
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from learner.data.batches import Batch, mix
from learner.device import seed_draws
from learner.saliency.marks_head import MarksHead
from learner.saliency.objective import Objective, Terms
from learner.training.process_group import Group

# The buffers are the frozen word vectors, equal from the start; newer PyTorch has renamed this option.
_NEW_NAME = "forward_sync_buffers" in signature(DistributedDataParallel).parameters
_LEAVE_BUFFERS: dict[str, Any] = {"forward_sync_buffers" if _NEW_NAME else "broadcast_buffers": False}


class SharedObjective(nn.Module):
    """An objective that returns in every process the value of the whole batch, and its part of the gradient."""

    def __init__(self, objective: Objective, group: Group) -> None:
        super().__init__()
        self.group = group
        # Every parameter is in the objective's graph even without marks, so no process waits for one without any.
        self.shared = DistributedDataParallel(objective, **_LEAVE_BUFFERS)

    @property
    def model(self) -> nn.Module:
        """Return the model that is trained."""
        model: nn.Module = self.shared.module.model
        return model

    @property
    def head(self) -> MarksHead | None:
        """Return the marks head, if the loss has one."""
        head: MarksHead | None = self.shared.module.head
        return head

    def forward(self, batch: Batch, ramp: float = 1.0) -> Terms:
        """Return the objective of the whole batch, which every process receives."""
        rows = len(batch.labels)
        mine = torch.arange(self.group.rank, rows, self.group.size, device=batch.labels.device)
        weight = len(mine) / rows
        if self.group.rank:
            seed_draws(mix(torch.initial_seed(), self.group.rank), batch.labels.device)  # its rows' own dropout
        # A process without rows must still take part: it computes one row with weight 0.
        terms: Terms = self.shared(batch.rows(mine if len(mine) else mine.new_zeros(1)), ramp)
        own = torch.stack(terms).detach().double()
        values = self.group.sum_tensor(weight * own if weight else torch.zeros_like(own)).to(terms.total.dtype)
        total, label_loss, saliency_loss = values.unbind()
        return Terms(_with_gradient_of(terms.total * (weight * self.group.size), total), label_loss, saliency_loss)


def _with_gradient_of(term: Tensor, value: Tensor) -> Tensor:
    """Return the value, with the gradient of `term`."""
    return value + (term - term.detach())
