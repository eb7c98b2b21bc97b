"""The rows of a table, with the lines where they begin: only a row whose end is certain is one."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from annotator.formats.faults import Fault, Faults, show
from annotator.formats.files.layout import SNIFFED_ROWS, TAB, Layout, find_separator, said_separator
from annotator.formats.files.lines import MOST_BYTES, is_blank, number_lines

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True)
class Shape:
    """How the rows of one table are cut into cells."""

    separator: str
    quotes: bool
    begins_with_separator: bool
    """Whether the first line says what the separator is, and is not a row."""
    is_sniffed: bool
    """Whether only the rows say what the separator is."""


def find_shape(file: BinaryIO, layout: Layout, usual: str, text_field: str) -> Shape:
    """Return how a table is cut: as the caller says, or as its first line says, or as its first rows suggest."""
    head = [text for _, text in islice(number_lines(file, Faults("")), 4 * SNIFFED_ROWS) if text is not None]
    lines = [line[0] for text in head for line in _LINE.finditer(text)]
    named = said_separator(lines[0]) if lines else None
    separator = layout.separator or named
    if separator is None:
        separator = find_separator(lines, usual, text_field, quotes=layout.quotes)
    is_sniffed = layout.separator is None and separator != usual
    return Shape(separator, layout.quotes, named is not None, is_sniffed)


def read_rows(file: BinaryIO, faults: Faults, shape: Shape) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line and the cells of each row; stop at the first row whose end cannot be found."""
    lines = _Lines(file, faults)
    if shape.begins_with_separator:
        next(iter(lines), None)
    rows = csv.reader(
        lines,
        delimiter=shape.separator,
        strict=True,
        quoting=csv.QUOTE_MINIMAL if shape.quotes else csv.QUOTE_NONE,
    )
    while True:
        first = lines.begin_row()
        try:
            cells = next(rows, None)
        except csv.Error as error:
            cells = None
            if not lines.damaged:
                faults.add(_torn(first, error, shape.separator))
                faults.stop()
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
                self._stop(faults)
                return
            for line in [text] if "\r" not in text else _LINE.findall(text):
                self.newest = line
                self.number += 1
                self._row_size += len(self.newest)
                if self._row_size > MOST_BYTES:
                    faults.add(_endless(self._first))
                    self._stop(faults)
                    return
                yield self.newest

    def _stop(self, faults: Faults) -> None:
        self.damaged = True
        faults.stop()


def _endless(line: int) -> Fault:
    expected = f"at most {MOST_BYTES:,}; perhaps a quote is not closed"
    return Fault(line, None, f"a row of more than {MOST_BYTES:,} characters", expected)


def _torn(line: int, error: csv.Error, separator: str) -> Fault:
    """Return what the csv module found, in our words."""
    if "unexpected end" in str(error):
        expected = 'a " at its end, or --no-quotes if quotes are letters here'
        return Fault(line, None, "a quoted cell that is never closed", expected)
    if "field limit" in str(error):
        found = f"a cell of more than {csv.field_size_limit():,} characters"
        return Fault(line, None, found, "shorter cells; perhaps a quote is not closed")
    if "expected after" in str(error):
        end = "a tab" if separator == TAB else show(separator)
        expected = (
            f"{end} or the line's end there; a \" inside a quoted cell is written twice, "
            "and with --no-quotes quotes are letters"
        )
        return Fault(line, None, "a letter after a quoted cell", expected)
    return Fault(line, None, f"a row that cannot be read ({error})", "a table as docs/formats.md describes it")
