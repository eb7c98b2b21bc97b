"""Excel workbooks (.xlsx): the first sheet is a table with a header, read a row at a time."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any, BinaryIO

from annotator.formats.examples import is_example, of_cells
from annotator.formats.faults import Fault, Faults, Unfit, show
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.files.lines import NO_SENTENCES
from annotator.formats.rows import SentenceRow
from annotator.formats.sentence import read_sentence
from annotator.formats.tables.cells import unfold
from annotator.formats.tables.sheet_xml import SheetXml
from annotator.formats.tables.table import read_header
from annotator.formats.tables.typed_cells import plain_values
from annotator.formats.tables.workbook import DAMAGED, not_readable, open_sheets
from annotator.wording import counted, first_names

MOST_SHEETS_NAMED = 5
MOST_AREAS_NAMED = 5
MOST_ROWS = 1_048_576
"""As many as Excel has. A row may name its number, and openpyxl yields an empty row for each that it skips."""
MOST_CELLS = 100_000_000
"""Of all rows, each from its first column to its last, which a cell may name, too: openpyxl makes all that it skips."""

_ESCAPED = re.compile(r"_x(000[9AD])_")
_ERRORS = frozenset(
    (
        *("#N/A", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#GETTING_DATA"),
        *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!"),
    )
)
_OR_DELETE = ", or delete the column"


def read(file: BinaryIO, faults: Faults, *, fields: Fields = DEFAULT_FIELDS) -> Iterator[SentenceRow]:
    """Yield the sentences of the first sheet of `file`, and note what is wrong with its other rows."""
    xml = SheetXml(file)
    rows = (row for row in _numbered(file, faults) if _has_values(row[1]) or xml.without_result(*row))
    line, header = next(rows, (0, ()))
    if lost := xml.without_result(line, header):
        faults.stop()
        faults.add(_without_result(f"column {lost[0] + 1}", "a name", _OR_DELETE).at(line))
        return
    columns = read_header(line, ["" if name is None else str(name) for name in header], fields, faults)
    if columns is None:
        return
    empty = True
    for line, values in rows:
        empty = False
        try:
            yield _sentence(line, columns, values, fields, xml.without_result(line, values))
        except Unfit as unfit:
            faults.add(unfit.at(line, row=[str(value) for value in values]))
    _remark(xml, faults)
    if empty and not faults:
        faults.add(NO_SENTENCES)


def _remark(xml: SheetXml, faults: Faults) -> None:
    """Note what the sheet's XML says as a whole, or that it could not be looked at."""
    if faults.stopped:
        return  # also of a file that must not be unpacked
    if areas := xml.merged_areas():
        named = first_names(areas, MOST_AREAS_NAMED)
        faults.notes.remarks.append(f"Merged cells were read as their first cell, the others as empty: {named}.")
    if xml.failed:
        faults.notes.remarks.append("Formulas without a result could not be looked for.")


def read_cells(file: BinaryIO, faults: Faults) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the number and the cells of each row that is not empty, as Excel counts them."""
    return (row for row in _numbered(file, faults) if _has_values(row[1]))


def _numbered(file: BinaryIO, faults: Faults) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the number and the cells of each row that has any; they may all be empty."""
    if (fault := not_readable(file)) is not None:
        faults.add(fault)
        return
    number = cells = 0
    try:
        for number, values in enumerate(_first_sheet(file, faults), 1):
            cells += len(values)
            if number > MOST_ROWS or cells > MOST_CELLS:
                faults.stop()
                expected = f"at most {MOST_ROWS:,} rows and {MOST_CELLS:,} cells; save the sheet as CSV"
                faults.add(Fault(number, None, f"{number:,} rows and {cells:,} cells so far", expected))
                return
            if values:
                yield number, values
    except ImportError:
        expected = "openpyxl, which `pip install 'whylight[excel]'` brings, or the sheet saved as CSV"
        faults.add(Fault(None, "format", "an Excel workbook, which only openpyxl can read", expected))
    except DAMAGED as error:
        faults.stop()
        expected = "a workbook that Excel can open; save it again, or as CSV"
        faults.add(Fault(number + 1, None, f"a damaged workbook ({type(error).__name__})", expected))


def _has_values(cells: Sequence[Any]) -> bool:
    return any(value not in (None, "") for value in cells)


def _first_sheet(file: BinaryIO, faults: Faults) -> Iterator[Sequence[Any]]:
    sheet, *others = open_sheets(file)
    if others:
        names = ", ".join(show(other.title) for other in others[:MOST_SHEETS_NAMED])
        more = ", …" if len(others) > MOST_SHEETS_NAMED else ""
        faults.notes.remarks.append(f"Read the sheet {show(sheet.title)}; the others were not read: {names}{more}.")
    sheet.reset_dimensions()  # some programs write them wrong
    return sheet.iter_rows(values_only=True)  # type: ignore[no-any-return]


def _without_result(field: str, wanted: str, otherwise: str = "") -> Unfit:
    expected = f"{wanted}; open the file in Excel and save it, so that it has the results{otherwise}"
    return Unfit(field, "a formula without a result", expected)


def _check_results(columns: Sequence[str], lost: Sequence[int], text: str) -> None:
    """Raise Unfit for a formula without a result in any column: metadata that was stored without it would stay so."""
    if beyond := [place for place in lost if place >= len(columns)]:
        names = counted(len(columns), "name")
        expected = f"no cell, because the header has {names}; delete the column, or name it and save the file in Excel"
        raise Unfit(f"column {beyond[0] + 1}", "a formula without a result", expected)
    if columns.index(text) in lost:
        raise _without_result(text, "a sentence")
    if lost:
        raise _without_result(columns[lost[0]], "a value", _OR_DELETE)


def _sentence(
    line: int, columns: Sequence[str], values: Sequence[Any], fields: Fields, lost: Sequence[int]
) -> SentenceRow:
    """Return the sentence of a row, of which the cells at the places `lost` are formulas without a result."""
    if any(value not in (None, "") for value in values[len(columns) :]):
        raise Unfit(None, counted(len(values), "cell"), f"{len(columns)}, as many as the header has names")
    _check_results(columns, lost, fields.text)
    cells = [*values[: len(columns)], *[None] * (len(columns) - len(values))]
    repairs = (
        ["a cell with an error such as #N/A was read as no value"] if _ERRORS.intersection(map(str, cells)) else []
    )
    named, others = plain_values(columns, [_cell(value) for value in cells])
    given = {name: value for name, value in named.items() if value not in (None, "")}
    for name in (fields.text, fields.query):
        if isinstance(given.get(name), int | float):
            given[name] = str(given[name])  # a cell with digits alone is a number to Excel
    if fields.text not in given:
        written = cells[columns.index(fields.text)]
        raise Unfit(fields.text, f"the error {written}" if written in _ERRORS else "an empty cell", "a sentence")
    given, fields = (of_cells(given), DEFAULT_FIELDS) if is_example(columns) else (unfold(given, fields), fields)
    return read_sentence(line, given, fields, size=sum(len(str(value)) for value in cells), repairs=[*repairs, *others])


def _cell(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date()  # Excel has no days without a time
    if isinstance(value, str):
        return None if value in _ERRORS else _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return value
