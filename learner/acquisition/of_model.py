"""What an acquisition reads of a trained model: vectors, readings with dropout, gradients, expected marks.

Nothing is read until it is asked for, and only of the rows that are asked for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from learner.acquisition.expected_marks import expect, fit_marks_head
from learner.acquisition.pool import Array, Features, Rows
from learner.acquisition.vectors import Text, compared, project
from learner.acquisition.word_rows import WordRows, together
from learner.data.batches import Batch, EncodedExamples, encode_examples, encode_sentences, reading_order
from learner.data.example import Example
from learner.models.protocol import Model
from learner.saliency.attributions import attribute
from learner.saliency.marks_head import MarksHead
from learner.saliency.reading import logits_of
from learner.training.trained import TrainedModel

PASSES = 10
LIKELIEST = 3
"""Of more labels, only the likeliest three count for the expected length of a gradient."""
MOST_MARKED = 2000
"""The marked sentences that one linear layer learns from: enough, and not too many for the memory."""
_WINDOW = 2048


class ModelFeatures(Features):
    """Reads rows of the pool with a trained model.

    `texts(rows)` and `scores(rows)` return the rows' words and the saliency of each word; `answered` are the
    answered sentences of the pool. All randomness comes from `seed`.
    """

    def __init__(
        self,
        trained: TrainedModel,
        *,
        texts: Callable[[Rows], list[Text]],
        scores: Callable[[Rows], WordRows],
        answered: Sequence[Example],
        seed: int,
    ) -> None:
        self._trained, self._texts, self._scores = trained, texts, scores
        self._answered, self._seed = answered, seed

    def words(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return the words of each row."""
        return [tuple(words) for words, _ in self._texts(rows)]

    def compared_words(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return the words of each row, told apart by its query."""
        return compared(self._texts(rows))

    def saliency(self, rows: Rows) -> WordRows:
        """Return each word's saliency for the predicted label of its row."""
        return self._scores(rows)

    def vectors(self, rows: Rows) -> Array:
        """Return the mean of the words' vectors, in at most 64 random projections: (rows, dimension)."""
        return self._project(self._batches(rows))

    def answered_vectors(self) -> Array:
        """Return the same of the answered sentences."""
        return self._project(self._answered_batches())

    def passes(self, rows: Rows) -> Array:
        """Return the probabilities of ten readings with dropout: (readings, rows, labels)."""
        model, labels = self._trained.model, len(self._trained.labels)
        read = np.empty((PASSES, len(rows), labels), dtype=np.float32)
        with torch.no_grad(), torch.random.fork_rng(devices=self._devices()):
            torch.manual_seed(self._seed)
            model.train()
            try:
                for places, batch in self._batches(rows):
                    for reading in range(PASSES):
                        read[reading, places] = logits_of(model, batch).float().softmax(dim=1).cpu().numpy()
            finally:
                model.eval()
        return read

    def gradient_lengths(self, rows: Rows) -> Array:
        """Return the largest over words of Σ_k p_k ‖∂ loss_k / ∂ word‖, over the likeliest labels: (rows,).

        With f_k the log-odds of label k, ∂ loss_k = -(1 - p_k) ∂ f_k; of two labels, both f have the same length.
        """
        lengths = np.zeros(len(rows), dtype=np.float32)
        for places, batch in self._batches(rows):
            lengths[places] = _expected_lengths(self._trained.model, batch).amax(dim=1).cpu().numpy()
        return lengths

    def expected_marks(self, rows: Rows) -> WordRows | None:
        """Return how probably people would mark each word, 0 past those that the model sees; None without marks."""
        head = self._marks_head
        if head is None:
            return None
        widths = [len(words) for words, _ in self._texts(rows)]
        expected = [np.zeros(width, dtype=np.float32) for width in widths]
        for places, batch in self._batches(rows):
            of_words = expect(head, head_level(self._trained.model, batch)).cpu().numpy()
            for place, scores in zip(places, of_words, strict=True):
                seen = min(widths[place], self._trained.max_words)
                expected[place][:seen] = scores[:seen]
        return together(expected)

    def marked_words(self) -> Mapping[int, frozenset[str]]:
        """Return label → the words, case-folded, that anyone has marked with `+` for it."""
        marked: dict[int, set[str]] = {}
        for example in self._answered:
            signs = zip(example.tokens, example.marks or "", strict=False)
            marked.setdefault(example.label, set()).update(word.casefold() for word, sign in signs if sign == "+")
        return {label: frozenset(words) for label, words in marked.items()}

    @cached_property
    def _marks_head(self) -> MarksHead | None:
        marked = [example for example in self._answered if "+" in (example.marks or "")]
        if not marked:
            return None
        evenly = marked[:: -(-len(marked) // MOST_MARKED)]
        batches = (batch for _, batch in self._read_batches(self._encode(evenly)))
        levels = [(head_level(self._trained.model, batch), batch) for batch in batches]
        return fit_marks_head(levels, dimension=self._trained.model.dimension)

    def _project(self, batches: Iterator[tuple[NDArray[np.int64], Batch]]) -> Array:
        """Return the batches' mean word vectors in their own order."""
        places, means = [np.zeros(0, np.int64)], [np.zeros((0, self._trained.model.words.dimension), np.float32)]
        for at, batch in batches:
            with torch.no_grad():
                means.append(_mean_vectors(self._trained.model, batch).float().cpu().numpy())
            places.append(at)
        vectors = np.concatenate(means)[np.argsort(np.concatenate(places))]
        return project(vectors, seed=self._seed)

    def _batches(self, rows: Rows) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        """Yield batches of rows, with their places among the rows."""
        for start in range(0, len(rows), _WINDOW):
            words, queries = zip(*self._texts(rows[start : start + _WINDOW]), strict=True)
            trained = self._trained
            encoded = encode_sentences(words, trained.encoder, max_words=trained.max_words, queries=queries)
            for places, batch in self._read_batches(encoded):
                yield start + places, batch

    def _answered_batches(self) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        for start in range(0, len(self._answered), _WINDOW):
            for places, batch in self._read_batches(self._encode(self._answered[start : start + _WINDOW])):
                yield start + places, batch

    def _encode(self, examples: Sequence[Example]) -> EncodedExamples:
        return encode_examples(examples, self._trained.encoder, max_words=self._trained.max_words)

    def _read_batches(self, encoded: EncodedExamples) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        encoded = encoded.to(self._trained.device)
        for places in reading_order(encoded.lengths, batch_tokens=self._trained.model.words_at_once):
            yield places.cpu().numpy(), encoded.batch(places)

    def _devices(self) -> list[torch.device]:
        return [self._trained.device] if self._trained.device.type == "cuda" else []


def head_level(model: Model, batch: Batch) -> Tensor:
    """Return the level that the marks head reads: (rows, words, dimension)."""
    with torch.no_grad():
        level: Tensor = model(batch).levels[model.head_level]
    return level


def _mean_vectors(model: Model, batch: Batch) -> Tensor:
    words = model.words(batch.text).masked_fill(~batch.real[..., None], 0.0)
    mean: Tensor = words.sum(dim=1) / batch.real.sum(dim=1, keepdim=True)
    return mean


def _expected_lengths(model: Model, batch: Batch) -> Tensor:
    """Return the expected length of each word's gradient, in at most three readings: (rows, words)."""
    with torch.no_grad():
        probabilities = logits_of(model, batch).softmax(dim=1)
    ranked = probabilities.topk(min(LIKELIEST, probabilities.shape[1]), dim=1)
    if probabilities.shape[1] == 2:
        (likelier, other), norms = ranked.values.T, attribute(model, batch, ranked.indices[:, 0], by="gradient_norm")
        lengths: Tensor = 2 * (likelier * other)[:, None] * norms
        return lengths
    each = zip(ranked.values.T, ranked.indices.T, strict=True)
    of_labels = [(p * (1 - p))[:, None] * attribute(model, batch, labels, by="gradient_norm") for p, labels in each]
    return torch.stack(of_labels).sum(dim=0)
