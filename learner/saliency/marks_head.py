"""The marks head: an auxiliary classifier of words that learns which ones people mark.

It reads the level I, so that the convolutions come to tell marked words from others; it trains
with the model and is not part of it: prediction and checkpoints know nothing of it.
"""

from torch import Tensor, nn
from torch.nn import functional

from learner.data.batches import Batch
from learner.saliency.losses import mean_over


class MarksHead(nn.Module):
    """One linear output a word, the log-odds that it has a `+`; `dimension` is that of I."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dimension, 1)

    def forward(self, intermediate: Tensor, batch: Batch) -> Tensor:
        """Return the mean cross-entropy over each row's words: (rows,).

        `intermediate` is I, (rows, words, dimension). In a row without a `+` only its `-` words
        count: nobody has said that the others are irrelevant.
        """
        z = batch.contributory
        log_odds = self.linear(intermediate).squeeze(2)  # (rows, words)
        costs = functional.binary_cross_entropy_with_logits(log_odds, z.to(log_odds.dtype), reduction="none")
        return mean_over(costs, batch.real & (z.any(dim=1, keepdim=True) | batch.irrelevant))
