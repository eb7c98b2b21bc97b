"""Make shards of what `predict` reads, in one pass and constant memory.

A shard is named by its content, so a changed shard has another name. Shards are cut at multiples of a window: so the
windows, and with them the last bits of all scores, are the same for any size of shards.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from learner.data.aside import aside, put_in_place, remove_left
from learner.data.example import Sentence, each_sentence
from learner.data.file_parts import sha256_of
from learner.data.other_formats import Remark
from learner.errors import ExampleError, ShardError
from learner.shards.folder import write_list
from learner.shards.shard import SUFFIX, WINDOW, Shard
from learner.wording import counted

DEFAULT_ROWS = 512 * WINDOW
_ROW_GROUP = 4 * WINDOW
_HALF = "half"
Row = Sequence[Any]
Report = Callable[[Shard, int], None]
"""Takes a shard that is written, and how many rows there are by now."""


class Built(NamedTuple):
    """What was built."""

    shards: int
    rows: int
    bytes: int


def build_shards(files: Sequence[Path], out: Path, *, rows: int, remark: Remark, report: Report) -> Built:
    """Write the sentences of some files as a new folder of shards with at most `rows` rows each, whole or not at all.

    A sentence without an id gets one, its file's name and its number there.
    """
    check_names(files)
    return build_of_rows(_sentences(files, remark), out, rows=rows, report=report)


def build_of_rows(
    sentences: Iterable[Row], out: Path, *, rows: int, report: Report, columns: Any | None = None
) -> Built:
    """Write sentences as a new folder of shards, whole or not at all; `columns` is the schema of their values."""
    if out.exists():
        raise ShardError(f"{out} already exists: shards overwrite nothing; choose another name")
    out.parent.mkdir(parents=True, exist_ok=True)
    remove_left(out)
    with aside(out) as half:
        half.mkdir()
        shards = list(write_shards(sentences, half, rows=rows, report=report, columns=columns))
        total = sum(count for _, count in shards)
        write_list(half, [shard for shard, _ in shards], rows=total)
        put_in_place(half, out)
    return Built(len(shards), total, sum(shard.size for shard, _ in shards))


def check_names(files: Sequence[Path]) -> None:
    """Raise ShardError if two files have the same name, by which sentences without an id are called."""
    if len({file.name for file in files}) < len(files):
        raise ShardError("two of the files have the same name: sentences without an id would share theirs")


def write_shards(
    sentences: Iterable[Row],
    folder: Path,
    *,
    rows: int,
    report: Report = lambda shard, total: None,
    columns: Any | None = None,
) -> Iterator[tuple[Shard, int]]:
    """Write shards of this many rows; yield each with its number of rows.

    A row has a value for each of the `columns`, a schema; by default it is a `Sentence`.
    """
    remaining, total, names = iter(sentences), 0, set()
    schema = _schema() if columns is None else columns
    while first := list(islice(remaining, min(rows, _ROW_GROUP))):
        count = _write(folder / _HALF, first, islice(remaining, rows - len(first)), schema)
        digest = sha256_of(folder / _HALF)
        shard = Shard(f"{digest[:16]}{SUFFIX}", (folder / _HALF).stat().st_size, digest)
        if shard.name in names:
            what = counted(count, "sentence occurs", "sentences occur")
            raise ShardError(f"{what} twice, with the same ids, from number {total + 1:,} on")
        (folder / _HALF).rename(folder / shard.name)
        names.add(shard.name)
        total += count
        report(shard, total)
        yield shard, count


def whole_windows(rows: int) -> int:
    """Return this many rows rounded up to whole windows."""
    return -(-rows // WINDOW) * WINDOW


def _write(path: Path, first: Sequence[Row], others: Iterator[Row], schema: Any) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    count, group = 0, first
    with parquet.ParquetWriter(path, schema) as writer:
        while group:
            table = pa.table(list(zip(*group, strict=True)), schema=schema)
            writer.write_table(table, row_group_size=_ROW_GROUP)
            count += len(group)
            group = list(islice(others, _ROW_GROUP))
    return count


def _schema() -> Any:
    import pyarrow as pa

    words = pa.list_(pa.string())
    return pa.schema([("id", pa.string()), ("tokens", words), ("query_tokens", words)])


def _sentences(files: Sequence[Path], remark: Remark) -> Iterator[Sentence]:
    for file in files:
        number = 0
        for number, sentence in enumerate(each_sentence(file, remark=remark), start=1):
            yield sentence if sentence.id is not None else sentence._replace(id=f"{file.name}:{number}")
        if not number:
            raise ExampleError(f"{file.name}: found an empty file, expected one example per line or row")
