"""The marks head: an auxiliary classifier of words that learns which ones people mark.

It reads the model's head level, I of the paper's models, so that what makes it (there the convolutions)
comes to tell marked words from others. It trains with the model and is not part of it: prediction and
checkpoints know nothing of it.
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
        count: nobody has said that the others are irrelevant.
        """
        z = batch.contributory
        log_odds = self.linear(level).squeeze(2)  # (rows, words)
        costs = functional.binary_cross_entropy_with_logits(log_odds, z.to(log_odds.dtype), reduction="none")
        return mean_over(costs, batch.real & (z.any(dim=1, keepdim=True) | batch.irrelevant))
