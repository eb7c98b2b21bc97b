"""A model's predictions for the sentences of a round: the open ones of the pool first, then those with answers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import tee
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotator.rounds.files import sha256_of
from annotator.rounds.learning.pool import in_chunks, token_offsets
from db.aside import aside, put_in_place, remove_left
from db.store import Store

if TYPE_CHECKING:
    from learner.training.trained import TrainedModel


@dataclass(frozen=True)
class PoolScores:
    """The model's predictions for the scored pool sentences, in the order of `sentence_ids`."""

    sentence_ids: NDArray[np.int64]  # (sentences,)
    probabilities: NDArray[np.float64]  # (sentences, labels): as exact as those that the explained label is chosen by
    labels: NDArray[np.int64]  # (sentences,)
    offsets: NDArray[np.int64]  # (sentences + 1,): sentence i has the rows offsets[i] to offsets[i + 1] of the file
    file: Path
    """Half-precision saliency of every word, shape (words of these sentences, 2): the model's own view, gradient."""

    def first(self, count: int) -> "PoolScores":
        """Return the predictions for the first `count` sentences."""
        kept = slice(count)
        offsets = self.offsets[: count + 1]
        return PoolScores(self.sentence_ids[kept], self.probabilities[kept], self.labels[kept], offsets, self.file)

    def saliency(self, index: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return both views of the sentence at this index, one score per token."""
        rows = np.load(self.file, mmap_mode="r")[self.offsets[index] : self.offsets[index + 1]]
        own, gradient = rows.astype(float).T.tolist()
        return tuple(own), tuple(gradient)


def score_sentences(store: Store, trained: "TrainedModel", ids: Sequence[int], file: Path) -> PoolScores:
    """Score these sentences; the saliency of all their words goes to `file` (.npy), whole or not at all."""
    from learner.prediction import predict_many, shown

    views = shown(trained.model)
    offsets = token_offsets(store, ids)
    probabilities = np.empty((len(ids), len(trained.labels)), dtype=np.float64)
    labels = np.empty(len(ids), dtype=np.int64)
    tokens, queries = tee(sentence for chunk in in_chunks(store, ids) for sentence in chunk)
    predicted = predict_many(
        trained,
        (sentence.tokens for sentence in tokens),
        queries=(sentence.query_tokens for sentence in queries),
    )
    with _saliency_aside(file, words=int(offsets[-1])) as saliency:
        start = 0
        for part in predicted:
            end = start + len(part)
            for column, view in enumerate(views):
                saliency[offsets[start] : offsets[end], column] = part.saliency[view]
            probabilities[start:end], labels[start:end] = part.probabilities, part.labels
            start = end
    return PoolScores(np.array(ids, dtype=np.int64), probabilities, labels, offsets, file)


def save_scores(scores: PoolScores, file: Path) -> str:
    """Write everything but the saliency to `file` (.npz), whole or not at all, and return its SHA-256."""
    remove_left(file)
    with aside(file) as half:
        with half.open("wb") as stream:
            np.savez(
                stream,
                sentence_ids=scores.sentence_ids,
                probabilities=scores.probabilities,
                labels=scores.labels,
                offsets=scores.offsets,
            )
        digest = sha256_of(half)
        put_in_place(half, file)
    return digest


def load_scores(file: Path, saliency: Path) -> PoolScores:
    """Return what `save_scores` wrote, with the saliency of its file."""
    # Of a damaged archive, numpy would leave a file open that it opened itself.
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return PoolScores(**{name: arrays[name] for name in arrays}, file=saliency)


@contextmanager
def _saliency_aside(file: Path, *, words: int) -> Iterator[NDArray[np.float16]]:
    """Yield the rows of all words, to be filled; the file gets its name when the block ends."""
    remove_left(file)
    with aside(file) as half:
        rows = np.lib.format.open_memmap(half, mode="w+", dtype=np.float16, shape=(words, 2))
        yield rows
        rows.flush()
        put_in_place(half, file)
