"""The rows of a table, CSV or TSV, as JSON lines have them: lists are JSON in their cells, an empty cell has no value.

An export of Whylight puts an apostrophe in front of what a spreadsheet would take for a formula; it is taken off.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, cast

from learner.data.jsonlines import Line
from learner.data.strict_json import BadJson, BrokenJson, parse_json
from learner.data.suffixes import is_packed
from learner.errors import ExampleError
from learner.wording import counted

SUFFIXES = (".csv", ".tsv")
_SEPARATORS = ",;\t|"
_LISTS = frozenset(("tokens", "query_tokens", "z", "rationale"))
_TEXTS = frozenset(("id", "label"))
_FORMULA = re.compile(r"'+[=+\-@\t\r]")


def read_table(path: Path) -> Iterator[Line]:
    """Yield the rows of a table with a header, gzip when the name ends in `.gz`; semicolons and bars are recognised."""
    row = 0
    try:
        with _open(path) as file:
            separator = _separator(file.readline())
            file.seek(0)
            rows = csv.reader(file, delimiter=separator, strict=True)
            header = next(rows, [])
            for row, cells in enumerate(rows, start=1):
                yield _line(f"{path.name} row {row}", header, cells)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ExampleError(f"{path.name} after row {row}: found {error}, expected a table in UTF-8") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ExampleError(f"{path.name} after row {row}: found damaged gzip data ({error})") from error


def has_tokens(header: str) -> bool:
    """Return whether a table with this header has sentences cut into words, as our tables have."""
    return "tokens" in next(csv.reader([header], delimiter=_separator(header)), [])


def _open(path: Path) -> IO[str]:
    opener = gzip.open if is_packed(path) else open
    return cast(IO[str], opener(path, "rt", encoding="utf-8-sig", newline=""))


def _separator(header: str) -> str:
    return max(_SEPARATORS, key=header.count)


def _line(place: str, header: Sequence[str], cells: Sequence[str]) -> Line:
    if len(cells) != len(header):
        raise ExampleError(
            f"{place}: found {counted(len(cells), 'cell')}, expected {len(header)}, as many as the header has names"
        )
    line = Line(place, {})
    for name, cell in zip(header, cells, strict=True):
        if cell:
            line.record[name] = _value(line, name, cell)
    return line


def _value(line: Line, name: str, cell: str) -> Any:
    if name in _TEXTS:
        return cell[1:] if _FORMULA.match(cell) else cell
    if name not in _LISTS:
        return cell
    try:
        return parse_json(cell)
    except BrokenJson:
        raise line.error(name, found=cell, expected="a list as JSON") from None
    except BadJson as error:
        raise line.error(name, found=error.found, expected=error.expected) from None
