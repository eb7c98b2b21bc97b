"""Examples as Parquet, which `datasets`, pandas and most tools read: a row per sentence, in groups of a few hundred."""

from collections.abc import Iterable

from annotator.exporting.example import ExampleRow
from annotator.exporting.tables.arrow import Batcher, schema_of
from annotator.exporting.target import Output
from annotator.exporting.writing import About, NotCarried


def write(rows: Iterable[ExampleRow], file: Output, *, about: About, lost: NotCarried) -> None:
    """Write a group of rows at a time; Parquet holds everything."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = schema_of(about.label_names)
    # Its caller closes the file, which may be standard output: closing the PythonFile would close it, too.
    with parquet.ParquetWriter(pa.PythonFile(file, mode="w"), schema) as writer:
        batcher = Batcher(schema, about.label_names)
        for row in rows:
            for batch in batcher.add(row):
                writer.write_batch(batch)
        for batch in batcher.rest():
            writer.write_batch(batch)
