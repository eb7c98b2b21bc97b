"""The evidence of words, t, and each word's share of the answer: for models that return their evidence.

A logit with evidence is z_k = log Σ_i exp t_ik, so ∂z_k/∂t_ik = q_ik = softmax_i(t_ik): the word's share of it,
Σ_i q_ik = 1. By the chain rule ∂f/∂t_ik = q_ik ∂f/∂z_k: for the log-odds of the label y that is q_iy for k = y,
and -w_k q_ik for each other label, w being the softmax over the other labels' logits.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from learner.errors import ConfigError

VIEWS_OF_EVIDENCE = ("share", "evidence", "own_evidence")


@dataclass(frozen=True)
class WordEvidence:
    """The evidence of each word and what it weighs in f; all but `is_own` and `real` are (rows, words, labels).

    The labels are those with evidence. Its views are

    share         q_iy: 0 or more, and Σ_i q_iy = 1; 0 for a label without evidence
    evidence      Σ_k ∂f/∂t_ik: above 0 the word speaks for the label, below 0 for another one
    own_evidence  t_iy; 0 for a label without evidence
    """

    evidence: Tensor  # t
    shares: Tensor  # q
    slopes: Tensor  # ∂f/∂t
    is_own: Tensor  # (rows, labels) bool: the row's label
    real: Tensor  # (rows, words) bool: False at pads

    @classmethod
    def weigh(
        cls, evidence: Tensor, real: Tensor, *, evidence_labels: Tensor, labels: Tensor, slopes: Tensor
    ) -> "WordEvidence":
        """Return what the words weigh in f, for the label of each row; `slopes` is ∂f/∂z, (rows, classes)."""
        shares = evidence.masked_fill(~real[..., None], -torch.inf).softmax(dim=1)
        is_own = evidence_labels == labels[:, None]
        return cls(evidence, shares, shares * slopes[:, None, evidence_labels], is_own, real)

    def view(self, name: str) -> Tensor:
        """Return one number per word, (rows, words), 0 at pads."""
        if name == "evidence":
            return self.slopes.sum(dim=2)
        by_label = self.shares if name == "share" else self.evidence.masked_fill(~self.real[..., None], 0.0)
        return by_label.masked_fill(~self.is_own[:, None], 0.0).sum(dim=2)

    def rows(self, index: Tensor) -> "WordEvidence":
        """Return the same of these rows only."""
        return WordEvidence(*(part[index] for part in vars(self).values()))


def without_evidence(view: str) -> ConfigError:
    """Return the error for a view of word evidence of another model."""
    return ConfigError(f"view {view!r}: this model has no word evidence; use input_x_gradient, or the model evidence")
