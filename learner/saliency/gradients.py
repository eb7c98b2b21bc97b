"""Saliency: how much each word moves the model's answer. All saliency shown or trained comes from here.

For a label y with logits z the answer is the log-odds

    f = z_y - log Σ_{k≠y} exp z_k = log p_y - log (1 - p_y),

whose gradient has the sign of the probability's everywhere and does not fade on confident
examples; `probability` takes f = p_y instead. One function differentiates f at the levels of the
model. A view reduces the gradient to one signed number per word, position by position: a word that
occurs twice in a sentence has two.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from learner import registry
from learner.data.batches import Batch
from learner.models.protocol import Output, WordModel
from learner.saliency.word_evidence import VIEWS_OF_EVIDENCE, WordEvidence, without_evidence

Target = Literal["log_odds", "probability"]
TARGETS: tuple[Target, ...] = ("log_odds", "probability")
VIEWS = ("input_x_gradient", "gradient")
NO_SALIENCY = 1e-3  # of the log-odds: what divides by the size of the saliency divides by at least this

View = Callable[[Tensor, Tensor], Tensor]


def batch_word_saliency(
    model: WordModel, batch: Batch, labels: Tensor, *, view: str = "input_x_gradient", target: Target = "log_odds"
) -> Tensor:
    """Return the saliency of every word for the given labels: (rows, words), 0 at pads.

    `labels` is (rows,) int64, one class per row. Put the model in eval mode first, to explain its
    predictions without dropout.
    """
    with torch.enable_grad():
        saliency = differentiate(model(batch), batch, labels, levels=("word",), target=target)
    return saliency.view(view, "word").detach()


@dataclass(frozen=True)
class Saliency:
    """The levels of a model for a batch, and the gradient of f at each, of the same shape."""

    levels: Mapping[str, Tensor]
    gradients: Mapping[str, Tensor]
    real: Tensor  # (rows, words) bool: False at pads
    evidence: WordEvidence | None = None  # of a model whose words have evidence

    @property
    def has_evidence(self) -> bool:
        """Return whether it also has the views of word evidence."""
        return self.evidence is not None

    def rows(self, index: Tensor) -> "Saliency":
        """Return the saliency of these rows only."""
        levels, gradients = (
            {name: tensor[index] for name, tensor in by_level.items()} for by_level in (self.levels, self.gradients)
        )
        return Saliency(levels, gradients, self.real[index], self.evidence and self.evidence.rows(index))

    def view(self, name: str, level: str) -> Tensor:
        """Return one number per word, (rows, words), as the view called `name` reduces the level; 0 at pads."""
        if name in VIEWS_OF_EVIDENCE and self.evidence is not None:
            return self.evidence.view(name)
        if name in VIEWS_OF_EVIDENCE and name != "share":
            raise without_evidence(name)
        reduce: View = registry.load("view", name)
        return reduce(self.levels[level], self.gradients[level]).masked_fill(~self.real, 0.0)


def differentiate(
    output: Output,
    batch: Batch,
    labels: Tensor,
    *,
    levels: Sequence[str],
    target: Target = "log_odds",
    create_graph: bool = False,
) -> Saliency:
    """Return the gradient of f at the levels, for the label of each row.

    The rows do not interact, so the gradient of their sum has each row's own gradient. With
    `create_graph` the result can be differentiated again, by the parameters.
    """
    tensors = [output.levels[level] for level in levels]
    total = answer(output.logits, labels, target).sum()
    gradients = torch.autograd.grad(total, tensors, create_graph=create_graph)
    return Saliency(
        dict(zip(levels, tensors, strict=True)),
        dict(zip(levels, gradients, strict=True)),
        batch.real,
        _evidence_of(output, batch.real, labels, target),
    )


def _evidence_of(output: Output, real: Tensor, labels: Tensor, target: Target) -> WordEvidence | None:
    if output.evidence_labels is None:
        return None
    slopes = slopes_of_answer(output.logits, labels, target)
    return WordEvidence.weigh(
        output.levels["evidence"], real, evidence_labels=output.evidence_labels, labels=labels, slopes=slopes
    )


def answer(logits: Tensor, labels: Tensor, target: Target = "log_odds") -> Tensor:
    """Return f, the model's answer for the label of each row: (rows,)."""
    if target == "probability":
        return logits.softmax(dim=1).gather(1, labels[:, None]).squeeze(1)
    own = torch.arange(logits.shape[1], device=logits.device) == labels[:, None]
    return logits.gather(1, labels[:, None]).squeeze(1) - logits.masked_fill(own, -torch.inf).logsumexp(dim=1)


def slopes_of_answer(logits: Tensor, labels: Tensor, target: Target = "log_odds") -> Tensor:
    """Return ∂f/∂z, how much each logit moves the answer for the label of each row: (rows, classes)."""
    own = torch.arange(logits.shape[1], device=logits.device) == labels[:, None]
    if target == "probability":
        chances = logits.softmax(dim=1)
        return chances.gather(1, labels[:, None]) * (own.to(chances) - chances)
    return own.to(logits) - logits.masked_fill(own, -torch.inf).softmax(dim=1)


def gradient(level: Tensor, gradient: Tensor) -> Tensor:
    """Return the paper's view, Σ_j ∂f/∂x_ij: the signed sum over the dimensions of a word."""
    return over_dimensions(gradient)


def input_x_gradient(level: Tensor, gradient: Tensor) -> Tensor:
    """Return Σ_j x_ij ∂f/∂x_ij: what the word's own vector adds to f, to first order."""
    return over_dimensions(level * gradient)


def over_dimensions(values: Tensor) -> Tensor:
    """Return one number per word, (rows, words): the sum over its dimensions, if the level has any."""
    return values.sum(dim=2) if values.dim() == 3 else values


def share(level: Tensor, gradient: Tensor) -> Tensor:
    """Return max(0, A_i) / Σ|A|, A being `input_x_gradient`: how much of the saliency speaks for the label here."""
    return share_of(input_x_gradient(level, gradient))


def share_of(a: Tensor) -> Tensor:
    """Return max(0, A_i) / Σ|A|: (rows, words)."""
    return a.clamp(min=0) / a.abs().sum(dim=1, keepdim=True).clamp(min=NO_SALIENCY)
