"""What the learner asks of a model, so that saliency and objective work on any.

The paper's cloze model, which also reads the example's query, will be a second one beside `cnn`.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from torch import Tensor

from learner.batches import Batch


class Output(NamedTuple):
    """What a model makes of a batch.

    `levels` are the named layers that saliency is taken at: tensors of the graph from which the
    logits were computed, axis 1 is the word. (rows, words, dimensions) or (rows, words).
    """

    logits: Tensor  # (rows, classes)
    levels: Mapping[str, Tensor]


class WordModel(Protocol):
    """A classifier whose layers keep the word axis; examples of a batch must not interact."""

    def __call__(self, batch: Batch) -> Output:
        """Return the logits and the levels of a batch."""
