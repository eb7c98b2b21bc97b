"""The paper's cloze model (its Figure 1b): the event model with a query for each sentence.

    q      max over the query's words of max(conv₃, conv₅)    (rows, d)
    I      max(conv₃(W), conv₅(W)) ⊙ q, elementwise           (rows, words, d)

The query has its own convolutions, or shares the sentence's. Saliency is taken only at the
sentence: at W, at I after the product, and at D_dim.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor

from learner.data.batches import Batch
from learner.errors import ExampleError
from learner.models import routing
from learner.models.cnn import EventCnn, convolutions


class ClozeCnn(EventCnn):
    """The event model with I multiplied by q, the query's vector."""

    name = "cloze"
    title = "the cloze model"
    reads_queries = True
    made_with: ClassVar[tuple[str, ...]] = (*EventCnn.made_with, "shared_query_convolutions")

    def __init__(self, vectors: Tensor, *, shared_query_convolutions: bool = False, **settings: Any) -> None:
        super().__init__(vectors, **settings)
        self.settings["shared_query_convolutions"] = shared_query_convolutions
        if not shared_query_convolutions:
            self.query_conv3, self.query_conv5 = convolutions(self.dimension)

    def read_query(self, batch: Batch) -> Tensor:
        """Return q by plain autograd, with every word projected in its place: (rows, d)."""
        ids, real = _query_of(batch)
        convolved = routing.convolve(self._look_up(ids), self._query_kernels())
        return convolved.masked_fill(~real[..., None], -torch.inf).max(dim=1).values

    def route_query(self, batch: Batch) -> Tensor:
        """Return q, with every distinct word of the queries projected once: (rows, d)."""
        ids, real = _query_of(batch)
        vectors, windows = self.project_once(ids)
        kernels = self._query_kernels()
        maxima = routing.find_maxima(vectors, windows, real, kernels)
        return routing.entries_of(maxima, kernels)[:, : self.dimension]

    def _query_kernels(self) -> routing.Kernels:
        if self.settings["shared_query_convolutions"]:
            return self._kernels()
        return routing.join(self.query_conv3, self.query_conv5)


def _query_of(batch: Batch) -> tuple[Tensor, Tensor]:
    if batch.query_ids is None or batch.query_real is None:
        raise ExampleError("the cloze model reads a query with every sentence: found a sentence without one")
    return batch.query_ids, batch.query_real
