"""The rows of Parquet files, and of folders that Hugging Face's `datasets` saved, as JSON lines have them.

Numbers that stand for classes, as the file describes them for `datasets`, become the names of the classes.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from learner.data.class_names import read_class_names
from learner.data.jsonlines import Line
from learner.data.split_names import split_of
from learner.errors import ExampleError

SUFFIX = ".parquet"
_FIELDS = ("id", "tokens", "label", "marks", "z", "rationale", "query_tokens", "split")
_ROWS = 1_000
_LETTERS = {"O": "."}
"""How other tools call a word without a mark."""


def has_arrow_files(folder: Path) -> bool:
    """Return whether a folder may be a data set that `datasets` saved."""
    return bool(_arrow_files(folder))


def has_tokens(path: Path) -> bool:
    """Return whether a Parquet file, or the first Arrow file of a data set, has sentences cut into words.

    True for one that cannot be read: what reads it says what is wrong.
    """
    import pyarrow as pa

    try:
        return "tokens" in _columns(path)
    except (pa.ArrowException, OSError):
        return True


def read_parquet(path: Path) -> Iterator[Line]:
    """Yield the rows of a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            columns = [name for name in _FIELDS if name in schema.names]
            batches = file.iter_batches(batch_size=_ROWS, columns=columns)
            yield from _lines(path.name, batches, _class_names(path.name, schema.metadata), None)
    except (pa.ArrowException, OSError) as error:
        raise ExampleError(f"{path.name}: found no Parquet data ({error}), expected a Parquet file") from error


def read_folder(folder: Path) -> Iterator[Line]:
    """Yield the rows of all Arrow files of a data set; a row without a split has that of its folder."""
    for path in _arrow_files(folder):
        yield from _read_arrow(path, path.relative_to(folder).as_posix(), split_of(path.parent.name))


def _columns(path: Path) -> Sequence[str]:
    import pyarrow as pa
    from pyarrow import parquet

    if path.is_dir():
        with pa.memory_map(str(_arrow_files(path)[0])) as source, pa.ipc.open_stream(source) as reader:
            return list(reader.schema.names)
    return list(parquet.read_schema(path).names)


def _arrow_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.arrow") if not path.name.startswith("cache-"))


def _read_arrow(path: Path, name: str, split: str | None) -> Iterator[Line]:
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
            yield from _lines(name, reader, _class_names(name, reader.schema.metadata), split)
    except (pa.ArrowException, OSError) as error:
        raise ExampleError(f"{name}: found no Arrow data ({error}), expected a data set of datasets") from error


def _lines(name: str, batches: Any, classes: Mapping[str, Sequence[str]], split: str | None) -> Iterator[Line]:
    number = 0
    for batch in batches:
        for given in batch.to_pylist():
            number += 1
            record = {field: _named(value, classes.get(field)) for field, value in given.items() if field in _FIELDS}
            if isinstance(record.get("marks"), list):
                record["marks"] = "".join(_LETTERS.get(mark, mark) for mark in map(str, record["marks"]))
            if split is not None and record.get("split") is None:
                record["split"] = split
            yield Line(f"{name} row {number}", record)


def _named(value: Any, names: Sequence[str] | None) -> Any:
    """Return the name of a class for its number, in lists too; -1 means no class."""
    if names is None:
        return value
    if isinstance(value, list):
        return [_named(part, names) for part in value]
    if type(value) is not int:
        return value
    return names[value] if 0 <= value < len(names) else None


def _class_names(name: str, metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    try:
        return read_class_names(metadata)
    except ValueError as error:
        raise ExampleError(
            f"{name}: found a description of the columns that cannot be read ({error.__cause__ or error})"
        ) from error
