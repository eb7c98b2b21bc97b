"""How a table is laid out: what separates its cells, whether quotes hold them together, which encoding it is in."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from annotator.errors import BadLayout

COMMA, TAB = ",", "\t"
SEPARATORS = {COMMA: "commas", ";": "semicolons", TAB: "tabs", "|": "bars"}
SNIFFED_ROWS = 20

_BY_NAME = {"comma": COMMA, "semicolon": ";", "tab": TAB, "\\t": TAB, "bar": "|", "pipe": "|", "space": " "}
_SAID = re.compile(r'\ufeff?"?sep=(?P<separator>[^\r\n"]|\t)"?[\r\n]*', re.IGNORECASE)
_NEVER = frozenset('"\r\n\0')


@dataclass(frozen=True)
class Layout:
    """What the caller says about a table; what is None is decided by its content. Raises BadLayout."""

    separator: str | None = None
    """One character between the cells of a row, or its name: `tab`, `comma`, `semicolon`, `bar`."""
    encoding: str | None = None
    """As Python names it, such as `windows-1252`."""
    quotes: bool = True
    """Whether a cell in double quotes may contain separators and line breaks."""

    def __post_init__(self) -> None:
        asked = self.separator
        if asked is None:
            return
        separator = _BY_NAME.get(asked.strip().casefold() or asked, asked)
        if len(separator) != 1 or separator in _NEVER:
            raise BadLayout(f"The separator is {asked!r}; give one character, or tab, comma, semicolon or bar.")
        object.__setattr__(self, "separator", separator)

    def chosen(self) -> dict[str, object]:
        """Return what was chosen, for the record of the import."""
        choices = {"separator": self.separator, "encoding": self.encoding, "quotes": None if self.quotes else False}
        return {name: value for name, value in choices.items() if value is not None}


AS_WRITTEN = Layout()


def said_separator(line: str) -> str | None:
    """Return the separator that a first line such as `sep=;` names, as Excel writes and reads it; None for others."""
    found = _SAID.fullmatch(line)
    return found["separator"] if found and found["separator"] not in _NEVER else None


def find_separator(lines: Sequence[str], usual: str, text_field: str, *, quotes: bool) -> str:
    """Return what separates the cells of a table that begins with these lines; the usual one in doubt.

    It is the one that gives the header the text's column, or else the one that cuts the header and the rows after
    it into the same number of cells.
    """
    tables = {separator: _cut(lines, separator, quotes=quotes) for separator in (usual, *SEPARATORS)}
    named = [separator for separator, rows in tables.items() if rows and text_field in rows[0]]
    if named:
        return named[0] if len(tables[named[0]][0]) > 1 else usual
    widths = {separator: _width(rows) for separator, rows in tables.items()}
    return max(widths, key=lambda separator: (widths[separator], separator == usual))


def name_of(separator: str) -> str:
    """Return what separates cells, in words."""
    return SEPARATORS.get(separator, f"{separator!r} between the cells")


def _cut(lines: Sequence[str], separator: str, *, quotes: bool) -> list[list[str]]:
    rows = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE)
    try:
        return [row for row in islice(rows, SNIFFED_ROWS) if any(map(str.strip, row))]
    except csv.Error:
        return []


def _width(rows: Sequence[Sequence[str]]) -> int:
    """Return the number of columns, 0 unless there are several and the rows agree on it."""
    widths = {len(row) for row in rows}
    return widths.pop() if len(widths) == 1 and len(rows[0]) > 1 else 0
