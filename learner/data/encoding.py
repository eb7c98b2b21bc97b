"""What an encoder is: it turns the words of sentences into what a model reads."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from learner.data.pieces import FlatPieces

Query = Sequence[str] | None


class Flat(NamedTuple):
    """The words of several sentences, one after the other; sentence i is `ids[offsets[i] : offsets[i + 1]]`."""

    ids: Tensor  # (tokens,) int64: rows of the embedding table; UNKNOWN if the words come as vectors
    offsets: Tensor  # (sentences + 1,) int64
    vectors: Tensor | None = None  # (tokens, d): the words' vectors, if a pretrained encoder has read them
    pieces: FlatPieces | None = None  # what an encoder that is trained reads of the sentences and their queries

    def to(self, device: torch.device) -> "Flat":
        """Return the same words on another device."""
        vectors = None if self.vectors is None else self.vectors.to(device)
        pieces = None if self.pieces is None else self.pieces.to(device)
        return Flat(self.ids.to(device), self.offsets.to(device), vectors, pieces)


class Encoder(Protocol):
    """Turns sentences into words that a model reads."""

    def encode(
        self, sentences: Sequence[Sequence[str]], queries: Sequence[Query], *, keep: bool = True
    ) -> tuple[Flat, Flat | None]:
        """Return the words of the sentences, and those of the queries if every sentence has one.

        `keep` is False for sentences that will not be read again.
        """


def all_of(queries: Sequence[Query]) -> Sequence[Sequence[str]] | None:
    """Return the queries if every sentence has one."""
    given = [query for query in queries if query]
    return given if 0 < len(given) == len(queries) else None


def offsets_of(sentences: Sequence[Sequence[str]]) -> Tensor:
    """Return where each sentence starts, and where the last one ends: (sentences + 1,) int64."""
    return torch.tensor(np.cumsum([0, *map(len, sentences)]), dtype=torch.int64)


def all_words(sentences: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the words of all sentences."""
    return chain.from_iterable(sentences)
