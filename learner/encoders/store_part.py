"""A part of a store: one file with the vectors of some sentences, which never changes once it has its name.

Its name is the SHA-256 of its content, so that a reader can tell whether it is what was written. It is a
safetensors file with `keys` (sentences, 16), `lengths` (sentences, 2), the words of each sentence and of its
query (-1 without one), and `vectors` (words, dimension), in which a query's words follow those of its sentence.
"""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from learner.data.aside import aside, put_in_place

SUFFIX = ".safetensors"
KEY_BYTES = 16
NO_QUERY = -1
_HALF = "part"


@dataclass(frozen=True)
class Source:
    """What the vectors of a store come from; its name is shown to people and decides nothing."""

    encoder: str = field(compare=False)
    digest: str
    layer: int
    dimension: int
    precision: str

    @property
    def folder_name(self) -> str:
        """Return the name of the folder for vectors of this source, and of no other."""
        decisive = json.dumps([self.digest, self.layer, self.dimension, self.precision])
        return f"layer-{self.layer}-{hashlib.sha256(decisive.encode()).hexdigest()[:16]}"


class StoredVectors(NamedTuple):
    """One vector per word of a sentence, and of its query if it has one."""

    words: NDArray[np.float16]
    """(words, dimension)"""
    query: NDArray[np.float16] | None
    """(words of the query, dimension)"""


@dataclass(frozen=True, eq=False)
class Part:
    """A part that is open: its vectors are mapped and stay readable when its file is deleted."""

    path: Path
    source: Source
    keys: NDArray[np.bytes_]
    """(sentences,), of 16 bytes"""
    lengths: NDArray[np.int32]
    """(sentences, 2)"""
    starts: NDArray[np.int64]
    """(sentences,): the row of `vectors` at which each sentence begins"""
    vectors: NDArray[np.float16]
    """(words, dimension)"""

    def of(self, row: int) -> StoredVectors:
        """Return the vectors of one of its sentences, without copying them."""
        start, (words, query) = self.starts[row], self.lengths[row]
        end = start + words
        return StoredVectors(self.vectors[start:end], None if query == NO_QUERY else self.vectors[end : end + query])


def bytes_of_one(words: int, words_of_query: int, dimension: int) -> int:
    """Return how much of a part a sentence takes: its key, its lengths and its vectors."""
    return KEY_BYTES + 2 * 4 + (words + words_of_query) * dimension * 2


def files_in(folder: Path) -> list[Path]:
    """Return the regular files of a folder in order, none if it does not exist; a link or a pipe is not for us."""
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry) for entry in entries if entry.is_file(follow_symlinks=False))
    except FileNotFoundError:
        return []


def part_files(folder: Path) -> list[Path]:
    """Return the files of a folder that are parts by their names."""
    return [file for file in files_in(folder) if file.name.endswith(SUFFIX)]


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    return sum(map(_size_of, files_in(folder)))


def open_part(path: Path) -> Part | None:
    """Return the part in this file, None if it cannot be one; raises OSError if it is not readable.

    That its content is what was written is for `is_whole` to tell: it reads the whole file.
    """
    path.open("rb").close()  # safe_open calls every file that it may not read missing
    try:
        with safe_open(path, framework="numpy") as file:
            source = Source(**json.loads(file.metadata()["source"]))
            keys, lengths = file.get_tensor("keys"), file.get_tensor("lengths")
            shape = file.get_slice("vectors").get_shape()
        # Copied when it is written to, so that torch takes it without a warning; no one writes to it.
        start = path.stat().st_size - 2 * shape[0] * shape[1]
        vectors = np.memmap(path, np.float16, mode="c", offset=start, shape=tuple(shape))
        return Part(path, source, keys.view(f"S{KEY_BYTES}")[:, 0], lengths, _starts(lengths), np.asarray(vectors))
    except (SafetensorError, ValueError, TypeError, LookupError, RecursionError):
        return None


def count_in(path: Path) -> int:
    """Return how many sentences a part has vectors of; 0 for what is not a part, is gone, or may not be read."""
    try:
        with safe_open(path, framework="numpy") as file:
            return int(file.get_slice("keys").get_shape()[0])
    except (SafetensorError, OSError):
        return 0


def is_whole(path: Path) -> bool:
    """Return whether the file is what was written."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == path.stem


def write_part(
    folder: Path, source: Source, keys: NDArray[np.bytes_], lengths: NDArray[np.int32], vectors: Iterable[NDArray[Any]]
) -> Path:
    """Write a part into the folder and return its file; `vectors` gives blocks of rows, all of them float16."""
    digest = hashlib.sha256()
    with aside(folder / _HALF) as half:
        half.touch(mode=0o600)
        with half.open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # it is being written: see remove_abandoned
            for chunk in _chunks(source, keys, lengths, vectors):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            path = folder / f"{digest.hexdigest()}{SUFFIX}"
            put_in_place(half, path)
    return path


def remove_abandoned(folder: Path) -> None:
    """Remove what killed processes were writing; what is being written is locked, and stays."""
    for half in files_in(folder):
        if re.fullmatch(rf"\.[0-9a-f]{{32}}-{_HALF}", half.name):
            try:
                with half.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    half.unlink()
            except (BlockingIOError, FileNotFoundError):
                continue


def _size_of(file: Path) -> int:
    try:
        return file.lstat().st_size
    except FileNotFoundError:  # merged or removed meanwhile
        return 0


def _chunks(
    source: Source, keys: NDArray[np.bytes_], lengths: NDArray[np.int32], vectors: Iterable[NDArray[Any]]
) -> Iterator[Any]:
    """Yield the bytes of a safetensors file."""
    words = int(np.maximum(lengths, 0).sum())
    tensors = {
        "keys": ("U8", (len(keys), KEY_BYTES), 1),
        "lengths": ("I32", (len(keys), 2), 4),
        "vectors": ("F16", (words, source.dimension), 2),
    }
    header: dict[str, Any] = {"__metadata__": {"source": json.dumps(asdict(source))}}
    end = 0
    for name, (dtype, shape, width) in tensors.items():
        start, end = end, end + shape[0] * shape[1] * width
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": (start, end)}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    yield len(text).to_bytes(8, "little") + text
    yield keys.tobytes()
    yield lengths.tobytes()
    for block in vectors:
        yield np.ascontiguousarray(block).data


def _starts(lengths: NDArray[np.int32]) -> NDArray[np.int64]:
    rows = np.maximum(lengths, 0).sum(axis=1, dtype=np.int64)
    starts: NDArray[np.int64] = np.cumsum(rows) - rows
    return starts
