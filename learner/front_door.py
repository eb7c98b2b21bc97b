"""The library's front door: saliency, and the loss on it, of any PyTorch model.

    loss = cross_entropy + lam * saliency_loss(score, levels={"word": W}, marks=Z)

Any model will do: `score` is its answer, a level is any tensor of the graph from which the score
was computed and that keeps the word axis. Rows must not interact (no batch normalisation): then
the gradient of their sum has each row's own gradient.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from learner import registry
from learner.data.batches import Batch
from learner.errors import SaliencyError
from learner.loss_names import needs_evidence
from learner.saliency.gradients import Saliency
from learner.saliency.losses import SaliencyLoss

_MARKS = (-1, 0, 1)
_DEGENERATE = 1e-4  # of a sum without cancelling: usual sums are above 1e-2, rounding errors below 1e-7
_TERMS = {"gradient": lambda level, gradient: gradient, "input_x_gradient": torch.mul}
"""What each of our views sums over a word's dimensions."""


def saliency_loss(
    score: Tensor,
    levels: Mapping[str, Tensor],
    marks: Tensor,
    *,
    loss: str = "hinge",
    real: Tensor | None = None,
    check: bool = True,
) -> Tensor:
    """Return the saliency loss, λ = 1: the sum of the rows' penalties / rows, a scalar to add to any loss.

    score   (rows,): f of each row's label, such as its log-odds; with a graph
    levels  name → (rows, words, d) or (rows, words); `-1` words are judged at `word`, or else at the first
    marks   (rows, words): 1 or True must speak for the label, -1 must not matter, 0 says nothing
    loss    the name of a registered saliency loss, or a sum of names; none with the marks head
    real    (rows, words) bool, False at pads; without it every word is real

    A batch without a mark returns 0 at no cost. Raises SaliencyError where the loss would
    teach nothing or noise; `check=False` skips the checks that wait for the device.
    """
    batch = _batch(score, levels, marks, real)
    chosen: SaliencyLoss = registry.load("loss", loss)
    if needs_evidence(loss):
        raise SaliencyError(f"loss {loss!r}: word-ce needs the evidence of each word, which only our own model has")
    if chosen.head:
        raise SaliencyError(
            f"loss {loss!r}: the marks head has parameters of its own, train learner.saliency.marks_head with it"
        )
    if check:
        _check_marks(marks)
    if not batch.is_marked.any():
        return score.new_zeros(())
    saliency = _differentiate(score, levels, batch.real, create_graph=True, check=check)
    return chosen.penalty(saliency, batch, tuple(levels)).sum() / len(score)


def word_saliency(
    score: Tensor, level: Tensor, *, view: str = "input_x_gradient", real: Tensor | None = None, check: bool = True
) -> Tensor:
    """Return one signed number per word, (rows, words), 0 at pads: how much it moves `score`, (rows,).

    `level` is (rows, words, d) or (rows, words). The graph of `score` is kept, for a later `backward`.
    """
    levels = {"word": level}
    marks = torch.zeros(level.shape[:2], dtype=torch.int8, device=level.device)
    batch = _batch(score, levels, marks, real)
    return _differentiate(score, levels, batch.real, create_graph=False, check=check).view(view, "word").detach()


@dataclass(frozen=True)
class _CheckedSaliency(Saliency):
    """Saliency that refuses a view of rounding noise: see `_check_view`."""

    check: bool = True

    def view(self, name: str, level: str) -> Tensor:
        values = super().view(name, level)
        if self.check and name in _TERMS and self.levels[level].dim() == 3:
            terms = _TERMS[name](self.levels[level], self.gradients[level]).detach()
            _check_view(name, level, values.detach(), terms * self.real[..., None])
        return values


def _differentiate(
    score: Tensor, levels: Mapping[str, Tensor], real: Tensor, *, create_graph: bool, check: bool
) -> _CheckedSaliency:
    reached = torch.autograd.grad(
        score.sum(), list(levels.values()), retain_graph=True, create_graph=create_graph, allow_unused=True
    )
    gradients = {name: _reached(name, gradient) for name, gradient in zip(levels, reached, strict=True)}
    if create_graph and check:
        _check_second_derivative(gradients)
    first = next(iter(levels))
    return _CheckedSaliency(
        {"word": levels[first], **levels}, {"word": gradients[first], **gradients}, real, check=check
    )


def _batch(score: Tensor, levels: Mapping[str, Tensor], marks: Tensor, real: Tensor | None) -> Batch:
    """Return the marks in the form that the losses read; raise SaliencyError if shapes do not agree."""
    if not levels:
        raise SaliencyError('levels: found none, expected at least one, as {"word": W}')
    for name, level in levels.items():
        _check_level(name, level, score)
        if level.shape[:2] != marks.shape:
            raise SaliencyError(
                f"marks are {_shape(marks)} and level {name!r} is {_shape(level)}: expected one mark per word"
            )
    real = torch.ones_like(marks, dtype=torch.bool) if real is None else real.bool()
    if real.shape != marks.shape:
        raise SaliencyError(f"real is {_shape(real)} and marks are {_shape(marks)}: expected the same shape")
    rows = torch.zeros(len(score), dtype=torch.int64, device=marks.device)
    ids = torch.zeros_like(marks, dtype=torch.int64)
    return Batch(ids=ids, real=real, labels=rows, contributory=(marks == 1) & real, irrelevant=(marks == -1) & real)


def _check_level(name: str, level: Tensor, score: Tensor) -> None:
    if score.dim() != 1:
        raise SaliencyError(f"score is {_shape(score)}, expected (rows,): one number per row, its label's")
    if level.dim() not in (2, 3) or len(level) != len(score):
        raise SaliencyError(
            f"level {name!r} is {_shape(level)}, expected ({len(score)}, words, d) or ({len(score)}, words)"
        )
    if not score.requires_grad:
        raise SaliencyError("score has no graph: compute it outside torch.no_grad and do not detach it")
    if not level.requires_grad:
        raise SaliencyError(
            f"level {name!r} has no graph: call requires_grad_() on it before the model reads it (frozen embeddings)"
        )


def _reached(name: str, gradient: Tensor | None) -> Tensor:
    if gradient is None:
        raise SaliencyError(
            f"score does not depend on level {name!r}: pass the tensor it was computed from, not a copy or view"
        )
    return gradient


def _check_marks(marks: Tensor) -> None:
    known = torch.isin(marks.long(), torch.tensor(_MARKS, device=marks.device)) & (marks == marks.long())
    if not known.all():
        raise SaliencyError(f"marks: found {marks[~known][0].item()}, expected only 1, 0 and -1")


def _check_view(name: str, level: str, values: Tensor, terms: Tensor) -> None:
    """Raise SaliencyError if the sums over a word's dimensions cancel for every word.

    A LayerNorm after a level removes what all its dimensions share: Σ_j ∂f/∂x_ij is then zero by
    construction, its sign is that of a rounding error, and a loss on it teaches noise.
    """
    size = terms.abs().sum(dim=2).mean()
    if values.abs().mean() < _DEGENERATE * size:
        raise SaliencyError(
            f"the view {name} of level {level!r} sums to zero for every word, as before a LayerNorm: "
            "use the level after it, or a loss and a view of input_x_gradient"
        )


def _check_second_derivative(gradients: Mapping[str, Tensor]) -> None:
    """Raise SaliencyError for a graph in which `backward` would fail: fused attention, or a cuDNN RNN."""
    waiting, seen = [gradient.grad_fn for gradient in gradients.values()], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        if node.name().endswith("NotImplemented"):
            raise SaliencyError(
                "a part of the model has no second derivative: run attention under "
                "torch.nn.attention.sdpa_kernel(SDPBackend.MATH), and recurrent networks without cuDNN"
            )
        seen.add(node)
        waiting.extend(each for each, _ in node.next_functions)


def _shape(tensor: Tensor) -> str:
    return str(tuple(tensor.shape))
