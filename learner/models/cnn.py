"""The paper's event model (its Figure 1a).

    W      word vectors                                 (rows, words, d)
    I      max(conv₃(W), conv₅(W)), elementwise         (rows, words, d)
    D_seq  max of I over the words                      (rows, d)
    D_dim  max of I over the features                   (rows, words)
    logits feed-forward([D_seq ; D_dim])                (rows, classes)

D_dim enters the feed-forward part by place, 0 past the end (`padded`), by its largest values
(`top-k`), or not at all (`off`). Every maximum passes its gradient to one place: at a tie, one of
the tied units gets all of it.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from learner.data.batches import Batch, Text
from learner.data.vocabulary import PADDING
from learner.models import routing
from learner.models.protocol import Model, Output, Routes
from learner.models.words import Words, WordTable

LEVELS = ("word", "intermediate", "decision")
DDim = Literal["padded", "top-k", "off"]
TOP_K = 8
_DROPOUT = 0.5


class EventCnn(Model):
    """Convolutions over three and five words, two maxima, one feed-forward network.

    A sentence may have at most `max_words` words.
    """

    name = "cnn"
    title = "the event model"
    made_with: ClassVar[tuple[str, ...]] = ("hidden_layer", "d_dim")
    most_dimensions = 100
    head_level = "intermediate"

    def __init__(
        self,
        words: Words,
        *,
        classes: int,
        max_words: int,
        hidden_layer: bool = True,
        d_dim: DDim = "padded",
    ) -> None:
        super().__init__()
        d = words.dimension
        self.words = words
        self.dimension, self.max_words, self.d_dim = d, max_words, d_dim
        self.settings: dict[str, object] = {"hidden_layer": hidden_layer, "d_dim": d_dim}
        self.levels: Sequence[str] = LEVELS[:2] if d_dim == "off" else LEVELS
        self.conv3, self.conv5 = convolutions(d)
        features = d + {"padded": max_words, "top-k": TOP_K, "off": 0}[d_dim]
        hidden = [nn.Linear(features, d), nn.ReLU(), nn.Dropout(_DROPOUT)] if hidden_layer else []
        self.head = nn.Sequential(nn.Dropout(_DROPOUT), *hidden, nn.Linear(d if hidden_layer else features, classes))

    def forward(self, batch: Batch, words: Tensor | None = None) -> Output:
        """Return the logits and the levels `word` (W), `intermediate` (I) and `decision` (D_dim)."""
        word = self.words(batch.text) if words is None else words
        intermediate = self._scale(routing.convolve(word, self.kernels()), self.read_query(batch))
        pads = ~batch.real
        sequence = intermediate.masked_fill(pads[..., None], -torch.inf).max(dim=1).values  # (rows, d)
        decision = intermediate.max(dim=2).values.masked_fill(pads, 0.0)  # (rows, words)
        levels = {"word": word, "intermediate": intermediate, "decision": decision}
        return Output(self.classify(sequence, decision, batch.real), {name: levels[name] for name in self.levels})

    def route(self, batch: Batch) -> Routes:
        """Return the same logits, with each distinct word projected once, and where each maximum came from."""
        query, kernels = self.route_query(batch), self.kernels()
        vectors, windows = self.windows(batch.text)
        maxima = routing.find_maxima(vectors, windows, batch.real, kernels, scale=query)
        return self.answer_from(maxima, batch.real, kernels, query)

    @torch.no_grad()
    def add_to_logits(self, constants: Tensor) -> None:
        """Add the constants to the bias of the last layer."""
        cast(nn.Linear, self.head[-1]).bias.add_(constants)

    def table_bytes(self) -> int | None:
        """Return the size of what `tabulate` returns; None if the words' vectors are not in a table."""
        if not isinstance(self.words, WordTable):
            return None
        weights = self.kernels().weights
        rows: int = len(self.words.embedding.weight) + len(self.words.frozen)
        return rows * len(weights) * weights.element_size()

    @torch.no_grad()
    def tabulate(self) -> Tensor:
        """Return the projections of every word of the vocabulary, in the order of the embedding table: (words, 8 d)."""
        words = cast(WordTable, self.words)
        weights, trained = self.kernels().weights, words.embedding.num_embeddings
        table = weights.new_empty(trained + len(words.frozen), len(weights))
        torch.mm(words.embedding.weight, weights.t(), out=table[:trained])
        torch.mm(words.frozen, weights.t(), out=table[trained:])
        return table

    def route_from(self, table: Tensor, batch: Batch) -> Routes:
        """Return what `route` returns, without projecting a word, and with no graph below D_seq and D_dim."""
        with torch.no_grad():
            query, kernels = self.route_query(batch), self.kernels()
            windows = routing.windows_of(functional.pad(batch.ids, (routing.MARGIN, routing.MARGIN), value=PADDING))
            maxima = routing.maxima_of_table(table, windows, batch.real, kernels, scale=query)
        return self.answer_from(maxima, batch.real, routing.Kernels(*(tensor.detach() for tensor in kernels)), query)

    def answer_from(
        self, maxima: routing.Maxima, real: Tensor, kernels: routing.Kernels, query: Tensor | None
    ) -> Routes:
        """Return the logits that follow from the maxima, and where the maxima came from."""
        route = maxima.route
        entries = routing.entries_of(maxima, kernels)
        scale = None if query is None else query.gather(1, route.channels)
        entries = entries if scale is None else entries * scale
        if torch.is_grad_enabled() and not entries.requires_grad:
            entries.requires_grad_()
        sequence, decision = entries[:, : self.dimension], entries[:, self.dimension :].masked_fill(~real, 0.0)
        logits = self.classify(sequence, decision, real)
        intermediate = self._scale(maxima.intermediate, query)
        return Routes(logits, {"intermediate": intermediate}, sequence, decision, scale, maxima, kernels, real)

    def classify(self, sequence: Tensor, decision: Tensor, real: Tensor) -> Tensor:
        """Return the logits, (rows, classes), of D_seq, (rows, d), and D_dim, (rows, words), 0 at pads."""
        features = [sequence]
        if self.d_dim == "padded":
            features.append(functional.pad(decision, (0, self.max_words - decision.shape[1])))
        elif self.d_dim == "top-k":
            # Not topk: at a tie the first word must win, however many pads there are.
            ranked = decision.masked_fill(~real, -torch.inf).sort(dim=1, descending=True, stable=True).values
            largest = ranked[:, :TOP_K]
            filled = largest.masked_fill(largest == -torch.inf, 0.0)
            features.append(functional.pad(filled, (0, TOP_K - filled.shape[1])))
        logits: Tensor = self.head(torch.cat(features, dim=1))
        return logits

    def kernels(self) -> routing.Kernels:
        """Return both convolutions' parameters."""
        return routing.join(self.conv3, self.conv5)

    def read_query(self, batch: Batch) -> Tensor | None:
        """Return the factors of I that the query gives, (rows, d); None: this model reads no query."""
        return None

    def route_query(self, batch: Batch) -> Tensor | None:
        """Return the same, with each distinct word projected once."""
        return None

    def windows(self, text: Text) -> tuple[Tensor, Tensor]:
        """Return the vectors of the distinct words, and the sentences' windows of rows of these."""
        vectors, places = self.words.distinct(text, routing.MARGIN)
        return vectors, routing.windows_of(places)

    def _scale(self, intermediate: Tensor, query: Tensor | None) -> Tensor:
        return intermediate if query is None else intermediate * query[:, None]


def convolutions(d: int) -> tuple[nn.Conv1d, nn.Conv1d]:
    """Return a convolution over three words and one over five, d channels each."""
    return nn.Conv1d(d, d, kernel_size=3, padding="same"), nn.Conv1d(d, d, kernel_size=5, padding="same")
