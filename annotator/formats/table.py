"""Tables, CSV and TSV: a header, then one sentence per row; every cell is a string, exactly as written."""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from annotator.formats.cells import unfold
from annotator.formats.faults import Fault, Faults, Unfit, show
from annotator.formats.fields import DEFAULT_FIELDS, OTHER_MARKS, Fields, check_metadata_names
from annotator.formats.lines import MOST_BYTES, NO_SENTENCES, is_blank, number_lines
from annotator.formats.rows import MOST_FIELDS, SentenceRow
from annotator.formats.sentence import read_sentence

COMMA, TAB = ",", "\t"

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_OTHER_SEPARATORS = {
    COMMA: "commas between the columns; save it so, or give --format csv",
    TAB: "the format of a table with tabs, --format tsv",
    ";": "commas or tabs between the columns; save it so",
}


def read_csv(file: BinaryIO, faults: Faults, *, fields: Fields = DEFAULT_FIELDS) -> Iterator[SentenceRow]:
    """Yield the sentences of a table with commas, and note what is wrong with its other rows."""
    return _read(file, faults, fields, COMMA)


def read_tsv(file: BinaryIO, faults: Faults, *, fields: Fields = DEFAULT_FIELDS) -> Iterator[SentenceRow]:
    """Yield the sentences of a table with tabs, and note what is wrong with its other rows."""
    return _read(file, faults, fields, TAB)


def _read(file: BinaryIO, faults: Faults, fields: Fields, separator: str) -> Iterator[SentenceRow]:
    rows = _rows(file, faults, separator)
    line, header = next(rows, (0, []))
    try:
        if header:
            _check_header(header, fields, separator)
    except Unfit as unfit:
        faults.add(unfit.at(line))
        return
    empty = True
    for line, cells in rows:
        empty = False
        try:
            row = _sentence(line, header, cells, fields)
        except Unfit as unfit:
            faults.add(unfit.at(line))
            continue
        yield row
    if empty and not faults:
        faults.add(NO_SENTENCES)


def _rows(file: BinaryIO, faults: Faults, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line and the cells of each row; stop at the first row whose end cannot be found."""
    lines = _Lines(file, faults)
    rows = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        first = lines.begin_row()
        try:
            cells = next(rows, None)
        except csv.Error as error:
            cells = None
            if not lines.damaged:
                faults.add(_torn(first, error, separator))
        if cells is None or lines.damaged:
            return
        if not is_blank(lines.newest.strip("\r\n")):
            yield first, cells


class _Lines:
    """A file's lines as the csv module wants them, with their ends; stops at a damaged line or too long a row."""

    def __init__(self, file: BinaryIO, faults: Faults) -> None:
        self.number, self.newest, self.damaged = 0, "", False
        self._first, self._row_size = 1, 0
        self._lines = self._all(file, faults)

    def begin_row(self) -> int:
        """Return the number of the next line, where a row begins, which may take several lines."""
        self._first, self._row_size = self.number + 1, 0
        return self._first

    def __iter__(self) -> Iterator[str]:
        return self._lines

    def _all(self, file: BinaryIO, faults: Faults) -> Iterator[str]:
        for _, text in number_lines(file, faults):
            if text is None:
                self.damaged = True
                return
            for line in _LINE.finditer(text):
                self.newest = line[0]
                self.number += 1
                self._row_size += len(self.newest)
                if self._row_size > MOST_BYTES:
                    faults.add(_endless(self._first))
                    self.damaged = True
                    return
                yield self.newest


def _endless(line: int) -> Fault:
    expected = f"at most {MOST_BYTES:,}; perhaps a quote is not closed"
    return Fault(line, None, f"a row of more than {MOST_BYTES:,} characters", expected)


def _torn(line: int, error: csv.Error, separator: str) -> Fault:
    """Return what the csv module found, in our words."""
    if "unexpected end" in str(error):
        return Fault(line, None, "a quoted cell that is never closed", 'a " at its end')
    if "field limit" in str(error):
        found = f"a cell of more than {csv.field_size_limit():,} characters"
        return Fault(line, None, found, "shorter cells; perhaps a quote is not closed")
    if "expected after" in str(error):
        expected = f"{show(separator)} or the line's end there; a \" inside a quoted cell is written twice"
        return Fault(line, None, "a letter after a quoted cell", expected)
    return Fault(line, None, f"a row that cannot be read ({error})", "a table as docs/formats.md describes it")


def _check_header(header: Sequence[str], fields: Fields, separator: str) -> None:
    if len(header) > MOST_FIELDS:
        raise Unfit(None, f"{len(header):,} columns", f"at most {MOST_FIELDS:,}; leave some out")
    _check_names(header)
    found = "the columns " + ", ".join(show(name) for name in header[:20]) + (", …" if len(header) > 20 else "")
    if fields.text not in header:
        for other, expected in _OTHER_SEPARATORS.items():
            if len(header) == 1 and other != separator and other in header[0]:
                raise Unfit(None, f"a single column, {show(header[0])}", expected)
        raise Unfit(fields.text, found, "a column of this name, or --text-field with the name of the sentences' column")
    for part, name in fields.chosen().items():
        if name not in header:
            raise Unfit(name, found, f"a column of this name, because --{part}-field names it")
    for name in header:
        if name in ("annotations", "asked_again"):
            raise Unfit(name, "a column that tables cannot have", "another name for it, or the native format")
    used = (*fields.names().values(), *OTHER_MARKS, "query_tokens")
    check_metadata_names(name for name in header if name not in used)


def _check_names(header: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for index, name in enumerate(header, 1):
        if not name.strip():
            raise Unfit(f"column {index}", f"the name {show(name)}", "a name for every column")
        alike = name.strip().casefold()
        if alike in seen:
            found = f"the columns {show(seen[alike])} and {show(name)}"
            raise Unfit(f"column {index}", found, "names that differ by more than case and space")
        seen[alike] = name


def _sentence(line: int, header: Sequence[str], cells: Sequence[str], fields: Fields) -> SentenceRow:
    if len(cells) != len(header):
        raise Unfit(None, f"{len(cells)} cells", f"{len(header)}, as many as the header has names")
    given = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    if fields.text not in given:
        raise Unfit(fields.text, "an empty cell", "a sentence")
    return read_sentence(line, unfold(given, fields), fields, size=sum(map(len, cells)))
