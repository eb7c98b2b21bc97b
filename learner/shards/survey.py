"""What a folder of shards holds before any model has read it: the facts of each shard, its ids, a random sample."""

from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner.acquisition.choosing import Drawing, choose_drawn
from learner.acquisition.pool import Pool, Rows
from learner.acquisition_names import RANDOM
from learner.data.example import Sentence
from learner.data.file_parts import sha256_of
from learner.data.split_names import split_of
from learner.errors import ShardError
from learner.shards.candidates import NO_KEYS, Keeping, Keys
from learner.shards.features import Contents
from learner.shards.folder import not_as_it_was, what_became
from learner.shards.head import Head
from learner.shards.places import Source, rows_at
from learner.shards.scores import keys_of
from learner.shards.shard import COLUMNS, Shard, readable_columns, sentence_of, unreadable

_ROWS = 65_536


class Surveyed(NamedTuple):
    """A shard: what tells it from any other, and a hash of each of its ids, in order."""

    shard: Shard
    keys: Keys  # (rows,)

    @property
    def rows(self) -> int:
        """Return how many sentences it has."""
        return len(self.keys)


def survey(path: Path, *, sha256: str = "") -> Surveyed:
    """Return what a shard holds; `sha256` is what it has to be, if that is known.

    Raises ShardsChanged if it is something else, ShardError if it cannot be read, is empty, or has sentences of dev or
    test, and ExampleError for a row at which a model would stop: without an id, without a word, or with an empty one.
    """
    shard = Shard(path.name, path.stat().st_size, sha256_of(path))
    if sha256 and shard.sha256 != sha256:
        raise not_as_it_was(path.parent, what_became(changed=[path.name]))
    keys = [keys_of(ids) for ids in _checked_ids(path)]
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
        if twice[0] in each.keys
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


def _checked_ids(path: Path) -> Iterator[list[str]]:
    """Yield the ids of a shard, of which every row can be read."""
    first_row = 1
    for columns, batch in _batches(path, ("split", *COLUMNS)):
        if "split" in columns:
            _refuse_held_out(path.name, batch["split"])
        for row in _rows_in_doubt(batch):
            sentence_of(batch.slice(row, 1).to_pylist()[0], f"{path.name} row {first_row + row}")
        first_row += len(batch)
        yield _as_text(batch["id"])


def _ids(path: Path) -> Iterator[list[str]]:
    for _, batch in _batches(path, ("id",)):
        yield _as_text(batch["id"])


def _as_text(ids: Any) -> list[str]:
    return list(map(str, ids.to_pylist()))


def _rows_in_doubt(batch: Any) -> list[int]:
    """Return the places of rows that may have no id, no word, or an empty one."""
    import pyarrow.compute as pc

    given, in_doubt = batch.schema.names, _flags(pc.is_null(batch["id"]))
    for words, text in (("tokens", "text"), ("query_tokens", "query")):
        is_uncut = np.ones(len(batch), dtype=bool)
        if words in given:
            is_uncut = _flags(pc.is_null(batch[words]))
            in_doubt |= _has_no_word_or_an_empty_one(batch[words])
        if text in given:
            in_doubt |= is_uncut & _flags(pc.equal(pc.utf8_trim_whitespace(batch[text].cast("large_string")), ""))
            is_uncut &= _flags(pc.is_null(batch[text]))
        if words == "tokens":
            in_doubt |= is_uncut
    return np.flatnonzero(in_doubt).tolist()


def _has_no_word_or_an_empty_one(lists: Any) -> NDArray[np.bool_]:
    import pyarrow.compute as pc

    found = _flags(pc.equal(pc.list_value_length(lists), 0))
    is_empty = pc.fill_null(pc.equal(pc.list_flatten(lists).cast("large_string"), ""), True)
    found[pc.list_parent_indices(lists).to_numpy()[_flags(is_empty)]] = True
    return found


def _flags(values: Any) -> NDArray[np.bool_]:
    """Return truth values as an array that can be changed, with false for none."""
    return np.array(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)


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
