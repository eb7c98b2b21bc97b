"""The paper's cloze model (its Figure 1b): the event model with a query for each sentence.

    q      max over the query's words of max(conv₃, conv₅)    (rows, d)
    I      max(conv₃(W), conv₅(W)) ⊙ q, elementwise           (rows, words, d)

The query has its own convolutions, or shares the sentence's. Saliency is taken only at the
sentence: at W, at I after the product, and at D_dim.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor

from learner.data.batches import Batch, Text
from learner.errors import ExampleError
from learner.models import routing
from learner.models.cnn import EventCnn, convolutions
from learner.models.words import Words


class ClozeCnn(EventCnn):
    """The event model with I multiplied by q, the query's vector."""

    name = "cloze"
    title = "the cloze model"
    reads_queries = True
    made_with: ClassVar[tuple[str, ...]] = (*EventCnn.made_with, "shared_query_convolutions")

    def __init__(self, words: Words, *, shared_query_convolutions: bool = False, **settings: Any) -> None:
        super().__init__(words, **settings)
        self.settings["shared_query_convolutions"] = shared_query_convolutions
        if not shared_query_convolutions:
            self.query_conv3, self.query_conv5 = convolutions(self.dimension)

    def read_query(self, batch: Batch) -> Tensor:
        """Return q by plain autograd, with every word projected in its place: (rows, d)."""
        query = _query_of(batch)
        convolved = routing.convolve(self.words(query), self._query_kernels())
        return convolved.masked_fill(~query.real[..., None], -torch.inf).max(dim=1).values

    def route_query(self, batch: Batch) -> Tensor:
        """Return q, with every distinct word of the queries projected once: (rows, d)."""
        query = _query_of(batch)
        vectors, windows = self.windows(query)
        kernels = self._query_kernels()
        maxima = routing.find_maxima(vectors, windows, query.real, kernels)
        return routing.entries_of(maxima, kernels)[:, : self.dimension]

    def _query_kernels(self) -> routing.Kernels:
        if self.settings["shared_query_convolutions"]:
            return self.kernels()
        return routing.join(self.query_conv3, self.query_conv5)


def _query_of(batch: Batch) -> Text:
    if batch.query is None:
        raise ExampleError("the cloze model reads a query with every sentence: found a sentence without one")
    return batch.query
