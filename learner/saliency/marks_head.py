"""The marks head: an auxiliary classifier of words that learns which ones people mark.

It reads the model's head level, I of the paper's models, so that the layers below (there the convolutions)
learn to distinguish marked words from others. It trains with the model but is not part of it: prediction
and checkpoints do not use it.
"""

from torch import Tensor, nn
from torch.nn import functional

from learner.data.batches import Batch
from learner.saliency.losses import mean_over


class MarksHead(nn.Module):
    """One linear output per word, the log-odds that it has a `+`; `dimension` is that of the head level."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dimension, 1)

    def forward(self, level: Tensor, batch: Batch) -> Tensor:
        """Return the mean cross-entropy over each row's words: (rows,).

        `level` is (rows, words, dimension). In a row without a `+` only its `-` words
        count: no person has marked the others as irrelevant.
        """
        z = batch.contributory
        log_odds = self.linear(level).squeeze(2)  # (rows, words)
        costs = functional.binary_cross_entropy_with_logits(log_odds, z.to(log_odds.dtype), reduction="none")
        return mean_over(costs, batch.real & (z.any(dim=1, keepdim=True) | batch.irrelevant))
