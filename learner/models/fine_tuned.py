"""The model of word evidence on an encoder that trains with it (ours).

    gate     1 for every word; it multiplies the vectors of the word's pieces
             after the LayerNorm of the encoder's embeddings                      (rows, words)
    W        the encoder's last states, the mean over each word's pieces          (rows, words, d)
    t, logits as in the evidence model

The level `word` is the gate: the gradient at it is Σ x ∂f/∂x over the dimensions of all of the word's pieces, its
input × gradient, and both views of that level are the same. Leaving a word out, or integrating from nothing, is
done by its gate.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor

from learner.config import Precision
from learner.data.batches import Batch
from learner.data.vocabulary import PADDING
from learner.model_names import FINE_TUNED, KNOWN
from learner.models.evidence import Evidence
from learner.models.protocol import Output, Weighing
from learner.models.recipe import Recipe
from learner.models.trained_encoder import TrainedEncoder
from learner.models.words import Words

_SHARE_OF_RATE = 0.1  # the encoder's learning rate: it already knows the language
_WORDS_AT_ONCE = {"cpu": 512, "cuda": 8192}


class FineTuned(Evidence):
    """An encoder, or its last `trained_layers` layers, and the evidence model's network, trained together."""

    name = FINE_TUNED
    title = "the fine-tuned encoder"
    default_loss = KNOWN[FINE_TUNED].loss
    made_with: ClassVar[tuple[str, ...]] = (*Evidence.made_with, "trained_layers", "precision", "recompute_layers")
    trains_encoder = True
    recipe = Recipe(batch_size=16, steps_per_root=6.0, warmup_share=0.1, decays=True, largest_gradient=1.0)
    words: TrainedEncoder

    def __init__(
        self,
        words: Words,
        *,
        trained_layers: int | None = None,
        precision: Precision = "float32",
        recompute_layers: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(words, **settings)
        self.settings |= {
            "trained_layers": trained_layers,
            "precision": precision,
            "recompute_layers": recompute_layers,
        }
        self.words.precision, self.words.recomputes = precision, recompute_layers
        if trained_layers is not None:
            self.words.train_last(trained_layers)

    @property
    def words_at_once(self) -> int:
        """Return how many words and pads are best read at once."""
        return _WORDS_AT_ONCE.get(self.inward.weight.device.type, _WORDS_AT_ONCE["cpu"])

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Return the encoder's parameters with a tenth of the learning rate, and the others."""
        of_encoder = list(self.words.parameters())
        known = set(map(id, of_encoder))
        others = [parameter for parameter in self.parameters() if id(parameter) not in known]
        return [{"params": of_encoder, "lr": learning_rate * _SHARE_OF_RATE}, {"params": others, "lr": learning_rate}]

    def forward(self, batch: Batch, words: Tensor | None = None) -> Output:
        """Return the logits and the levels `word` (the gate), `hidden` and `evidence` (t)."""
        gate = self._gate(batch) if words is None else words
        weighing = self._weigh(self.inward(self.words.vectors(batch.text, gate)), batch.real)
        return Output(weighing.logits, {"word": gate, **weighing.levels}, weighing.evidence_labels)

    def weigh(self, batch: Batch) -> Weighing:
        """Return the same logits, and the evidence of the words; without a gate in train mode."""
        if self.training:
            return self._weigh(self.inward(self.words.vectors(batch.text)), batch.real)
        gate = self._gate(batch)
        return self._weigh(self.inward(self.words.vectors(batch.text, gate)), batch.real)._replace(gate=gate)

    def has_closed_gradient(self) -> bool:
        """Return False: the gate is below the encoder."""
        return False

    def _gate(self, batch: Batch) -> Tensor:
        gate = (batch.ids != PADDING).to(self.inward.weight.dtype)
        return gate.requires_grad_() if torch.is_grad_enabled() else gate
