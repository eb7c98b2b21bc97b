"""What a trained encoder reads of sentences: their pieces, and the words to which these belong.

A text that is too long for the encoder has several windows. `words` has a last axis because a tokenizer may have
a piece for two words; nearly always its size is 1.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from learner.data.ragged import as_rows


class Pieces(NamedTuple):
    """The pieces of a batch, one row per sentence; ids and types are 0 at pads."""

    ids: Tensor  # (rows, windows, pieces) int64
    types: Tensor  # (rows, windows, pieces) int64: 1 in the query
    real: Tensor  # (rows, windows, pieces) bool: False at pads
    words: Tensor  # (rows, windows, pieces, most) int64: the words of which the piece has a letter; -1: no other
    is_read: Tensor  # (rows, windows, pieces, most) bool: whether the word's vector is read from here

    def rows(self, index: Tensor) -> "Pieces":
        """Return the rows that an index or a bool tensor selects."""
        return Pieces(*(tensor[index] for tensor in self))

    def pin_memory(self) -> "Pieces":
        """Return the same pieces in memory from which a copy to a GPU can start at once."""
        return Pieces(*(tensor.pin_memory() for tensor in self))

    def to(self, device: torch.device, *, non_blocking: bool = False) -> "Pieces":
        """Return the same pieces on another device."""
        return Pieces(*(tensor.to(device, non_blocking=non_blocking) for tensor in self))


class FlatPieces(NamedTuple):
    """The pieces of several sentences, one after the other.

    The pieces of window k are those from `windows[k]` to `windows[k + 1]`, and the windows of sentence i are those
    from `sentences[i]` to `sentences[i + 1]`.
    """

    ids: Tensor  # (pieces,)
    types: Tensor  # (pieces,)
    words: Tensor  # (pieces, most)
    is_read: Tensor  # (pieces, most)
    windows: Tensor  # (windows + 1,) int64
    sentences: Tensor  # (sentences + 1,) int64

    def to(self, device: torch.device) -> "FlatPieces":
        """Return the same pieces on another device."""
        return FlatPieces(*(tensor.to(device) for tensor in self))

    def rows(self, rows: Tensor) -> Pieces:
        """Return the pieces of the sentences with these indices."""
        windows, is_window = as_rows(self.sentences, rows)
        flat, is_piece = as_rows(self.windows, windows.flatten())
        flat, is_piece = (each.view(*windows.shape, -1) for each in (flat, is_piece))
        real = is_piece & is_window[..., None]
        ids, types = (each[flat].masked_fill(~real, 0) for each in (self.ids, self.types))
        words = self.words[flat].masked_fill(~real[..., None], -1)
        return Pieces(ids, types, real, words, self.is_read[flat] & real[..., None])
