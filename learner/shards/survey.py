"""What a folder of shards holds before any model has read it: the facts of each shard, its ids, a random sample."""

from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from learner.acquisition.choosing import Drawing, choose_drawn
from learner.acquisition.pool import Pool, Rows
from learner.acquisition_names import RANDOM
from learner.data.example import Sentence
from learner.data.file_parts import sha256_of
from learner.data.split_names import split_of
from learner.errors import ExampleError, ShardError
from learner.shards.candidates import NO_KEYS, Keeping, Keys
from learner.shards.features import Contents
from learner.shards.head import Head
from learner.shards.places import Source, rows_at
from learner.shards.scores import keys_of
from learner.shards.shard import Shard, readable_columns, sentence_of, unreadable

_ROWS = 65_536


class Surveyed(NamedTuple):
    """A shard: what tells it from any other, and a hash of each of its ids, in order."""

    shard: Shard
    keys: Keys  # (rows,)

    @property
    def rows(self) -> int:
        """Return how many sentences it has."""
        return len(self.keys)


def survey(path: Path) -> Surveyed:
    """Return what a shard holds; raise ShardError if it cannot be read, is empty, or has sentences of dev or test."""
    shard = Shard(path.name, path.stat().st_size, sha256_of(path))
    keys = [keys_of(ids) for ids in _ids(path)]
    if not keys:
        raise ShardError(f"{path.name}: found no sentences, expected at least one; remove the file")
    return Surveyed(shard, np.concatenate(keys))


def check_ids(folder: Path, surveyed: Sequence[Surveyed]) -> None:
    """Raise ShardError if two sentences have the same id."""
    keys = np.concatenate([each.keys for each in surveyed])
    keys.sort()  # in place: they may be a hundred million
    twice = np.unique(keys[1:][keys[1:] == keys[:-1]])
    if not len(twice):
        return
    found = [
        (each.shard.name, id_)
        for each in surveyed
        if np.isin(twice[0], each.keys)
        for ids in _ids(folder / each.shard.name)
        for id_ in np.array(ids, dtype=object)[keys_of(ids) == twice[0]]
    ]
    others = f"; so have {len(twice) - 1:,} other ids" if len(twice) > 1 else ""
    raise ShardError(
        f"id {found[0][1]}: found it twice, in {found[0][0]} and in {found[1][0]}, expected another id for each "
        f"sentence of the pool{others}"
    )


def draw(folder: Path, surveyed: Sequence[Surveyed], *, size: int, seed: int = 0, without: Keys = NO_KEYS) -> Head:
    """Return a random sample of the shards, in random order: the first that a head of these shards draws too."""
    keeping = Keeping(0, size, lambda probabilities, keys: probabilities[:, 0], seed)
    parts = (
        keeping.of_rows(np.zeros((each.rows, 1)), each.keys, file=number, first_row=0, without=without)
        for number, each in enumerate(surveyed)
    )
    kept = reduce(keeping.merge, parts)
    every = kept.all()
    drawing = Drawing(np.arange(len(every)), np.random.default_rng(seed), out_of=kept.total)
    chosen = choose_drawn(Pool(every.probabilities), drawing, size=size, acquisition=RANDOM)
    return Head(chosen, Contents(every, [folder / each.shard.name for each in surveyed], ()))


def sentences_at(path: Path, rows: Rows) -> list[Sentence]:
    """Return the sentences at these rows of a shard, in this order."""
    from pyarrow import parquet

    source = Source([path], parquet.ParquetFile, readable_columns, unreadable)
    records = rows_at(source, np.zeros(len(rows), np.int32), rows)
    return [sentence_of(record, f"{path.name} row {row + 1}") for record, row in zip(records, rows, strict=True)]


def distinct_words(path: Path) -> set[str]:
    """Return every word of a shard, and of its queries."""
    found: set[str] = set()
    for columns, batch in _batches(path, ("tokens", "text", "query_tokens", "query")):
        for words, text in (("tokens", "text"), ("query_tokens", "query")):
            found |= _words(batch, words if words in columns else None, text if text in columns else None)
    return found


def _words(batch: Any, words: str | None, text: str | None) -> set[str]:
    import pyarrow.compute as pc

    found = set() if words is None else set(pc.unique(pc.list_flatten(batch[words])).to_pylist())
    if text is not None:
        from learner.data.tokenizer import cut

        uncut = batch[text] if words is None else batch[text].filter(pc.is_null(batch[words]))
        found |= {word for one in uncut.to_pylist() if one is not None for word in cut(one)[0]}
    return found


def _ids(path: Path) -> Iterator[list[str]]:
    for columns, batch in _batches(path, ("id", "split")):
        ids = batch["id"].to_pylist()
        if None in ids:
            raise ExampleError(f"{path.name}, id: found none, expected one that no other sentence has")
        if "split" in columns:
            _refuse_held_out(path.name, batch["split"])
        yield list(map(str, ids))


def _refuse_held_out(name: str, splits: Any) -> None:
    held_out = sorted({str(split) for split in splits.unique().to_pylist() if split_of(str(split)) in ("dev", "test")})
    if held_out:
        raise ShardError(
            f"{name}, split: found sentences of {' and '.join(held_out)}, expected those of the pool alone; "
            "`whylight pool build` leaves the others out"
        )


def _batches(path: Path, wanted: Sequence[str]) -> Iterator[tuple[list[str], Any]]:
    """Yield the columns that are read of those `wanted`, and some thousand rows with them, until the shard ends."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            readable_columns(path.name, file.schema_arrow)
            columns = [name for name in wanted if name in file.schema_arrow.names]
            for batch in file.iter_batches(_ROWS, columns=columns):
                yield columns, batch
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, error) from error
