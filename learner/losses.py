"""The saliency losses: how far the model's saliency is from people's marks.

A loss turns the saliency of the marked rows of a batch into one penalty a row. Below, Z_i = 1 for
a `+` word; G is the view `gradient`, A is `input_x_gradient`; the sum over the chosen levels is
left out. In every loss the `-` words are pulled to zero alike: their mean |A| at the word level
is added.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from learner.batches import Batch
from learner.saliency import Saliency

Penalty = Callable[[Saliency, Batch, Sequence[str]], Tensor]

_MARGIN = 1.5
_QUIET_ABOVE = 0.5
_QUIET_WEIGHT = 0.5
_NO_SALIENCY = 1e-3  # of the log-odds: a smaller mean is not blown up


@dataclass(frozen=True)
class SaliencyLoss:
    """A penalty, and what it is used with unless something else is asked for.

    `penalty(saliency, batch, levels)` is (rows,). `levels` without entries: no saliency is needed.
    The weight λ grows from 0 to its full value over `warmup_steps`.
    """

    penalty: Penalty
    weight: float
    levels: tuple[str, ...]
    warmup_steps: int


def hinge(saliency: Saliency, batch: Batch, levels: Sequence[str]) -> Tensor:
    """Return Σ_i max(0, -Z_i G_i), the paper's: Eq. 1 at the level `word`, Eq. 4 at all three."""
    z = batch.contributory
    sums = [(-saliency.view("gradient", level)).clamp(min=0).mul(z).sum(dim=1) for level in levels]
    return torch.stack(sums).sum(dim=0) + _irrelevant_words(saliency, batch)


def margin_quiet(saliency: Saliency, batch: Batch, levels: Sequence[str]) -> Tensor:
    """Return mean_{Z_i=1} max(0, 1.5 - a_i) + 0.5 · mean_{unmarked} max(0, |a_i| - 0.5).

    a = A / mean |A| over the sentence's words, the divisor held constant: only where the saliency
    lies counts, not how large it is, and two marks weigh like nine. The second term speaks only
    in rows that have a `+`: without one, unmarked words are not claimed to be irrelevant.
    """
    penalties = [_margin_quiet(saliency.view("input_x_gradient", level), batch) for level in levels]
    return torch.stack(penalties).sum(dim=0) + _irrelevant_words(saliency, batch)


def _margin_quiet(a: Tensor, batch: Batch) -> Tensor:
    z, real = batch.contributory, batch.real
    unmarked = real & ~z & ~batch.irrelevant & z.any(dim=1, keepdim=True)
    size = _mean_over(a.detach().abs(), real)[:, None].clamp(min=_NO_SALIENCY)
    a = a / size
    margin = _mean_over((_MARGIN - a).clamp(min=0), z)
    quiet = _mean_over((a.abs() - _QUIET_ABOVE).clamp(min=0), unmarked)
    return margin + _QUIET_WEIGHT * quiet


def _irrelevant_words(saliency: Saliency, batch: Batch) -> Tensor:
    return _mean_over(saliency.view("input_x_gradient", "word").abs(), batch.irrelevant)


def _mean_over(values: Tensor, words: Tensor) -> Tensor:
    """Return the mean of each row over the words picked, 0 where none is: (rows,)."""
    return (values * words).sum(dim=1) / words.sum(dim=1).clamp(min=1)


def _nothing(saliency: Saliency, batch: Batch, levels: Sequence[str]) -> Tensor:
    return saliency.levels["word"].new_zeros(len(batch.labels))


NONE = SaliencyLoss(_nothing, weight=0.0, levels=(), warmup_steps=0)
HINGE = SaliencyLoss(hinge, weight=0.5, levels=("word", "intermediate", "decision"), warmup_steps=0)
MARGIN_QUIET = SaliencyLoss(margin_quiet, weight=0.3, levels=("word",), warmup_steps=100)
