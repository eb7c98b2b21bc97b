"""Windows of pieces as the tensors that a network reads, and from its states back to words."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from learner.encoders.pieces import Reading
from learner.encoders.windows import Window


class PieceBatch(NamedTuple):
    """Windows of several sentences; `of_word[i]` is the word of the piece at `places[i]` in the flat rows."""

    ids: Tensor  # (rows, pieces)
    types: Tensor  # (rows, pieces)
    real: Tensor | None  # (rows, pieces) bool; None without padding
    places: Tensor
    of_word: Tensor  # the words of all sentences are numbered one after the other, each sentence's query after it

    def to(self, device: torch.device) -> "PieceBatch":
        """Return the batch on the device."""
        real = None if self.real is None else self.real.to(device)
        ids, types, places, of_word = (part.to(device) for part in (self.ids, self.types, self.places, self.of_word))
        return PieceBatch(ids, types, real, places, of_word)


def batch_windows(windows: Sequence[Window], first_words: Sequence[int]) -> PieceBatch:
    """Return the windows as a batch; `first_words` are the numbers of the first words of their sentences."""
    lengths = np.array([len(window.ids) for window in windows])
    shape = (len(windows), int(lengths.max()))
    real = np.arange(shape[1]) < lengths[:, None]
    ids, types = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    ids[real] = np.concatenate([window.ids for window in windows])
    types[real] = np.concatenate([window.types for window in windows])
    places = np.concatenate([row * shape[1] + window.places for row, window in enumerate(windows)])
    words = np.concatenate([first + window.words for first, window in zip(first_words, windows, strict=True)])
    return PieceBatch(
        ids=torch.from_numpy(ids),
        types=torch.from_numpy(types),
        real=None if real.all() else torch.from_numpy(real),
        places=torch.from_numpy(places),
        of_word=torch.from_numpy(words),
    )


class Flat(NamedTuple):
    """The windows of several sentences; the words of all are numbered one after the other, as in a batch."""

    windows: list[Window]
    first_words: list[int]  # for each window, the number of its sentence's first word
    pieces_per_word: Tensor  # (words, 1)


def flatten(readings: Sequence[Reading]) -> Flat:
    """Return what is read for several sentences as one list of windows."""
    begins = np.cumsum([0, *(reading.words + (reading.query_words or 0) for reading in readings)]).tolist()
    windows = [window for reading in readings for window in reading.windows]
    firsts = [first for first, reading in zip(begins, readings, strict=False) for _ in reading.windows]
    of_word = [first + window.words for first, window in zip(firsts, windows, strict=True)]
    counts = np.bincount(np.concatenate(of_word) if of_word else np.zeros(0, np.int64), minlength=begins[-1])
    return Flat(windows, firsts, torch.from_numpy(counts).float()[:, None])


def sum_pieces(states: Tensor, batch: PieceBatch, words: int) -> Tensor:
    """Return for each word the sum of its pieces' states, (words, dimension), given (rows, pieces, dimension)."""
    pieces = states.flatten(0, 1).index_select(0, batch.places)
    return pieces.new_zeros(words, states.shape[2]).index_add(0, batch.of_word, pieces)
