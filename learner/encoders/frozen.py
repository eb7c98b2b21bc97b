"""A pretrained encoder whose vectors stay as they are: each sentence is read once, and its vectors kept."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from learner.data.encoding import Flat, Query, all_of, offsets_of
from learner.data.vocabulary import UNKNOWN
from learner.encoders.choosing import find_encoder
from learner.encoders.directory import EncoderFiles, read_directory
from learner.encoders.pretrained import PretrainedEncoder, load_pretrained
from learner.encoders.store import VectorStore

Sentence = tuple[Sequence[str], Query]
"""The words of a sentence, and of its query."""
Progress = Callable[[int, int], None]
"""(sentences read, sentences to read)."""

_AT_A_TIME = 1024  # sentences that a stopped reading loses at most


class FrozenEncoder:
    """Reads the vectors of sentences, and keeps them in the store if there is one.

    The encoder's weights are loaded only for a sentence that the store does not have.
    """

    in_context = True

    def __init__(
        self, files: EncoderFiles, *, layer: int, device: str = "cpu", store: VectorStore | None = None
    ) -> None:
        self.files, self.layer, self.device, self.store = files, layer, device, store

    def __repr__(self) -> str:
        """Return what distinguishes its vectors from any other encoder's."""
        return f"FrozenEncoder({self.files.digest}, layer={self.layer})"

    @property
    def name(self) -> str:
        """Return its name in messages."""
        return self.files.name

    def identity(self) -> dict[str, Any]:
        """Return what a checkpoint keeps of it, as JSON values."""
        return {
            "name": self.name,
            "digest": self.files.digest,
            "layer": self.layer,
            "dimension": self.files.dimension,
        }

    @cached_property
    def pretrained(self) -> PretrainedEncoder:
        """Return the encoder, loaded."""
        return load_pretrained(self.files.directory, name=self.name, layer=self.layer, device=self.device)

    def encode(
        self, sentences: Sequence[Sequence[str]], queries: Sequence[Query], *, keep: bool = True
    ) -> tuple[Flat, Flat | None]:
        """Return the vectors of the sentences' words, and of the queries' words if every sentence has one."""
        pairs = list(zip(sentences, queries, strict=True))
        found = self._stored(pairs)
        missing = [place for place, vectors in enumerate(found) if vectors is None]
        for places in _chunks(missing):
            read = self._read([pairs[place] for place in places], keep=keep)
            for place, vectors in zip(places, read, strict=True):
                found[place] = vectors
        every = [vectors for vectors in found if vectors is not None]
        given = all_of(queries)
        of_queries = None if given is None else _flat(given, [vectors.query for vectors in every], self.files.dimension)
        return _flat(sentences, [vectors.words for vectors in every], self.files.dimension), of_queries

    def read_ahead(
        self,
        sentences: Sequence[Sequence[str]],
        queries: Sequence[Query],
        *,
        progress: Progress | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Read the sentences that are not in the store, into the store; return early if `should_stop` says so.

        What was read before a stop is kept.
        """
        if self.store is None:
            return
        pairs = list(zip(sentences, queries, strict=True))
        missing = [pair for pair, is_known in zip(pairs, self.store.known(pairs), strict=True) if not is_known]
        done = 0
        for places in _chunks(range(len(missing))):
            if should_stop is not None and should_stop():
                return
            chunk = [missing[place] for place in places]

            def report(read: int, of_chunk: int, before: int = done) -> None:
                if progress:
                    progress(before + read, len(missing))

            self._read(chunk, keep=True, progress=report)
            done += len(chunk)

    def _stored(self, pairs: Sequence[Sentence]) -> list["_Vectors | None"]:
        if self.store is None:
            return [None] * len(pairs)
        return [None if found is None else _Vectors(*found) for found in self.store.get(pairs)]

    def _read(self, pairs: Sequence[Sentence], *, keep: bool, progress: Progress | None = None) -> list["_Vectors"]:
        """Return the vectors of the sentences as float16, read by the encoder, and put them in the store."""
        sentences, queries = [tokens for tokens, _ in pairs], [query for _, query in pairs]
        read: dict[int, _Vectors] = {}
        for place, vectors in self.pretrained.read(sentences, queries, progress=progress):
            read[place] = _Vectors(*(None if part is None else _half(part) for part in vectors))
        in_order = [read[place] for place in range(len(pairs))]
        if keep and self.store is not None:
            self.store.put(pairs, in_order)
        return in_order


def open_encoder(
    encoder: str, *, layer: int | None = None, vectors_in: Path | None = None, device: str = "cpu"
) -> FrozenEncoder:
    """Return the pretrained encoder of that name or directory; its vectors are kept under `vectors_in`.

    Without a `layer`, that is two thirds of the encoder's layers. Raises EncoderError if there is none.
    """
    files = read_directory(find_encoder(encoder))
    layer = layer or math.ceil(files.layers * 2 / 3)
    store = None
    if vectors_in is not None:
        store = VectorStore(vectors_in, encoder=files.name, digest=files.digest, layer=layer, dimension=files.dimension)
    return FrozenEncoder(files, layer=layer, device=device, store=store)


class _Vectors(NamedTuple):
    words: Any  # (words, d) float16
    query: Any  # (words of the query, d) float16, or None


def _half(vectors: Tensor) -> np.ndarray:
    limit = torch.finfo(torch.float16).max
    return vectors.clamp(-limit, limit).half().cpu().numpy()


def _flat(sentences: Sequence[Sequence[str]], vectors: Sequence[Any], dimension: int) -> Flat:
    offsets = offsets_of(sentences)
    together = np.concatenate([np.zeros((0, dimension), np.float16), *vectors])
    ids = torch.full((len(together),), UNKNOWN, dtype=torch.int64)
    return Flat(ids, offsets, torch.from_numpy(together))


def _chunks(places: Sequence[int]) -> Iterator[Sequence[int]]:
    return (places[start : start + _AT_A_TIME] for start in range(0, len(places), _AT_A_TIME))
