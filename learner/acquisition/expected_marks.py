"""Which words people would mark, by the marks so far: the marks head, fitted to a model that stays as it is.

Training throws its marks head away, and not every loss has one. Here the same head learns on the trained model's
head level, of the marked sentences of the pool alone.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from learner.data.batches import Batch
from learner.saliency.marks_head import MarksHead

_STEPS = 50
_DECAY = 1e-3


def fit_marks_head(levels: Sequence[tuple[Tensor, Batch]], *, dimension: int) -> MarksHead:
    """Return the head that fits best to these levels, (rows, words, dimension), and the marks of their batches.

    The result depends on nothing random: the head starts at zero, and its cost is convex.
    """
    head = MarksHead(dimension).to(levels[0][0])
    torch.nn.init.zeros_(head.linear.weight)
    torch.nn.init.zeros_(head.linear.bias)
    rows = sum(len(level) for level, _ in levels)
    optimiser = torch.optim.LBFGS(head.parameters(), max_iter=_STEPS, line_search_fn="strong_wolfe")

    def cost() -> Tensor:
        optimiser.zero_grad()
        costs = torch.stack([head(level, batch).sum() for level, batch in levels]).sum() / rows
        total = costs + _DECAY * head.linear.weight.square().sum()
        torch.autograd.backward(total)
        return total

    with torch.enable_grad():
        optimiser.step(cost)  # type: ignore[no-untyped-call]
    return head


def expect(head: MarksHead, level: Tensor) -> Tensor:
    """Return how probably people would mark each word of the level: (rows, words)."""
    return functional.sigmoid(head.linear(level).squeeze(2)).detach()
