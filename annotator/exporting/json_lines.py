"""Examples as JSON lines: one object per sentence, with every field in every line."""

import json
from collections.abc import Iterable

from annotator.exporting.example import ExampleRow
from annotator.exporting.fields import fields_of
from annotator.exporting.target import Output
from annotator.exporting.writing import About, NotCarried


def write(rows: Iterable[ExampleRow], file: Output, *, about: About, lost: NotCarried) -> None:
    """Write one line per row; JSON lines hold everything."""
    for row in rows:
        file.write(json.dumps(fields_of(row), ensure_ascii=False).encode() + b"\n")
