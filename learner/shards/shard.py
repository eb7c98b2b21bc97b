"""A shard: a Parquet file of sentences, read a window at a time.

    id             text or a whole number, another one for each sentence of the pool
    tokens         a list of words; or
    text           which is cut into words as an import does
    query_tokens   a list of words, or `query`, a text: for a model that reads one

Other columns are ignored.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from learner.data.example import Sentence
from learner.errors import ExampleError, ShardError

SUFFIX = ".parquet"
WINDOW = 2048
"""Rows that are predicted together; a window never crosses the edge of a row group."""
COLUMNS = ("id", "tokens", "text", "query_tokens", "query")
_FOUND_SHOWN = 8


class Shard(NamedTuple):
    """What tells a shard from any other: its name, its size in bytes and its SHA-256, "" where nothing recorded it."""

    name: str
    size: int
    sha256: str = ""


def windows(path: Path) -> Iterator[list[Sentence]]:
    """Yield the sentences of a shard, at most `WINDOW` at a time; memory does not grow with the shard."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            columns = readable_columns(path.name, file.schema_arrow)
            first = 1
            for group in range(file.num_row_groups):
                for batch in file.iter_batches(WINDOW, row_groups=[group], columns=columns):
                    rows = enumerate(batch.to_pylist(), start=first)
                    yield [sentence_of(record, f"{path.name} row {row}") for row, record in rows]
                    first += len(batch)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, error) from error


def readable_columns(name: str, schema: Any) -> list[str]:
    """Return the columns of a schema that are read; raise ShardError if it has no sentences."""
    found = [column for column in COLUMNS if column in schema.names]
    if "id" not in found or not {"tokens", "text"} & {*found}:
        shown = ", ".join(schema.names[:_FOUND_SHOWN]) or "none"
        raise ShardError(f"{name}: found the columns {shown}, expected id and tokens or text")
    kinds = {
        "id": (_is_text_or_integer, "text or whole numbers"),
        "tokens": (_is_texts, "lists of text"),
        "query_tokens": (_is_texts, "lists of text"),
    }
    for column in found:
        fits, expected = kinds.get(column, (_is_text, "text"))
        if not fits(kind := schema.field(column).type):
            raise ShardError(f"{name}, {column}: found {kind}, expected {expected}")
    return found


def reads_text(path: Path) -> bool:
    """Return whether the shard has sentences that are not cut into words, so that our rules cut them."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return bool({"text", "query"} & {*readable_columns(path.name, parquet.read_schema(path))})
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: Exception) -> ShardError:
    """Return the error for a file that Parquet's reader refuses."""
    return ShardError(f"{path.name}: found no Parquet data that can be read ({error}), expected a shard")


def sentence_of(record: Mapping[str, Any], where: str) -> Sentence:
    """Return the sentence of a row, which is read from the readable columns."""
    if record["id"] is None:
        raise ExampleError(f"{where}, id: found none, expected one that no other sentence has")
    tokens = _words(record, "tokens", "text", where)
    if tokens is None:
        raise ExampleError(f"{where}: found neither tokens nor text, expected one of them")
    return Sentence(str(record["id"]), tokens, _words(record, "query_tokens", "query", where))


def _words(record: Mapping[str, Any], field: str, text_field: str, where: str) -> tuple[str, ...] | None:
    words: Sequence[str] | None = record.get(field)
    if words is None:
        if (text := record.get(text_field)) is None:
            return None
        field, words = text_field, _cut(text)
    if not words or not all(words):
        raise ExampleError(f"{where}, {field}: found {words!r:.60}, expected at least one word, and none empty")
    return tuple(words)


def _cut(text: str) -> list[str]:
    try:
        from learner.data.tokenizer import cut
    except ModuleNotFoundError as error:
        raise ShardError(
            f"text: cutting it into words needs the package {error.name}, which is not installed: pip install "
            f"{error.name}, or give shards with tokens"
        ) from error
    return cut(text)[0]


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_text_or_integer(kind: Any) -> bool:
    import pyarrow as pa

    return _is_text(kind) or bool(pa.types.is_integer(kind))


def _is_texts(kind: Any) -> bool:
    import pyarrow as pa

    return bool((pa.types.is_list(kind) or pa.types.is_large_list(kind)) and _is_text(kind.value_type))
