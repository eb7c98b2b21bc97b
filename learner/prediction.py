"""Predict sentences: their probabilities, and the saliency of every word for the likeliest label that has some."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, repeat

import numpy as np
import torch
from numpy.typing import NDArray

from learner.data.batches import Batch, encode_sentences, reading_order
from learner.errors import ExampleError
from learner.explained import explained_labels
from learner.models.protocol import Model
from learner.saliency.reading import ReadBatch, read, tabulate
from learner.training.trained import TrainedModel

_WINDOW = 2048  # sentences sorted by length at a time
_LARGEST_TABLE = 200 * 2**20  # bytes


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
    remaining = iter(zip(sentences, queries, strict=True) if queries is not None else zip(sentences, repeat(None)))
    read_batch: Callable[[Batch], ReadBatch] = partial(read, trained.model)
    read_from_table = None
    while window := list(islice(remaining, _WINDOW)):
        most = batch_tokens or trained.model.words_at_once
        yield from _predict_window(trained, window, most, read_from_table or read_batch)
        if read_from_table is None and len(window) == _WINDOW:
            read_from_table = tabulate(trained.model, largest_bytes=_LARGEST_TABLE)


def _predict_window(
    trained: TrainedModel,
    window: Sequence[tuple[Sequence[str], Sequence[str] | None]],
    batch_tokens: int,
    read_batch: Callable[[Batch], ReadBatch],
) -> list[Prediction]:
    sentences, queries = [tokens for tokens, _ in window], [query for _, query in window]
    if not all(sentences):
        raise ValueError("a sentence without tokens has no prediction: leave it out")
    if trained.model.reads_queries and not all(queries):
        raise ExampleError("this model reads a query with each sentence: found a sentence without one")
    encoded = encode_sentences(sentences, trained.encoder, max_words=trained.max_words, queries=queries)
    encoded = encoded.to(trained.device)
    predictions: dict[int, Prediction] = {}
    for rows in reading_order(encoded.lengths, batch_tokens=batch_tokens):
        widths = [len(sentences[row]) for row in rows.tolist()]
        predictions |= zip(rows.tolist(), _predict_batch(trained, encoded.batch(rows), widths, read_batch), strict=True)
    return [predictions[row] for row in range(len(sentences))]


def _predict_batch(
    trained: TrainedModel, batch: Batch, widths: Sequence[int], read_batch: Callable[[Batch], ReadBatch]
) -> Iterator[Prediction]:
    with torch.enable_grad():
        reading = read_batch(batch)
        probabilities = reading.logits.detach().double().softmax(dim=1).cpu().numpy()
        explained = explained_labels(probabilities, trained.constant_labels)
        saliency = reading.explain(
            torch.from_numpy(explained).to(trained.device), target=trained.config.saliency_target
        )
    views = {view: saliency.view(view, "word").detach().float().cpu().numpy() for view in shown(trained.model)}
    labels = zip(probabilities.argmax(axis=1).tolist(), explained.tolist(), strict=True)
    for row, ((label, of_words), width) in enumerate(zip(labels, widths, strict=True)):
        filled = {view: fill(scores[row], width) for view, scores in views.items()}
        yield Prediction(tuple(probabilities[row].tolist()), label, of_words, filled)


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
