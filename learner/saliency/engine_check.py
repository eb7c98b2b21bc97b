"""Is the closed form right? Compare an objective's engine with the reference on one batch."""

from copy import deepcopy
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from learner.data.batches import Batch
from learner.errors import EngineError
from learner.saliency.engines import Engine, read_whole_by_reference

if TYPE_CHECKING:
    from learner.saliency.objective import Objective

_TOLERANCE = 1e-9  # of float64
_SMALLEST = 1e-6  # what counts as a size: below it, differences are absolute


def check_engine(objective: "Objective", batch: Batch, ramp: float) -> None:
    """Compare the objective's engine with the reference on a batch, in value and every parameter gradient.

    Both run on a copy in float64 and with the same dropout: in float32 two words whose units are
    equal to rounding may win a maximum by turns.
    """
    found, expected = (_slopes(objective, batch, ramp, read) for read in (objective.read, read_whole_by_reference))
    for name in found | expected:
        one, other = (each.get(name, torch.zeros(())) for each in (found, expected))  # no gradient is one of zeros
        difference = float((one - other).abs().max() / other.abs().max().clamp(min=_SMALLEST))
        if not difference <= _TOLERANCE:
            raise EngineError(
                f"the engines differ by {difference:.1e} in {name} (at most {_TOLERANCE:.0e} is rounding): "
                "train with engine=reference"
            )


def _slopes(objective: "Objective", batch: Batch, ramp: float, read: Engine) -> dict[str, Tensor]:
    copied = deepcopy(objective).double()
    copied.zero_grad()
    copied.read = read
    with torch.random.fork_rng(devices=[batch.ids.device] if batch.ids.is_cuda else []):
        terms = copied(batch, ramp)
    torch.autograd.backward(terms.total)
    slopes = {name: each.grad for name, each in copied.named_parameters() if each.grad is not None}
    return {"the label loss": terms.label_loss.detach(), "the saliency loss": terms.saliency_loss.detach()} | slopes
