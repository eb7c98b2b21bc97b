"""The vectors that an encoder read, kept on the disk: a sentence is read once, not in every round.

    store = VectorStore(directory, encoder="minilm", digest=…, layer=4, dimension=384)
    store.put(unread, [vectors of each])
    store.get(sentences)

A sentence is found by a hash of its tokens and its query (store_index.py). `directory` holds a folder for each
encoder, layer and precision; a folder holds parts (store_part.py). A part is written aside, gets its name when it is
complete, and never changes, so processes can read and write at the same time, and one that is killed does no harm.
"""

import fcntl
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learner.encoders.store_index import Sentence, index_of, keys_of
from learner.encoders.store_part import (
    NO_QUERY,
    Part,
    Source,
    StoredVectors,
    is_whole,
    open_part,
    part_files,
    remove_abandoned,
    write_part,
)
from learner.errors import EncoderError
from learner.wording import counted

MOST_SMALL_PARTS = 32
SMALL_BYTES = 64 << 20
MERGED_BYTES = 256 << 20
"""How large a part may become by merging: it is also what a single damaged byte loses."""

FULL_PRECISION = "float32"
SET_ASIDE = ".set-aside"
_LARGEST = float(np.finfo(np.float16).max)

logger = logging.getLogger(__name__)


class VectorStore:
    """Frozen vectors of sentences on the disk, for one encoder, layer and precision, as float16.

    `digest` stands for everything else that decides the vectors. What `known` lists, `get` returns for as long
    as this object lives, even if it is removed from the disk meanwhile. An object is for one thread.
    """

    def __init__(
        self, directory: Path, *, encoder: str, digest: str, layer: int, dimension: int, precision: str = FULL_PRECISION
    ) -> None:
        self.source = Source(encoder, digest, layer, dimension, precision)
        self.folder = directory / self.source.folder_name
        self._parts: dict[str, Part] = {}
        self._whole: set[str] = set()
        self._refused: set[str] = set()
        self._index = index_of([])

    def known(self, sentences: Sequence[Sentence]) -> list[bool]:
        """Return for each sentence whether its vectors are in the store."""
        return [found is not None for found in self._find(keys_of(sentences))]

    def get(self, sentences: Sequence[Sentence]) -> list[StoredVectors | None]:
        """Return each sentence's vectors, which are not copied, or None if the store does not have them."""
        return [found and found[0].of(found[1]) for found in self._find(keys_of(sentences))]

    def put(self, sentences: Sequence[Sentence], vectors: Sequence[tuple[Any, Any]]) -> None:
        """Keep the vectors of each sentence and of its query (None without one): arrays or tensors, on the CPU.

        One call writes one file, so give it some thousand sentences. Numbers beyond float16 become its largest.
        Raises EncoderError for vectors that do not fit their sentence or are not numbers, and if the disk is full.
        """
        given = list(zip(sentences, vectors, strict=True))
        keys = keys_of(sentences)
        missing = [number for number, found in enumerate(self._find(keys)) if found is None]
        _, first = np.unique(keys[missing], return_index=True)
        new = [missing[number] for number in np.sort(first)]
        if not new:
            return
        blocks = [self._blocks(*given[number]) for number in new]
        lengths = np.array(
            [[len(words), NO_QUERY if query is None else len(query)] for words, query in blocks], np.int32
        )
        rows = [block for pair in blocks for block in pair if block is not None]
        self._write(keys[new], lengths, rows)
        self._merge_small()

    def sentences(self) -> int:
        """Return how many sentences the store has vectors of."""
        self._refresh()
        return len(np.unique(self._index.keys))

    def _blocks(self, sentence: Sentence, vectors: tuple[Any, Any]) -> StoredVectors:
        tokens, query = sentence
        of_words, of_query = vectors
        return StoredVectors(
            self._block(tokens, of_words), None if of_query is None else self._block(query or (), of_query)
        )

    def _block(self, tokens: Sequence[str], vectors: Any) -> NDArray[np.float16]:
        block = np.asarray(vectors)
        if block.shape != (expected := (len(tokens), self.source.dimension)):
            raise EncoderError(
                f"{self.source.encoder} gave vectors of shape {block.shape} for {' '.join(tokens)[:60]!a}, "
                f"and one vector per word is of shape {expected}: the encoder has a fault"
            )
        if np.isnan(block).any():
            raise EncoderError(
                f"{self.source.encoder} gave what is not a number for {' '.join(tokens)[:60]!a}: its weights "
                "may be damaged; choose another encoder, layer or precision"
            )
        clipped: NDArray[np.float16] = np.clip(block, -_LARGEST, _LARGEST).astype(np.float16)
        return clipped

    def _find(self, keys: NDArray[np.bytes_]) -> list[tuple[Part, int] | None]:
        """Return the part and row of each key, None for one that is in no whole part."""
        while True:
            self._refresh()
            found = self._index.find(keys)
            used = {place[0].path.name: place[0] for place in found if place is not None}
            whole = [self._is_whole(part) for part in used.values()]
            if all(whole):
                return found

    def _is_whole(self, part: Part) -> bool:
        """Return whether a part is what was written, read once; one that is not is set aside and never used again."""
        name = part.path.name
        if name in self._whole:
            return True
        try:
            if is_whole(part.path):
                self._whole.add(name)
                return True
        except FileNotFoundError:  # merged or removed by another process
            del self._parts[name]
            return False
        except OSError as error:
            logger.warning("%s cannot be read: %s", part.path, error)
        self._set_aside(part.path, "is damaged")
        return False

    def _set_aside(self, path: Path, fault: str) -> None:
        logger.warning("%s %s: it is set aside, and its sentences are read again", path, fault)
        self._refused.add(path.name)
        self._parts.pop(path.name, None)
        try:
            path.rename(path.with_name(path.name + SET_ASIDE))
        except OSError as error:
            logger.warning("%s keeps its name: %s", path, error)

    def _refresh(self) -> None:
        """Open the parts that other processes have written, and forget those that are gone and were never used."""
        try:
            while not self._see_the_same_as_the_disk():
                pass
        except OSError as error:
            raise EncoderError(f"{self.folder} cannot be read: {error.strerror}; check who may read it") from error
        if [*self._parts.values()] != [*self._index.parts]:
            self._index = index_of([*self._parts.values()])

    def _see_the_same_as_the_disk(self) -> bool:
        """Return whether nothing was merged or removed while we looked."""
        names = {file.name for file in part_files(self.folder)}
        self._parts = {name: part for name, part in self._parts.items() if name in names or name in self._whole}
        opened = [self._open(self.folder / name) for name in sorted(names - self._parts.keys() - self._refused)]
        return all(opened)

    def _open(self, path: Path) -> bool:
        """Open a part or set it aside; return False if it is gone."""
        try:
            part = open_part(path)
        except FileNotFoundError:
            return False
        if part is None:
            self._set_aside(path, "is damaged")
        elif part.source != self.source:
            self._set_aside(path, "is of another encoder, layer or dimension")
        else:
            self._parts[path.name] = part
        return True

    def _write(self, keys: NDArray[np.bytes_], lengths: NDArray[np.int32], rows: Sequence[NDArray[Any]]) -> None:
        try:
            try:
                self._write_once(keys, lengths, rows)
            except FileNotFoundError:  # the store was removed meanwhile
                self._write_once(keys, lengths, rows)
        except OSError as error:
            size = sum(block.nbytes for block in rows) / 1e6
            raise EncoderError(
                f"The vectors of {counted(len(keys), 'sentence')}, {size:.1f} MB, could not be written to "
                f"{self.folder}: {error.strerror}; make room there"
            ) from error

    def _write_once(self, keys: NDArray[np.bytes_], lengths: NDArray[np.int32], rows: Sequence[NDArray[Any]]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_abandoned(self.folder)
        written = write_part(self.folder, self.source, keys, lengths, rows)
        self._refused.discard(written.name)  # what was set aside had the same content once, so the same name

    def _merge_small(self) -> None:
        """Merge small parts if there are many; without room, or if another process is merging, they stay."""
        self._refresh()
        if len(self._small()) <= MOST_SMALL_PARTS:
            return
        try:
            with _only_one_merges(self.folder):
                self._refresh()
                self._merge([part for part in self._small() if self._is_whole(part)])
        except BlockingIOError:
            return
        except OSError as error:
            logger.warning("the parts of %s were not merged: %s", self.folder, error)

    def _small(self) -> list[Part]:
        """Return the small parts that are on the disk, the smallest first."""
        small = [part for part in self._parts.values() if _bytes_of(part) < SMALL_BYTES and part.path.exists()]
        return sorted(small, key=_bytes_of)

    def _merge(self, small: Sequence[Part]) -> None:
        """Merge the first of these parts, as many as one part may hold."""
        totals = accumulate(map(_bytes_of, small))
        parts = small[: sum(total <= MERGED_BYTES for total in totals)]
        if len(parts) < 2:
            return
        keys = np.concatenate([part.keys for part in parts])
        places = [(part, row) for part in parts for row in range(len(part.keys))]
        first = np.sort(np.unique(keys, return_index=True)[1])
        lengths = np.concatenate([part.lengths for part in parts])[first]
        vectors = [places[number][0].of(places[number][1]) for number in first]
        rows = (block for pair in vectors for block in pair if block is not None)
        written = write_part(self.folder, self.source, keys[first], lengths, rows)
        self._refresh()
        merged = self._parts.get(written.name)
        if merged and self._is_whole(merged):
            for part in parts:
                part.path.unlink(missing_ok=True)
                self._whole.discard(part.path.name)


def _bytes_of(part: Part) -> int:
    return part.vectors.nbytes


@contextmanager
def _only_one_merges(folder: Path) -> Iterator[None]:
    """Hold the lock of those who merge; raises BlockingIOError if another process has it."""
    lock = folder / ".merging"
    lock.touch(mode=0o600)
    with lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
