"""Predict sentences: their probabilities, and the saliency of every word for the likeliest label that has some."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, repeat
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from learner.data.batches import Batch, encode_sentences, reading_order
from learner.errors import ExampleError
from learner.explained import explained_labels
from learner.models.protocol import Model
from learner.saliency.closed_reading import needs_graph
from learner.saliency.reading import ReadBatch, read, tabulate
from learner.training.trained import TrainedModel

_WINDOW = 2048  # sentences sorted by length at a time
_LARGEST_TABLE = 200 * 2**20  # bytes

_Pair = tuple[Sequence[str], Sequence[str] | None]
_ReadBatch = Callable[[Batch], ReadBatch]


@dataclass(frozen=True)
class Prediction:
    """What a model predicts for one sentence.

    `label` is the index of the likeliest class, and `explained` of the likeliest that words can speak for: the
    same, unless the model answers `label` with a constant. `saliency[view]` is for `explained`, by the view that
    people are shown of this model and by the paper's: one number per token of the whole sentence, 0 for tokens
    past those that the model sees.
    """

    probabilities: tuple[float, ...]
    label: int
    explained: int
    saliency: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Predictions:
    """What a model predicts for several sentences, as arrays; iterating gives the `Prediction` of each.

    Sentence i has `saliency[view][offsets[i] : offsets[i + 1]]`.
    """

    probabilities: NDArray[np.float64]  # (sentences, classes)
    explained: NDArray[np.int64]  # (sentences,)
    saliency: Mapping[str, NDArray[np.float32]]  # (tokens of all sentences,)
    offsets: NDArray[np.int64]  # (sentences + 1,)

    @property
    def labels(self) -> NDArray[np.int64]:
        """Return the index of each sentence's likeliest class: (sentences,)."""
        labels: NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return labels

    def __len__(self) -> int:
        return len(self.probabilities)

    def __iter__(self) -> Iterator[Prediction]:
        columns = (self.probabilities, self.labels, self.explained, self.offsets[:-1], self.offsets[1:])
        for probabilities, label, explained, start, end in zip(*(column.tolist() for column in columns), strict=True):
            saliency = {view: scores[start:end] for view, scores in self.saliency.items()}
            yield Prediction(tuple(probabilities), label, explained, saliency)


def predict(
    trained: TrainedModel,
    sentences: Iterable[Sequence[str]],
    *,
    queries: Iterable[Sequence[str] | None] | None = None,
    batch_tokens: int | None = None,
) -> Iterator[Prediction]:
    """Yield a prediction for each sentence, in order; a sentence has at least one token.

    `queries`, one per sentence, are for a model that reads them. Batches have at most `batch_tokens`
    words and pads (unless given, as many as the model reads best), or one sentence.
    """
    return chain.from_iterable(predict_many(trained, sentences, queries=queries, batch_tokens=batch_tokens))


def predict_many(
    trained: TrainedModel,
    sentences: Iterable[Sequence[str]],
    *,
    queries: Iterable[Sequence[str] | None] | None = None,
    batch_tokens: int | None = None,
) -> Iterator[Predictions]:
    """Yield what `predict` does, some thousand sentences at a time, in order."""
    remaining = iter(zip(sentences, queries, strict=True) if queries is not None else zip(sentences, repeat(None)))
    read_batch: _ReadBatch = partial(read, trained.model)
    read_from_table = None
    while window := list(islice(remaining, _WINDOW)):
        most = batch_tokens or trained.model.words_at_once
        yield _predict_window(trained, window, most, read_from_table or read_batch)
        if read_from_table is None and len(window) == _WINDOW:
            read_from_table = tabulate(trained.model, largest_bytes=_LARGEST_TABLE)


class WindowPredictor:
    """Predicts a window of sentences at a time; the same window gives the same bits, whatever came before it.

    `predict_many` makes a table of the vocabulary only after its first window, so its last bits depend on where it
    began.
    """

    def __init__(self, trained: TrainedModel) -> None:
        self._trained = trained
        with torch.no_grad():
            table = tabulate(trained.model, largest_bytes=_LARGEST_TABLE)
        self._read: _ReadBatch = table or partial(read, trained.model)

    def predict(
        self, sentences: Sequence[Sequence[str]], queries: Sequence[Sequence[str] | None] | None = None
    ) -> Predictions:
        """Return the predictions for some thousand sentences, each with at least one token."""
        window = list(zip(sentences, queries or repeat(None), strict=queries is not None))
        return _predict_window(self._trained, window, self._trained.model.words_at_once, self._read)


def _predict_window(
    trained: TrainedModel, window: Sequence[_Pair], batch_tokens: int, read_batch: _ReadBatch
) -> Predictions:
    sentences, queries = [tokens for tokens, _ in window], [query for _, query in window]
    if not all(sentences):
        raise ValueError("a sentence without tokens has no prediction: leave it out")
    if trained.model.reads_queries and not all(queries):
        raise ExampleError("this model reads a query with each sentence: found a sentence without one")
    encoded = encode_sentences(sentences, trained.encoder, max_words=trained.max_words, queries=queries)
    lengths = encoded.lengths
    encoded = encoded.to(trained.device)
    predictions = _blank(trained, list(map(len, sentences)))
    for rows in reading_order(lengths, batch_tokens=batch_tokens):
        of_batch = _predict_batch(trained, encoded.batch(rows.to(trained.device)), read_batch)
        _write(of_batch, predictions, rows.numpy(), lengths[rows].numpy())
    return predictions


def _blank(trained: TrainedModel, widths: Sequence[int]) -> Predictions:
    """Return predictions for sentences of these numbers of tokens, to be filled."""
    offsets = np.cumsum([0, *widths])
    return Predictions(
        probabilities=np.empty((len(widths), len(trained.labels))),
        explained=np.empty(len(widths), dtype=np.int64),
        saliency={view: np.zeros(offsets[-1], dtype=np.float32) for view in shown(trained.model)},
        offsets=offsets,
    )


class _OfBatch(NamedTuple):
    """What is predicted for the rows of a batch."""

    probabilities: NDArray[np.float64]  # (rows, classes)
    explained: NDArray[np.int64]  # (rows,)
    saliency: Mapping[str, NDArray[np.float32]]  # (rows, words), by view


def _predict_batch(trained: TrainedModel, batch: Batch, read_batch: _ReadBatch) -> _OfBatch:
    with torch.set_grad_enabled(needs_graph(trained.model)):  # without a graph, reading is cheaper
        reading = read_batch(batch)
        probabilities = reading.logits.detach().double().softmax(dim=1).cpu().numpy()
        explained = explained_labels(probabilities, trained.constant_labels)
        saliency = reading.explain(
            torch.from_numpy(explained).to(trained.device), target=trained.config.saliency_target
        )
        views = {view: saliency.view(view, "word").detach().float().cpu().numpy() for view in shown(trained.model)}
    return _OfBatch(probabilities, explained, views)


def _write(of_batch: _OfBatch, into: Predictions, rows: NDArray[np.int64], lengths: NDArray[np.int64]) -> None:
    """Write a batch into its `rows`; `lengths`, (rows,), is how many words of each the model has seen."""
    into.probabilities[rows], into.explained[rows] = of_batch.probabilities, of_batch.explained
    places = np.arange(lengths.max())
    is_read = places < lengths[:, None]
    tokens = (into.offsets[rows][:, None] + places)[is_read]
    for view, scores in of_batch.saliency.items():
        into.saliency[view][tokens] = scores[is_read]


def shown(model: Model) -> tuple[str, str]:
    """Return the names of the view that people see of a model, and of the paper's view."""
    return (model.shown_view, "gradient")


def fill(scores: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Return the scores of a sentence of `width` tokens: pads cut off, 0 for tokens that the model did not see."""
    if len(scores) >= width:
        return scores[:width]
    filled = np.zeros(width, dtype=np.float32)
    filled[: len(scores)] = scores
    return filled
