"""A pretrained encoder whose vectors stay as they are: each sentence is read once, and its vectors kept."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from learner.data.encoding import Flat, Query, all_of, offsets_of
from learner.data.vocabulary import UNKNOWN
from learner.encoders.choosing import find_encoder
from learner.encoders.directory import EncoderDirectory, open_directory
from learner.encoders.disk_room import check_room
from learner.encoders.opened import OpenedEncoder
from learner.encoders.pretrained import PretrainedEncoder, Progress, load_pretrained
from learner.encoders.store_part import StoredVectors
from learner.encoders.vector_store import VectorStore

Sentence = tuple[Sequence[str], Query]
"""The words of a sentence, and of its query."""

_AT_A_TIME = 1024  # sentences that a stopped reading loses at most


class FrozenEncoder(OpenedEncoder):
    """Reads the vectors of sentences, and keeps them in the store if there is one.

    The encoder's weights are loaded only for a sentence that the store does not have.
    """

    def __init__(
        self,
        directory: EncoderDirectory,
        *,
        name: str,
        layer: int,
        device: str = "cpu",
        store: VectorStore | None = None,
    ) -> None:
        super().__init__(directory, name=name, layer=layer)
        self.device, self.store = device, store

    @cached_property
    def pretrained(self) -> PretrainedEncoder:
        """Return the encoder, loaded."""
        return load_pretrained(self.directory.path, name=self.name, layer=self.layer, device=self.device)

    def encode(
        self, sentences: Sequence[Sequence[str]], queries: Sequence[Query], *, keep: bool = True
    ) -> tuple[Flat, Flat | None]:
        """Return the vectors of the sentences' words, and of the queries' words if every sentence has one.

        Raises EncoderError if the disk has no room to keep them.
        """
        pairs = list(zip(sentences, queries, strict=True))
        found = self._stored(pairs)
        missing = [place for place, vectors in enumerate(found) if vectors is None]
        if keep and self.store is not None:
            check_room(self.store.folder, [pairs[place] for place in missing], self.dimension)
        for places in _chunks(missing):
            read = self._read([pairs[place] for place in places], keep=keep)
            for place, vectors in zip(places, read, strict=True):
                found[place] = vectors
        every = [vectors for vectors in found if vectors is not None]
        given = all_of(queries)
        of_queries = None if given is None else _flat(given, [vectors.query for vectors in every], self.dimension)
        return _flat(sentences, [vectors.words for vectors in every], self.dimension), of_queries

    def read_ahead(
        self,
        sentences: Sequence[Sequence[str]],
        queries: Sequence[Query],
        *,
        progress: Progress | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Read the sentences that are not in the store, into the store; return early if `should_stop` says so.

        What was read before a stop is kept. Raises EncoderError, before anything is read, if the disk has no room.
        """
        if self.store is None:
            return
        pairs = list(zip(sentences, queries, strict=True))
        missing = [pair for pair, is_known in zip(pairs, self.store.known(pairs), strict=True) if not is_known]
        check_room(self.store.folder, missing, self.dimension)
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

    def _stored(self, pairs: Sequence[Sentence]) -> list[StoredVectors | None]:
        return [None] * len(pairs) if self.store is None else self.store.get(pairs)

    def _read(self, pairs: Sequence[Sentence], *, keep: bool, progress: Progress | None = None) -> list[StoredVectors]:
        """Return the vectors of the sentences, read by the encoder, and put them into the store."""
        sentences, queries = [tokens for tokens, _ in pairs], [query for _, query in pairs]
        read = {
            place: StoredVectors(_half(vectors.words), None if vectors.query is None else _half(vectors.query))
            for place, vectors in self.pretrained.read(sentences, queries, progress=progress)
        }
        in_order = [read[place] for place in range(len(pairs))]
        if keep and self.store is not None:
            self.store.put(pairs, in_order)
        return in_order


def open_encoder(
    encoder: str, *, layer: int | None = None, vectors_in: Path | None = None, device: str = "cpu"
) -> FrozenEncoder:
    """Return the pretrained encoder of that name or directory; its vectors are kept under `vectors_in`.

    Without a `layer`, that is half of the encoder's layers. Raises EncoderError if there is none.
    """
    directory = open_directory(find_encoder(encoder))
    name, layer = Path(encoder).name, directory.layer(layer)
    frozen = FrozenEncoder(directory, name=name, layer=layer, device=device)
    if vectors_in is not None:
        frozen.store = VectorStore(
            vectors_in, encoder=name, digest=frozen.digest, layer=layer, dimension=frozen.dimension
        )
    return frozen


def _half(vectors: Tensor) -> NDArray[np.float16]:
    limit = torch.finfo(torch.float16).max
    halved: NDArray[np.float16] = vectors.clamp(-limit, limit).half().cpu().numpy()
    return halved


def _flat(sentences: Sequence[Sequence[str]], vectors: Sequence[Any], dimension: int) -> Flat:
    offsets = offsets_of(sentences)
    together = np.concatenate([np.zeros((0, dimension), np.float16), *vectors])
    ids = torch.full((len(together),), UNKNOWN, dtype=torch.int64)
    return Flat(ids, offsets, torch.from_numpy(together))


def _chunks(places: Sequence[int]) -> Iterator[Sequence[int]]:
    return (places[start : start + _AT_A_TIME] for start in range(0, len(places), _AT_A_TIME))
