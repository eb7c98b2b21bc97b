"""Rows of Parquet files by their places: a few of many, in one pass over the row groups that have some."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner.errors import ShardError


class Source(NamedTuple):
    """Parquet files of one kind."""

    paths: Sequence[Path]
    open: Callable[[Path], AbstractContextManager[Any]]
    columns: Callable[[str, Any], Sequence[str]]
    """A file's name and its schema → the columns to read."""
    refuse: Callable[[Path, Exception], ShardError]
    """Returns the error for a file that cannot be read."""


def rows_at(source: Source, files: NDArray[np.int32], rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return the records at these places, in this order: each row is counted from the beginning of its file."""
    import pyarrow as pa

    found: list[dict[str, Any]] = [{} for _ in rows]
    for number in np.unique(files).tolist():
        at, path = np.flatnonzero(files == number), source.paths[number]
        try:
            with source.open(path) as file:
                columns = source.columns(path.name, file.schema_arrow)
                for places, records in _by_group(file, rows[at], columns):
                    for place, record in zip(at[places].tolist(), records, strict=True):
                        found[place] = record
        except (pa.ArrowException, OSError, IndexError) as error:
            raise source.refuse(path, error) from error
    return found


def _by_group(
    file: Any, rows: NDArray[np.int64], columns: Sequence[str]
) -> Iterator[tuple[NDArray[np.int64], list[dict[str, Any]]]]:
    """Yield the places among `rows` that are in each row group, with their records."""
    lengths = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    ends = np.cumsum(lengths)
    groups = np.searchsorted(ends, rows, side="right")
    for group in np.unique(groups).tolist():
        places = np.flatnonzero(groups == group)
        local = rows[places] - (ends[group] - lengths[group])
        yield places, file.read_row_group(group, columns=columns).take(local).to_pylist()
