"""Examples as CSV or TSV, a row per sentence or per marked span, which a spreadsheet opens as what they are.

The file begins with a byte order mark, without which Excel takes it for Windows-1252. No cell is taken for a formula:
an apostrophe precedes what would begin one.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from annotator.errors import CannotExport
from annotator.exporting.example import ExampleRow
from annotator.exporting.fields import fields_of
from annotator.exporting.target import Output
from annotator.exporting.writing import About, NotCarried
from annotator.formats.examples import FIELDS, NESTED, harmless
from annotator.formats.tools.spans_csv import COLUMNS

COMMA, TAB = ",", "\t"
_MARK = "\ufeff"
LONGEST_CELL = 131_072
"""Characters: what readers of CSV, ours too, take."""


def write_csv(
    rows: Iterable[ExampleRow], file: Output, *, about: About, lost: NotCarried, separator: str = COMMA
) -> None:
    """Write a header and one row per sentence; lists and objects are JSON in their cells."""
    _write(file, FIELDS, (_cells(row) for row in rows), separator)


def write_tsv(rows: Iterable[ExampleRow], file: Output, *, about: About, lost: NotCarried) -> None:
    """Write what `write_csv` writes, with tabs."""
    write_csv(rows, file, about=about, lost=lost, separator=TAB)


def write_spans(
    rows: Iterable[ExampleRow], file: Output, *, about: About, lost: NotCarried, separator: str = COMMA
) -> None:
    """Write a header and one row per marked span, or one without a span for a sentence that has none."""
    _write(file, COLUMNS, _spans(rows, lost), separator)


def _spans(rows: Iterable[ExampleRow], lost: NotCarried) -> Iterator[list[str]]:
    for row in rows:
        lost["people's answers, votes, tags and metadata"] += 1
        lost["a query"] += row.query is not None
        lost["the difference between no marked word and no marks asked for"] += row.marks is None
        about = [harmless(cell) for cell in (row.id, row.text, row.split, row.label)]
        for span in row.spans or (None,):
            if span is None:
                yield [*about, "", "", "", ""]
            else:
                # A lone + or - is not a formula, and `spans` in the other formats has the same sign.
                places = [str(span.start), str(span.end), span.mark]
                yield [*about, *places, harmless(row.text[span.start : span.end])]


def _cells(row: ExampleRow) -> list[str]:
    cells = [_cell(name, value) for name, value in fields_of(row).items()]
    for name, cell in zip(FIELDS, cells, strict=True):
        if len(cell) > LONGEST_CELL:
            raise CannotExport(
                f"{name} of the sentence {row.id} takes {len(cell):,} characters, more than a cell of a table can "
                f"hold ({LONGEST_CELL:,}); export JSON lines or Parquet, or leave the sentence out with a filter."
            )
    return cells


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in NESTED:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    # Marks are only + - and . and can do nothing; with an apostrophe no program would read them.
    return str(value) if name == "marks" else harmless(str(value))


def _write(file: Output, header: Sequence[str], rows: Iterable[Sequence[str]], separator: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    file.write(_MARK.encode())
    for row in chain([header], rows):
        writer.writerow(row)
        file.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()
