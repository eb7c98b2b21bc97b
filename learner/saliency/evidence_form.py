"""Saliency in closed form of a model of word evidence: as `differentiate` gives it, without a second derivative.

At the level of the evidence t it is that of `learner.saliency.word_evidence`. From there the chain rule goes
through the hidden units that are on, h of a word:

    ∂f/∂x_i       = Σ_k ∂f/∂t_ik Σ_h outward_kh [h is on] inward_h
    x_i · ∂f/∂x_i = Σ_k ∂f/∂t_ik (t_ik - what t_ik is for a zero vector with the same units on)

No gradient is computed by autograd, so one ordinary backward of any loss of these numbers gives what a
double backward through the model would. Only the gradient at a gate, below an encoder, is autograd's, and is
computed when it is asked for.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from learner.errors import ConfigError
from learner.models.protocol import Weighing
from learner.saliency.gradients import Target, answer, slopes_of_answer
from learner.saliency.word_evidence import VIEWS_OF_EVIDENCE, WordEvidence


@dataclass(frozen=True)
class WeighedSaliency:
    """The saliency of some rows of a batch, by the views of word evidence, `gradient` and `input_x_gradient`."""

    evidence: WordEvidence
    weighing: Weighing  # of the whole batch
    index: Tensor | None  # the indices of the rows; None: all
    answers: Tensor  # (rows,): f

    @property
    def has_evidence(self) -> bool:
        """Return True: it has the views of word evidence."""
        return True

    def view(self, name: str, level: str) -> Tensor:
        """Return one number per word, (rows, words), 0 at pads."""
        if name in VIEWS_OF_EVIDENCE:
            return self.evidence.view(name)
        if name not in ("gradient", "input_x_gradient"):
            raise ConfigError(f"view {name!r}: the closed engine has gradient and input_x_gradient; use reference")
        is_gradient, slopes, evidence = name == "gradient", self.evidence.slopes, self.evidence.evidence
        if level == "evidence":
            return (slopes if is_gradient else slopes * evidence).sum(dim=2)
        if self.weighing.gate is not None:
            return self._of_gate if is_gradient else self._of_gate * self._of(self.weighing.gate.detach())
        inward, outward = self.weighing.inward, self.weighing.outward
        if is_gradient:
            return (slopes * self._through_units(inward.weight.sum(dim=1))).sum(dim=2)
        return (slopes * (evidence - outward.bias - self._through_units(inward.bias))).sum(dim=2)

    def _through_units(self, into: Tensor) -> Tensor:
        """Return Σ_h outward_kh [h is on] into_h, `into` being (h,): (rows, words, labels with evidence)."""
        hidden = self._of(self.weighing.hidden)
        return self.weighing.gain * functional.linear(hidden.detach().sign(), self.weighing.outward.weight * into)

    @cached_property
    def _of_gate(self) -> Tensor:
        assert self.weighing.gate is not None
        (slopes,) = torch.autograd.grad(self.answers.sum(), self.weighing.gate)
        return self._of(slopes).masked_fill(~self.evidence.real, 0.0)

    def _of(self, tensor: Tensor) -> Tensor:
        return tensor if self.index is None else tensor.index_select(0, self.index)


def differentiate_weighing(
    weighing: Weighing,
    labels: Tensor,
    *,
    target: Target = "log_odds",
    rows: Tensor | None = None,
    create_graph: bool = False,
) -> WeighedSaliency:
    """Return the gradient of f for the label of each row, or only of the `rows` (indices).

    It has the graph of the weighing, if there is one, and can be differentiated by the parameters.
    """
    parts = (weighing.levels["evidence"], weighing.real, weighing.logits, labels)
    evidence, real, logits, labels = parts if rows is None else (part.index_select(0, rows) for part in parts)
    slopes = slopes_of_answer(logits, labels, target)
    own = WordEvidence.weigh(evidence, real, evidence_labels=weighing.evidence_labels, labels=labels, slopes=slopes)
    return WeighedSaliency(own, weighing, rows, answer(logits, labels, target))
