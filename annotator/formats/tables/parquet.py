"""Parquet files: a row is one sentence, with the fields of the native format; read a few rows at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from annotator.formats.faults import Fault, Faults, Unfit, show
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.files.lines import NO_SENTENCES
from annotator.formats.rows import MOST_FIELDS, SentenceRow
from annotator.formats.sentence import read_sentence
from annotator.formats.tables.typed_cells import plain_values, size_of
from learner.data.class_names import read_class_names

MOST_ROWS = 100
"""Rows that are unpacked at a time."""
MOST_GROUP_BYTES = 2**30
"""What a group of rows may unpack to: Parquet packs and unpacks a group as a whole."""

_BUFFER_BYTES = 2**16
"""What is read of each column at a time: unbuffered, all that a group has of a column would be held as it is packed."""

LabelNames = Mapping[str, Sequence[str]]


def read(file: BinaryIO, faults: Faults, *, fields: Fields = DEFAULT_FIELDS) -> Iterator[SentenceRow]:
    """Yield the sentences of `file`, and note what is wrong with its other rows.

    Numbers in a column that the file's `huggingface` entry describes as labels are read as their names.
    """
    import pyarrow

    line = 0
    try:
        opened = _opened(file)
        columns, names = list(opened.schema_arrow.names), _label_names(opened.schema_arrow.metadata)
        _check(opened, columns, fields)
        for batch in opened.iter_batches(batch_size=MOST_ROWS, use_threads=False):
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                line += 1
                try:
                    yield _sentence(line, columns, values, fields, names)
                except Unfit as unfit:
                    faults.add(unfit.at(line))
    except Unfit as unfit:
        faults.add(unfit.at(None))
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        faults.stop()
        faults.add(_damaged(line + 1, error))
    if not line and not faults:
        faults.add(NO_SENTENCES)


def read_cells(file: BinaryIO, faults: Faults) -> Iterator[tuple[int, Sequence[object]]]:
    """Yield the names of the columns, then the values of each row, with its number; nothing if it is damaged."""
    import pyarrow

    try:
        opened = _opened(file)
        yield 0, list(opened.schema_arrow.names)
        for batch in opened.iter_batches(batch_size=MOST_ROWS, use_threads=False):
            yield from enumerate(zip(*(column.to_pylist() for column in batch.columns), strict=True), 1)
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        faults.add(_damaged(1, error))


def _opened(file: BinaryIO) -> Any:
    from pyarrow import parquet

    return parquet.ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER_BYTES)


def _damaged(line: int, error: Exception) -> Fault:
    reason = str(error).split("\n", 1)[0][:80]
    return Fault(line, None, f"a damaged Parquet file ({reason})", "a Parquet file; write it again")


def _check(opened: Any, columns: Sequence[str], fields: Fields) -> None:
    """Raise Unfit for a file without sentences, with columns that cannot be told apart, or too large a group."""
    if len(columns) > MOST_FIELDS or len(set(columns)) < len(columns):
        raise Unfit(None, f"{len(columns):,} columns", f"at most {MOST_FIELDS:,}, each with another name")
    found = "the columns " + ", ".join(map(show, columns[:20]))
    if fields.text not in columns and "tokens" not in columns:
        raise Unfit(fields.text, found, "a column of this name, or --text-field with the name of the sentences' column")
    for part, name in fields.chosen().items():
        if name not in columns:
            raise Unfit(name, found, f"a column of this name, because --{part}-field names it")
    for group in range(opened.metadata.num_row_groups):
        if (size := opened.metadata.row_group(group).total_byte_size) > MOST_GROUP_BYTES:
            expected = f"at most {MOST_GROUP_BYTES:,}; write it with smaller row groups"
            raise Unfit(None, f"a group of rows of {size:,} bytes", expected)


def _sentence(
    line: int, columns: Sequence[str], values: Sequence[object], fields: Fields, names: LabelNames
) -> SentenceRow:
    given, repairs = plain_values(columns, values)
    for column, known in names.items():
        value = given.get(column)
        if isinstance(value, int) and 0 <= value < len(known):
            given[column] = known[value]
        elif value == -1:
            given[column] = None  # how datasets writes that there is no label
    return read_sentence(line, given, fields, size=sum(map(size_of, given.values())), repairs=repairs)


def _label_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """Return the names of the labels by column; none if the file does not describe them as `datasets` does."""
    try:
        return read_class_names(metadata)
    except ValueError:
        return {}
