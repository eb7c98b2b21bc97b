"""The saliency losses: how far the model's saliency is from people's marks.

A term turns the saliency of the marked rows of a batch into one penalty per row, 0 or more. Below,
Z_i = 1 for a `+` word; G is the view `gradient`, A is `input_x_gradient`, and a is A over the mean
|A| of the sentence's words, with the divisor held constant: only where the saliency is counts, not
how large it is; q is the view `share`. Means are over words, so that two marks weigh as much as nine. The
sum over the levels is left out. Only a sentence with a `+` has unmarked words: without one, no person has
marked the other words as irrelevant.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast

import torch
from torch import Tensor
from torch.nn import functional

from learner.data.batches import Batch
from learner.loss_names import Part
from learner.saliency.gradients import NO_SALIENCY

ALL_LEVELS = ("word", "intermediate", "decision")
SMALLEST_SHARE = 1e-2  # of a gradient, which has no slope that one could train by where it is smaller
_SMALLEST_SOFTMAX = 1e-30  # of evidence, which has one down to here, in float32 too


class WordScores(Protocol):
    """What a loss needs of saliency: one number per word, 0 at pads."""

    @property
    def has_evidence(self) -> bool:
        """Return whether the words have evidence, and the saliency the views of it."""

    def view(self, name: str, level: str) -> Tensor:
        """Return a view of a level, (rows, words)."""


Term = Callable[[WordScores, Batch, Sequence[str]], Tensor]
"""One penalty per row, (rows,), summed over the levels; some also take a keyword `margin`."""


@dataclass(frozen=True)
class SaliencyLoss:
    """A sum of terms, and its default weight, levels and warm-up.

    terms       (share, term): λ · share is the term's weight
    weight      λ, which grows from 0 to its full value over `warmup_steps`
    levels      where the terms are taken; if empty, only `-` words need saliency
    head        the share of the marks head, which is part of the objective
    irrelevant  the share of the `-` words
    of_gradient whether it reads the gradient, also if the words have evidence
    """

    terms: tuple[tuple[float, Term], ...]
    weight: float
    levels: tuple[str, ...] = ("word",)
    warmup_steps: int = 100
    head: float = 0.0
    irrelevant: float = 1.0
    of_gradient: bool = True

    @property
    def is_taught(self) -> bool:
        """Return whether marks change anything."""
        return bool(self.terms) or self.head > 0 or self.irrelevant > 0

    def penalty(self, saliency: WordScores, batch: Batch, levels: Sequence[str]) -> Tensor:
        """Return the penalty of each row for its saliency, without that of the marks head: (rows,)."""
        cached = _CachedViews(saliency)
        penalties = [share * term(cached, batch, levels) for share, term in self.terms]
        if not penalties or batch.may_have_irrelevant:
            penalties.append(self.irrelevant * irrelevant_words(cached, batch))
        return torch.stack(penalties).sum(dim=0)


class _CachedViews:
    """Saliency that computes each view once, however many terms use it."""

    def __init__(self, saliency: WordScores) -> None:
        self._saliency, self._views = saliency, dict[tuple[str, str], Tensor]()
        self.has_evidence = saliency.has_evidence

    def view(self, name: str, level: str) -> Tensor:
        if (name, level) not in self._views:
            self._views[name, level] = self._saliency.view(name, level)
        return self._views[name, level]


def hinge(saliency: WordScores, batch: Batch, levels: Sequence[str]) -> Tensor:
    """Return Σ_i max(0, -Z_i G_i), the paper's loss: Eq. 1 at the level `word`, Eq. 4 at all three."""
    z = batch.contributory
    return _sum([(-saliency.view("gradient", level)).clamp(min=0).mul(z).sum(dim=1) for level in levels])


def margin(saliency: WordScores, batch: Batch, levels: Sequence[str], *, margin: float = 1.5) -> Tensor:
    """Return mean_{Z_i=1} max(0, margin - a_i)."""
    z = batch.contributory
    return _sum([mean_over((margin - a).clamp(min=0), z) for a in _scaled(saliency, batch, levels)])


def quiet(saliency: WordScores, batch: Batch, levels: Sequence[str], *, margin: float = 0.5) -> Tensor:
    """Return mean_{unmarked} max(0, |a_i| - margin): a word is quiet if |a_i| is below the margin."""
    unmarked = _others(batch) & ~batch.irrelevant
    return _sum([mean_over((a.abs() - margin).clamp(min=0), unmarked) for a in _scaled(saliency, batch, levels)])


def rank(saliency: WordScores, batch: Batch, levels: Sequence[str], *, margin: float = 1.0) -> Tensor:
    """Return the mean over pairs, i with a `+` and j without, of max(0, margin - (a_i - a_j))."""
    pairs = (batch.contributory[:, :, None] & _others(batch)[:, None, :]).flatten(1)  # (rows, words²)
    leads = [(a[:, :, None] - a[:, None, :]).flatten(1) for a in _scaled(saliency, batch, levels)]
    return _sum([mean_over((margin - lead).clamp(min=0), pairs) for lead in leads])


def mass(saliency: WordScores, batch: Batch, levels: Sequence[str]) -> Tensor:
    """Return 1 - Σ_i Z_i max(0, A_i) / Σ_i |A_i|: the share that is not evidence from marked words."""
    z = batch.contributory
    shares = [_share(saliency.view("input_x_gradient", level), batch) for level in levels]
    return _sum([(1 - share) * z.any(dim=1) for share in shares])


def log_mass(saliency: WordScores, batch: Batch, levels: Sequence[str]) -> Tensor:
    """Return -log Σ_{Z_i=1} q_i: how surprising the marked words would be, if they were drawn by their shares."""
    z = batch.contributory
    shares = [(saliency.view("share", level) * z).sum(dim=1) for level in levels]
    return _sum([-_log_share(share, saliency) * z.any(dim=1) for share in shares])


def log_even(saliency: WordScores, batch: Batch, levels: Sequence[str]) -> Tensor:
    """Return -mean_{Z_i=1} log q_i: the cross-entropy of the shares, where the marked words should have equal ones."""
    logs = [_log_share(saliency.view("share", level), saliency) for level in levels]
    return _sum([-mean_over(log, batch.contributory) for log in logs])


def word_ce(saliency: WordScores, batch: Batch, levels: Sequence[str]) -> Tensor:
    """Return the mean cross-entropy of the words' evidence for the label, as log-odds, against the marks.

    In a row without a `+` only its `-` words count: no person has marked the others as irrelevant.
    """
    z = batch.contributory
    evidence = saliency.view("own_evidence", "evidence")
    costs = functional.binary_cross_entropy_with_logits(evidence, z.to(evidence.dtype), reduction="none")
    return mean_over(costs, batch.real & (z.any(dim=1, keepdim=True) | batch.irrelevant))


def irrelevant_words(saliency: WordScores, batch: Batch) -> Tensor:
    """Return the penalty for the `-` words, which must not matter, at the word level.

    That is -log(1 - Σ_{-} q_i) for words that have evidence, else the mean |A_i|.
    """
    if saliency.has_evidence:
        others = (saliency.view("share", "word") * ~batch.irrelevant).sum(dim=1)
        return -_log_share(others, saliency) * batch.irrelevant.any(dim=1)
    return mean_over(saliency.view("input_x_gradient", "word").abs(), batch.irrelevant)


def mean_over(values: Tensor, words: Tensor) -> Tensor:
    """Return the mean of each row over the selected words, 0 if there are none: (rows,)."""
    return (values * words).sum(dim=1) / words.sum(dim=1).clamp(min=1)


def sum_of(parts: Sequence[tuple[Part, SaliencyLoss]]) -> SaliencyLoss:
    """Return the sum of losses: λ is the weight of the first, the others are in proportion to it.

    It is taken at every level of any of its parts, with the longest warm-up. The `-` words have
    weight λ in every loss; `irrelevant` as a part gives them another weight.
    """
    weights = [loss.weight if part.weight is None else part.weight for part, loss in parts]
    first, losses = weights[0], [loss for _, loss in parts]
    shares = [weight / first if first else 0.0 for weight in weights]
    named = [share for share, loss in zip(shares, losses, strict=True) if loss is IRRELEVANT]
    return SaliencyLoss(
        tuple((share * own, term) for share, pair in zip(shares, parts, strict=True) for own, term in _terms(*pair)),
        weight=first,
        levels=tuple(dict.fromkeys(level for loss in losses for level in loss.levels)),
        warmup_steps=max(loss.warmup_steps for loss in losses),
        head=sum(share * loss.head for share, loss in zip(shares, losses, strict=True)),
        irrelevant=named[0] if named else losses[0].irrelevant,
        of_gradient=any(loss.of_gradient for loss in losses),
    )


def _terms(part: Part, loss: SaliencyLoss) -> tuple[tuple[float, Term], ...]:
    if part.margin is None:
        return loss.terms
    return tuple((share, partial(cast(Callable[..., Tensor], term), margin=part.margin)) for share, term in loss.terms)


def _scaled(saliency: WordScores, batch: Batch, levels: Sequence[str]) -> list[Tensor]:
    """Return a at each level: (rows, words)."""
    views = [saliency.view("input_x_gradient", level) for level in levels]
    sizes = [mean_over(view.detach().abs(), batch.real)[:, None].clamp(min=NO_SALIENCY) for view in views]
    return [view / size for view, size in zip(views, sizes, strict=True)]


def _others(batch: Batch) -> Tensor:
    """Return the words without a `+`, in rows that have one: (rows, words) bool."""
    return batch.real & ~batch.contributory & batch.contributory.any(dim=1, keepdim=True)


def _share(a: Tensor, batch: Batch) -> Tensor:
    total = a.abs().sum(dim=1).clamp(min=NO_SALIENCY)
    return (a.clamp(min=0) * batch.contributory).sum(dim=1) / total


def _log_share(share: Tensor, saliency: WordScores) -> Tensor:
    """Return log q, finite. It is 0 where a label has no evidence that words could have a share of."""
    if not saliency.has_evidence:
        return share.clamp(min=SMALLEST_SHARE).log()
    return share.clamp(min=_SMALLEST_SOFTMAX, max=1.0).log().masked_fill(share == 0, 0.0)


def _sum(penalties: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(penalties)).sum(dim=0)


NONE = SaliencyLoss((), weight=0.0, levels=(), warmup_steps=0, irrelevant=0.0, of_gradient=False)
HINGE = SaliencyLoss(((1.0, hinge),), weight=0.5, levels=ALL_LEVELS, warmup_steps=0)
MARGIN = SaliencyLoss(((1.0, margin),), weight=0.3)
QUIET = SaliencyLoss(((1.0, quiet),), weight=0.15)
RANK = SaliencyLoss(((1.0, rank),), weight=0.2)
MASS = SaliencyLoss(((1.0, mass),), weight=0.5)
LOG_MASS = SaliencyLoss(((1.0, log_mass),), weight=0.3, warmup_steps=0, of_gradient=False)
LOG_EVEN = SaliencyLoss(((1.0, log_even),), weight=0.3, warmup_steps=0, of_gradient=False)
WORD_CE = SaliencyLoss(((1.0, word_ce),), weight=0.5, warmup_steps=0, of_gradient=False)
IRRELEVANT = SaliencyLoss((), weight=3.0, of_gradient=False)
HEAD = SaliencyLoss((), weight=1.0, levels=(), warmup_steps=0, head=1.0, of_gradient=False)
