"""Tables, CSV and TSV: a header, then one sentence per row; every cell is a string, as written."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from annotator.formats.examples import is_example, of_cells
from annotator.formats.faults import BadInput, Faults, Unfit, show
from annotator.formats.fields import DEFAULT_FIELDS, OTHER_MARKS, Fields, check_metadata_names
from annotator.formats.files.layout import AS_WRITTEN, COMMA, TAB, Layout, name_of
from annotator.formats.files.lines import NO_SENTENCES
from annotator.formats.rows import MOST_FIELDS, SentenceRow
from annotator.formats.sentence import read_sentence
from annotator.formats.tables.cells import unfold
from annotator.formats.tables.table_rows import Shape, find_shape, read_rows
from annotator.wording import counted

_POINT_ZERO = re.compile(r"-?[0-9]{1,16}\.0")
_NOTHING = frozenset(("NaN", "<NA>", "nan"))
"""What programs write for a missing value, and no person for a label or a split; an id may be `nan`."""


def read_csv(
    file: BinaryIO, faults: Faults, *, fields: Fields = DEFAULT_FIELDS, layout: Layout = AS_WRITTEN
) -> Iterator[SentenceRow]:
    """Yield the sentences of a table, usually with commas, and note what is wrong with its other rows."""
    return _read(file, faults, fields, find_shape(file, layout, COMMA, fields.text))


def read_tsv(
    file: BinaryIO, faults: Faults, *, fields: Fields = DEFAULT_FIELDS, layout: Layout = AS_WRITTEN
) -> Iterator[SentenceRow]:
    """Yield the sentences of a table, usually with tabs, and note what is wrong with its other rows."""
    return _read(file, faults, fields, find_shape(file, layout, TAB, fields.text))


def _read(file: BinaryIO, faults: Faults, fields: Fields, shape: Shape) -> Iterator[SentenceRow]:
    if shape.is_sniffed:
        faults.notes.read_as.insert(0, name_of(shape.separator))
    is_numbered = _has_point_zero_ids(file, fields, shape)
    rows = read_rows(file, faults, shape)
    line, header = next(rows, (0, []))
    columns = read_header(line, header, fields, faults)
    if columns is None:
        return
    empty = True
    for line, cells in rows:
        if len(columns) > 1 and not any(map(str.strip, cells)):
            faults.notes.repaired("a row of empty cells was skipped", line)
            continue
        empty = False
        try:
            row = _sentence(line, columns, cells, fields, is_numbered=is_numbered)
        except Unfit as unfit:
            faults.add(unfit.at(line, row=dict(zip(columns, cells, strict=False))))
            continue
        yield row
    if empty and not faults:
        faults.add(NO_SENTENCES)


def read_header(line: int, header: Sequence[str], fields: Fields, faults: Faults) -> list[str] | None:
    """Return the names of the columns, none for an empty file; None after a fault, which ends the reading."""
    if not header:
        return []
    try:
        columns = name_columns(header, faults)
        check_columns(columns, fields)
    except Unfit as unfit:
        faults.add(unfit.at(line))
        faults.stop()
        return None
    return columns


def name_columns(header: Sequence[str], faults: Faults) -> list[str]:
    """Return the names of the columns; one without a name is called by its place, and noted.

    Nameless columns after the last name are none at all, which is noted too; a cell under them is a fault.
    """
    last = max((place for place, name in enumerate(header, 1) if name.strip()), default=len(header))
    if last > MOST_FIELDS:
        raise Unfit(None, f"{last:,} columns", f"at most {MOST_FIELDS:,}; leave some out")
    columns = [name if name.strip() else f"column {place}" for place, name in enumerate(header[:last], 1)]
    _check_names(columns)
    if nameless := len(header) - last:
        faults.notes.remarks.append(f"Columns without a name after the last named one, ignored: {nameless:,}.")
    if unnamed := [name for name, written in zip(columns, header, strict=False) if not written.strip()]:
        faults.notes.remarks.append(f"Columns without a name are called by their place: {', '.join(unnamed[:10])}.")
    return columns


def check_columns(columns: Sequence[str], fields: Fields) -> None:
    """Raise Unfit unless the columns are those of a table with sentences, and can be told apart."""
    found = "the columns " + ", ".join(show(name) for name in columns[:20]) + (", …" if len(columns) > 20 else "")
    if fields.text not in columns:
        expected = "a column of this name, or --text-field with the name of the sentences' column"
        if len(columns) == 1:
            found = f"a single column, {show(columns[0])}"
            expected += ", or --separator with what separates the columns"
        raise Unfit(fields.text, found, expected)
    for part, name in fields.chosen().items():
        if name not in columns:
            raise Unfit(name, found, f"a column of this name, because --{part}-field names it")
    if is_example(columns):
        return
    for name in columns:
        if name in ("annotations", "asked_again", "sentence_tags"):
            raise Unfit(name, "a column that tables cannot have", "another name for it, or the native format")
    used = (*fields.names().values(), *OTHER_MARKS, "query_tokens")
    check_metadata_names(name for name in columns if name not in used)


def _check_names(columns: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for index, name in enumerate(columns, 1):
        alike = name.strip().casefold()
        if alike in seen:
            found = f"the columns {show(seen[alike])} and {show(name)}"
            raise Unfit(f"column {index}", found, "names that differ by more than case and space")
        seen[alike] = name


def _sentence(
    line: int, columns: Sequence[str], cells: Sequence[str], fields: Fields, *, is_numbered: bool
) -> SentenceRow:
    repairs = []
    if len(cells) > len(columns) and not any(cells[len(columns) :]):
        cells = cells[: len(columns)]
    if len(cells) != len(columns):
        raise Unfit(None, counted(len(cells), "cell"), f"{len(columns)}, as many as the header has names")
    given = {name: cell for name, cell in zip(columns, cells, strict=True) if cell}
    if is_example(columns):
        return read_sentence(line, of_cells(given), DEFAULT_FIELDS, size=sum(map(len, cells)))
    if missing := _said_to_be_missing(given, fields):
        repairs.append("a cell like NaN was read as no value")
        given = {name: cell for name, cell in given.items() if name not in missing}
    if is_numbered and fields.id in given:
        given[fields.id] = given[fields.id].removesuffix(".0")
        repairs.append("an id like 101.0 was read as 101")
    if fields.text not in given:
        raise Unfit(fields.text, "an empty cell", "a sentence")
    return read_sentence(line, unfold(given, fields), fields, size=sum(map(len, cells)), repairs=repairs)


def _said_to_be_missing(given: Mapping[str, str], fields: Fields) -> set[str]:
    names = (fields.id, fields.label, fields.split, fields.marks, fields.query)
    return {name for name in names if given.get(name) in _NOTHING and (name, given[name]) != (fields.id, "nan")}


def _has_point_zero_ids(file: BinaryIO, fields: Fields, shape: Shape) -> bool:
    """Return whether every id of the table is a number like 101.0: a program made them of whole ones.

    The table is read to its end for this only if its ids begin so.
    """
    is_so = False
    try:
        rows = read_rows(file, Faults(""), shape)
        _, header = next(rows, (0, []))
        place = header.index(fields.id)
        for _, cells in rows:
            written = cells[place] if place < len(cells) else ""
            if written and written not in _NOTHING:
                if not _POINT_ZERO.fullmatch(written):
                    return False
                is_so = True
    except (BadInput, ValueError):
        return False
    return is_so
