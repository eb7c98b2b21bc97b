"""What the learner asks of a model, so that saliency and objective work on any."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from torch import Tensor

from learner.data.batches import Batch
from learner.models.routing import Kernels, Maxima


class Output(NamedTuple):
    """What a model makes of a batch.

    `levels` are the named layers that saliency is taken at: tensors of the graph from which the
    logits were computed, axis 1 is the word. (rows, words, dimensions) or (rows, words).
    """

    logits: Tensor  # (rows, classes)
    levels: Mapping[str, Tensor]


class WordModel(Protocol):
    """A classifier whose layers keep the word axis; examples of a batch must not interact."""

    def __call__(self, batch: Batch, words: Tensor | None = None) -> Output:
        """Return the logits and the levels of a batch; `words` stand in for its words' vectors, shaped as W."""


class Routes(NamedTuple):
    """What a model of convolutions and maxima makes of a batch, and the way from the words to its logits."""

    logits: Tensor  # (rows, classes)
    levels: Mapping[str, Tensor]  # `intermediate`
    sequence: Tensor  # (rows, d): D_seq
    decision: Tensor  # (rows, words): D_dim, 0 at pads
    scale: Tensor | None  # (rows, d + words): what each entry was multiplied with, by the query
    maxima: Maxima
    kernels: Kernels
    real: Tensor  # (rows, words) bool


@runtime_checkable
class RoutedModel(Protocol):
    """A model that also tells the way of its maxima, so that its saliency needs no second derivative."""

    def route(self, batch: Batch) -> Routes:
        """Return the logits of a batch, to rounding those of a call, and how the maxima came about."""
