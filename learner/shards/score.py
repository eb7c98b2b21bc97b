"""Score a shard: one function of a checkpoint, a shard and where to write, for any launcher.

    score_shard(checkpoint, shard, out)

It streams the shard a window at a time, writes aside and renames. Called again, it leaves what is finished and matches,
and makes everything else again. A process loads a checkpoint once, at its first shard.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from learner.data.aside import aside, put_in_place, remove_left
from learner.data.example import Sentence
from learner.data.file_parts import sha256_of
from learner.errors import CheckpointError, ExampleError, ShardError
from learner.shards.folder import not_as_it_was, what_became
from learner.shards.scores import (
    PROJECTION_SEED,
    Made,
    damaged,
    is_finished,
    keys_of,
    made_of,
    margins_of,
    schema,
    versions,
    writer_of,
)
from learner.shards.shard import Shard, reads_text, windows

if TYPE_CHECKING:
    from learner.prediction import Predictions

_WINDOWS_PER_GROUP = 4
_MANIFEST, _METRICS = "MANIFEST", b"  metrics.json"


@dataclass(frozen=True)
class Scoring:
    """How shards are scored; only `embedding` changes what is written."""

    embedding: bool = False
    device: str = "cpu"
    vectors_in: Path | None = None


class Scored(NamedTuple):
    """What became of a shard."""

    name: str
    rows: int
    was_finished: bool


def score_shard(
    checkpoint: Path, shard: Path, out: Path, *, scoring: Scoring | None = None, sha256: str = ""
) -> Scored:
    """Write what a checkpoint says about a shard to the file `out`, which exists complete or not at all.

    `sha256` is what the shard has to be, if that is known. Only one process at a time may write one `out`. Equal
    windows of rows get equal bits on processors of one kind, in whatever shard, order or process.
    """
    if sha256 and not shard.exists():
        raise not_as_it_was(shard.parent, what_became(missing=[shard.name]))
    scoring, before = scoring or Scoring(), shard.stat()
    of_shard = Shard(shard.name, before.st_size, sha256_of(shard))
    if sha256 and sha256 != of_shard.sha256:
        raise not_as_it_was(shard.parent, what_became(changed=[shard.name]))
    made = _made(checkpoint, shard, of_shard, scoring)
    if is_finished(out, made):
        return Scored(shard.name, _rows(out), was_finished=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    remove_left(out)
    with aside(out) as half:
        with _one_thread():
            rows = _scorer(checkpoint, made.checkpoint, scoring).write(shard, half, made)
        after = shard.stat()
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise ShardError(f"{shard}: the shard was changed while it was read; score it again when it is complete")
        put_in_place(half, out)
    return Scored(shard.name, rows, was_finished=False)


def checkpoint_digest(checkpoint: Path) -> str:
    """Return a SHA-256 of a checkpoint, by that of each of its files in MANIFEST but the metrics, which decide nothing.

    So a training that was repeated finds what was scored by the first, though it took another time.
    """
    try:
        lines = (checkpoint / _MANIFEST).read_bytes().splitlines(keepends=True)
        return hashlib.sha256(b"".join(line for line in lines if _METRICS not in line)).hexdigest()
    except OSError:
        raise CheckpointError(f"{checkpoint.name} is not a checkpoint: it has no {_MANIFEST}") from None


def check_made(out: Path, shard: Shard, *, checkpoint: str) -> Made:
    """Return what scores were made of; raise ShardError unless it is this shard, by this checkpoint."""
    made = made_of(out)
    if made is None:
        raise damaged(out)
    same = shard if shard.sha256 else made.shard._replace(name=shard.name, size=shard.size)
    if made.shard != same or made.checkpoint != checkpoint:
        what = "another checkpoint" if made.checkpoint != checkpoint else "a shard that has changed since"
        raise ShardError(f"{out}: found scores of {what}; score the shards with the same command again")
    return made


def _made(checkpoint: Path, shard: Path, of_shard: Shard, scoring: Scoring) -> Made:
    return Made(checkpoint_digest(checkpoint), of_shard, scoring.embedding, versions(reads_text=reads_text(shard)))


class _Scorer:
    """A checkpoint that is loaded, to score one shard after the other."""

    def __init__(self, checkpoint: Path, scoring: Scoring) -> None:
        from learner.prediction import WindowPredictor, shown
        from learner.training.checkpoint import load_checkpoint

        self._trained = load_checkpoint(checkpoint, device=scoring.device, vectors_in=scoring.vectors_in)
        self._predictor = WindowPredictor(self._trained)
        self._views = shown(self._trained.model)

    def write(self, shard: Path, out: Path, made: Made) -> int:
        """Write the scores of a shard; return how many rows it has."""
        remaining, rows = windows(shard), 0
        if (first := next(remaining, None)) is None:
            raise ShardError(f"{shard}: found no sentences, expected at least one; remove the file")
        dimension = self._embed(first[:1]).shape[1] if made.embedding else None
        columns = schema(made, self._trained.labels, dimension=dimension)
        remaining = chain([first], remaining)
        with writer_of(out, columns) as writer:
            while group := [
                self._batch(window, columns, shard.name) for window in islice(remaining, _WINDOWS_PER_GROUP)
            ]:
                writer.write_table(_table(group, columns))
                rows += sum(map(len, group))
        return rows

    def _batch(self, sentences: list[Sentence], columns: Any, where: str) -> Any:
        import pyarrow as pa

        ids, words, queries = zip(*sentences, strict=True)
        try:
            predicted = self._predictor.predict(words, queries)
        except ExampleError as error:
            raise ExampleError(f"{where}, from id {ids[0]} on: {error}") from error
        made = [
            pa.array(ids, pa.string()),
            pa.array(keys_of(ids)),
            _fixed(predicted.probabilities.astype(np.float32)),
            pa.array(margins_of(predicted.probabilities)),
            pa.array(predicted.explained.astype(np.int16)),
            *(self._saliency(predicted, view) for view in self._views),
        ]
        if "embedding" in columns.names:
            made.append(_fixed(self._embed(sentences).astype(np.float16)))
        return pa.RecordBatch.from_arrays(made, schema=columns)

    def _saliency(self, predicted: "Predictions", view: str) -> Any:
        import pyarrow as pa

        return pa.ListArray.from_arrays(
            predicted.offsets.astype(np.int32), pa.array(predicted.saliency[view].astype(np.float16))
        )

    def _embed(self, sentences: list[Sentence]) -> Any:
        from learner.acquisition.of_model import ModelFeatures
        from learner.acquisition.word_rows import together

        features = ModelFeatures(
            self._trained,
            texts=lambda rows: [(sentences[row].tokens, sentences[row].query) for row in rows.tolist()],
            scores=lambda rows: together([]),
            answered=(),
            seed=PROJECTION_SEED,
        )
        return features.vectors(np.arange(len(sentences)))


@lru_cache(maxsize=1)
def _scorer(checkpoint: Path, digest: str, scoring: Scoring) -> _Scorer:
    return _Scorer(checkpoint, scoring)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread: so the bits do not depend on the machine's cores, and processes do not get in the way."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _fixed(rows: Any) -> Any:
    import pyarrow as pa

    return pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])


def _table(batches: list[Any], columns: Any) -> Any:
    import pyarrow as pa

    return pa.Table.from_batches(batches, schema=columns)


def _rows(out: Path) -> int:
    from pyarrow import parquet

    return int(parquet.read_metadata(out).num_rows)
