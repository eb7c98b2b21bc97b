"""Our model of word evidence: each word speaks for each label, and a label's answer is its words' log-sum-exp.

    W        word vectors                                      (rows, words, d)
    t        feed-forward(W), one hidden layer                 (rows, words, labels with evidence)
    logit_k  log Σ_i exp t_ik over the words, or a constant    (rows, classes)

A label for which people mark no words has a learned constant: nothing in a sentence speaks for "none of these".
The gradient of a logit is then each word's share of it: ∂ logit_k / ∂ t_ik = softmax_i(t_ik).
"""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from learner.data.batches import Batch
from learner.model_names import EVIDENCE, KNOWN
from learner.models.protocol import Model, Output, Weighing
from learner.models.words import Words

LEVELS = ("word", "evidence")
_HIDDEN = 128
_DROPOUT = 0.5
_WORDS_AT_ONCE = 4096


class Evidence(Model):
    """A small network turns a word's vector into its evidence for each label but those in `constant_labels`."""

    name = EVIDENCE
    title = "the evidence model"
    made_with: ClassVar[tuple[str, ...]] = ("constant_labels",)
    default_loss = KNOWN[EVIDENCE].loss
    shown_view = "evidence"
    longest = 4096
    levels: Sequence[str] = LEVELS
    head_level = "hidden"
    dimension = _HIDDEN
    evidence_labels: Tensor
    constant_labels: Tensor

    def __init__(
        self, words: Words, *, classes: int, max_words: int, constant_labels: Sequence[int] | None = None
    ) -> None:
        super().__init__()
        constant = sorted(constant_labels or ())
        with_evidence = [label for label in range(classes) if label not in constant]
        if not with_evidence or not set(constant) <= set(range(classes)):
            raise ValueError(f"constant_labels: found {constant}, expected some, not all, of {classes} labels")
        self.words, self.max_words = words, max_words
        self.settings: dict[str, object] = {"constant_labels": constant}
        self.inward = nn.Linear(words.dimension, _HIDDEN)
        self.outward = nn.Linear(_HIDDEN, len(with_evidence))
        self.constants = nn.Parameter(torch.zeros(len(constant))) if constant else None
        self.register_buffer("evidence_labels", torch.tensor(with_evidence), persistent=False)
        self.register_buffer("constant_labels", torch.tensor(constant, dtype=torch.int64), persistent=False)

    def forward(self, batch: Batch, words: Tensor | None = None) -> Output:
        """Return the logits and the levels `word` (W), `hidden` and `evidence` (t)."""
        word = self.words(batch.text) if words is None else words
        weighing = self._weigh(self.inward(word), batch.real)
        return Output(weighing.logits, {"word": word, **weighing.levels}, weighing.evidence_labels)

    def weigh(self, batch: Batch) -> Weighing:
        """Return the same logits, and the way from the words to their evidence."""
        return self._weigh(self.words.through(self.inward, batch.text), batch.real)

    @property
    def words_at_once(self) -> int:
        """Return how many words and pads it best reads at once, when it only predicts: what the cache holds."""
        return _WORDS_AT_ONCE

    def has_closed_gradient(self) -> bool:
        """Return True: W is one layer below the evidence."""
        return True

    @torch.no_grad()
    def add_to_logits(self, constants: Tensor) -> None:
        """Add the constants to the evidence of every word, which leaves the words' shares as they are."""
        self.outward.bias.add_(constants[self.evidence_labels])
        if self.constants is not None:
            self.constants.add_(constants[self.constant_labels])

    def _weigh(self, units: Tensor, real: Tensor) -> Weighing:
        # In place with a graph, autograd would copy the whole gradient twice: a tenth of a step.
        hidden = functional.relu(units, inplace=not torch.is_grad_enabled())
        if self.training:
            hidden = hidden * _kept(hidden)
        evidence = self.outward(hidden)
        return Weighing(
            logits=self._answer(evidence.masked_fill(~real[..., None], -torch.inf).logsumexp(dim=1)),
            levels={"hidden": hidden, "evidence": evidence},
            evidence_labels=self.evidence_labels,
            hidden=hidden,
            gain=1 / (1 - _DROPOUT) if self.training else 1.0,
            inward=self.inward,
            outward=self.outward,
            real=real,
        )

    def _answer(self, of_words: Tensor) -> Tensor:
        if self.constants is None:
            return of_words
        every = torch.cat([of_words, self.constants.expand(len(of_words), -1)], dim=1)
        return every.index_select(1, torch.cat([self.evidence_labels, self.constant_labels]).argsort())


def _kept(units: Tensor) -> Tensor:
    """Return what dropout multiplies each unit by: 0, or what makes up for those that it drops.

    PyTorch's own draws one number after the other on a CPU, which took a quarter of a training's time.
    """
    return torch.rand_like(units).ge_(_DROPOUT).div_(1 - _DROPOUT)
