"""The scores of a shard on disk: a Parquet file with a row per sentence, whole or not there.

    id                                  as in the shard
    key             uint64              a hash of the id, from which every draw is made
    probabilities   float32 [labels]
    margin          float32             the largest probability - the second largest
    explained       int16               the label that the saliency is for, as in `predict`
    saliency        list of float16     one number per word, by the view that people see of this model
    gradient        list of float16     the same by the paper's view
    embedding       float16 [≤ 64]      on request: the mean of the words' vectors, projected

Its footer says what it was made of, so that a finished shard is known from one to be scored again; every page has a
checksum, which is compared when it is read.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learner.errors import ShardError
from learner.shards.shard import Shard

FORMAT = 1
PROJECTION_SEED = 0
_FOOTER = b"whylight.scores"
_LABELS = b"whylight.labels"


@dataclass(frozen=True)
class Made:
    """All that decides what scores of a shard are."""

    checkpoint: str
    shard: Shard
    embedding: bool
    versions: Mapping[str, str]


def versions(*, reads_text: bool) -> dict[str, str]:
    """Return the versions of what decides scores."""
    found = {"scores": str(FORMAT), "torch": _version("torch"), "whylight": _version("whylight")}
    with suppress(PackageNotFoundError):
        found["numba"] = version("numba")  # it may round a probability in another way
    if reads_text:
        with suppress(ModuleNotFoundError):  # cutting the first text says which
            from learner.data import tokenizer

            found["tokenizer"] = tokenizer.VERSION
    return found


def is_finished(path: Path, made: Made) -> bool:
    """Return whether these scores exist, and were made of exactly this."""
    return path.is_file() and made_of(path) == made


def made_of(path: Path) -> Made | None:
    """Return what scores were made of; None for a file that is damaged or not of this kind."""
    metadata = _metadata(path)
    try:
        facts = json.loads(metadata[_FOOTER])
        shard = Shard(**facts["shard"])
        return Made(facts["checkpoint"], shard, facts["embedding"], facts["versions"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def labels_of(path: Path) -> tuple[str, ...]:
    """Return the labels that the probabilities are of."""
    return tuple(json.loads(_metadata(path)[_LABELS]))


def schema(made: Made, labels: Sequence[str], *, dimension: int | None) -> Any:
    """Return the columns of scores, with their footer."""
    import pyarrow as pa

    columns = [
        ("id", pa.string()),
        ("key", pa.uint64()),
        ("probabilities", pa.list_(pa.float32(), len(labels))),
        ("margin", pa.float32()),
        ("explained", pa.int16()),
        ("saliency", pa.list_(pa.float16())),
        ("gradient", pa.list_(pa.float16())),
    ]
    if dimension is not None:
        columns.append(("embedding", pa.list_(pa.float16(), dimension)))
    facts = {**asdict(made), "shard": made.shard._asdict()}
    footer = {_FOOTER: json.dumps(facts, sort_keys=True), _LABELS: json.dumps([*labels], ensure_ascii=False)}
    return pa.schema(columns, metadata=footer)


def writer_of(path: Path, columns: Any) -> Any:
    """Return a writer for scores."""
    from pyarrow import parquet

    return parquet.ParquetWriter(path, columns, use_dictionary=False, write_page_checksum=True)


def open_scores(path: Path) -> Any:
    """Return scores to be read, whose pages are checked against their checksums."""
    from pyarrow import parquet

    return parquet.ParquetFile(path, page_checksum_verification=True)


def damaged(path: Path) -> ShardError:
    """Return the error for scores that cannot be read."""
    return ShardError(f"{path}: found damaged scores; delete the file, and score its shard with the same command again")


def keys_of(ids: Sequence[str]) -> NDArray[np.uint64]:
    """Return a hash of each id, the same everywhere: (ids,)."""
    digests = b"".join(hashlib.blake2b(each.encode(), digest_size=8).digest() for each in ids)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def are_among(keys: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which of the keys are among the others: (keys,).

    By sorting: the table that NumPy prefers for few numbers overflows in its version 2.0 at keys above 2 ** 63.
    """
    return np.isin(keys, others, kind="sort")


def margins_of(probabilities: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the largest probability - the second largest of each row: (rows,)."""
    if probabilities.shape[1] < 2:
        return np.ones(len(probabilities), np.float32)
    largest = np.partition(probabilities, -2, axis=1)[:, -2:]
    return np.asarray(largest[:, 1] - largest[:, 0], np.float32)


def _metadata(path: Path) -> Mapping[bytes, bytes]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.read_schema(path).metadata or {}
    except (pa.ArrowException, OSError):
        return {}


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
