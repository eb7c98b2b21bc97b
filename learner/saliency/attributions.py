"""Attributions: what each word contributes to the model's answer, by several methods through one call.

For every method, `attribute` returns one signed number per word for the label of each row, computed
in eval mode from f, the label's log-odds. The gradients at the sentence itself are what a saliency
loss trains; integrated gradients and leaving words out are independent judges: no loss of ours uses them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import torch
from torch import Tensor, nn

from learner import registry
from learner.data.batches import Batch
from learner.models.protocol import WordModel
from learner.saliency.gradients import answer, batch_word_saliency, differentiate, over_dimensions

Attribution = Callable[[WordModel, Batch, Tensor], Tensor]
"""(model in eval mode, batch, labels (rows,)) → one number per word, (rows, words)."""

PATH_STEPS = 32


def attribute(model: nn.Module, batch: Batch, labels: Tensor, *, by: str = "input_x_gradient") -> Tensor:
    """Return what each word contributes to the given labels, (rows, words), 0 at pads; `by` names an attribution."""
    method: Attribution = registry.load("attribution", by)
    with _in_eval_mode(model), torch.enable_grad():
        return method(cast(WordModel, model), batch, labels).detach().masked_fill(~batch.real, 0.0)


def gradient(model: WordModel, batch: Batch, labels: Tensor) -> Tensor:
    """Return Σ_j ∂f/∂x_ij, the paper's."""
    return batch_word_saliency(model, batch, labels, view="gradient")


def input_x_gradient(model: WordModel, batch: Batch, labels: Tensor) -> Tensor:
    """Return Σ_j x_ij ∂f/∂x_ij."""
    return batch_word_saliency(model, batch, labels, view="input_x_gradient")


def evidence(model: WordModel, batch: Batch, labels: Tensor) -> Tensor:
    """Return Σ_k ∂f/∂t_ik, what the evidence of the word adds to f; only for a model whose words have evidence."""
    return batch_word_saliency(model, batch, labels, view="evidence")


def gradient_norm(model: WordModel, batch: Batch, labels: Tensor) -> Tensor:
    """Return ‖∂f/∂x_i‖₂: how much a word could move f, without a sign."""
    saliency = differentiate(model(batch), batch, labels, levels=("word",))
    slopes = saliency.gradients["word"]
    return torch.linalg.vector_norm(slopes, dim=2) if slopes.dim() == 3 else slopes.abs()


def integrated_gradients(model: WordModel, batch: Batch, labels: Tensor, *, steps: int = PATH_STEPS) -> Tensor:
    """Return Σ_j x_ij ∫₀¹ ∂f/∂x_ij(αx) dα (Sundararajan et al. 2017), from zero vectors by the midpoint rule.

    Only the sentence moves along the path; a query stays as it is.
    """
    word = model(batch).levels["word"].detach()
    total = torch.zeros_like(word)
    for step in range(steps):
        at = ((step + 0.5) / steps * word).requires_grad_()
        f = answer(model(batch, words=at).logits, labels)
        total += torch.autograd.grad(f.sum(), at)[0]
    return over_dimensions(word * total / steps).masked_fill(~batch.real, 0.0)


@torch.no_grad()
def leave_one_out(model: WordModel, batch: Batch, labels: Tensor) -> Tensor:
    """Return f(x) - f(x with a zero vector in place of the word): what f loses without the word."""
    output = model(batch)
    word, whole = output.levels["word"], answer(output.logits, labels)
    drops = [
        whole - answer(model(batch, words=word.index_fill(1, place, 0.0)).logits, labels)
        for place in torch.arange(word.shape[1], device=word.device)
    ]
    return torch.stack(drops, dim=1)


@contextmanager
def _in_eval_mode(model: nn.Module) -> Iterator[None]:
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)
