"""The paper's event model (its Figure 1a).

    W      word vectors                                 (rows, words, d)
    I      max(conv₃(W), conv₅(W)), elementwise         (rows, words, d)
    D_seq  max of I over the words                      (rows, d)
    D_dim  max of I over the features, 0 past the end   (rows, max_words)
    logits feed-forward([D_seq ; D_dim])                (rows, classes)

Every maximum gives its gradient to one place: at a tie one of the tied units gets it whole.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from learner.batches import Batch
from learner.models.protocol import Output
from learner.vocabulary import PADDING

LEVELS = ("word", "intermediate", "decision")
_DROPOUT = 0.5


class EventCnn(nn.Module):
    """Convolutions over three and five words, two maxima, one feed-forward network.

    `vectors` is (table rows, d): the start of the embedding table, its first `trained_rows` rows
    to be trained and the others to stay. A sentence may have at most `max_words` words.
    """

    frozen: Tensor
    dimension: int
    """d, of a word vector and of I."""

    def __init__(
        self,
        vectors: Tensor,
        *,
        trained_rows: int,
        classes: int,
        max_words: int,
        hidden_layer: bool = True,
    ) -> None:
        super().__init__()
        self.dimension = d = vectors.shape[1]
        self.max_words = max_words
        self.has_hidden_layer = hidden_layer
        self.embedding = nn.Embedding.from_pretrained(  # type: ignore[no-untyped-call]
            vectors[:trained_rows].clone(), freeze=False, padding_idx=PADDING
        )
        self.register_buffer("frozen", vectors[trained_rows:].clone())
        self.conv3 = nn.Conv1d(d, d, kernel_size=3, padding="same")
        self.conv5 = nn.Conv1d(d, d, kernel_size=5, padding="same")
        hidden = [nn.Linear(d + max_words, d), nn.ReLU(), nn.Dropout(_DROPOUT)] if hidden_layer else []
        last = nn.Linear(d if hidden_layer else d + max_words, classes)
        self.head = nn.Sequential(nn.Dropout(_DROPOUT), *hidden, last)

    def forward(self, batch: Batch) -> Output:
        """Return the logits and the levels `word` (W), `intermediate` (I) and `decision` (D_dim)."""
        word = self._look_up(batch.ids)
        intermediate = self._convolve(word)
        pads = ~batch.real
        sequence = intermediate.masked_fill(pads[..., None], -torch.inf).max(dim=1).values  # (rows, d)
        decision = intermediate.max(dim=2).values.masked_fill(pads, 0.0)  # (rows, words)
        filled = functional.pad(decision, (0, self.max_words - decision.shape[1]))  # (rows, max_words)
        logits = self.head(torch.cat([sequence, filled], dim=1))
        return Output(logits, {"word": word, "intermediate": intermediate, "decision": decision})

    def _look_up(self, ids: Tensor) -> Tensor:
        trained: Tensor = self.embedding(ids.clamp(max=self.embedding.num_embeddings - 1))
        if len(self.frozen) == 0:
            return trained
        fixed = self.frozen[(ids - self.embedding.num_embeddings).clamp(min=0)]
        return torch.where((ids < self.embedding.num_embeddings)[..., None], trained, fixed)

    def _convolve(self, word: Tensor) -> Tensor:
        channels = word.transpose(1, 2)  # (rows, d, words)
        three, five = self.conv3(channels), self.conv5(channels)
        return torch.where(three >= five, three, five).transpose(1, 2)
