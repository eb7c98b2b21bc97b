"""JSON lines: one object per line, gzip when the name ends in `.gz`."""

import gzip
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from learner.data.aside import written_aside
from learner.data.strict_json import BadJson, NotFinite, fields_with, parse_json
from learner.data.suffixes import is_packed
from learner.errors import ExampleError

_READ = ("id", "tokens", "query_tokens", "text", "label", "marks", "z", "rationale", "split")
"""The fields of an example, which NaN is no value of; in any other field it is null, as in an import."""


class Line(NamedTuple):
    """One parsed line, and where it is, for messages."""

    place: str
    record: dict[str, Any]
    why_unlabelled: str | None = None
    """Why its sentence has no label, if that is not a fault, as in "without an answer"."""

    def error(self, field: str, *, found: object, expected: str) -> ExampleError:
        """Return the error that says what is wrong with a field of this line."""
        return ExampleError(f"{self.place}, {field}: found {_shorten(found)}, expected {expected}")


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the objects of a file; skip blank lines."""
    number = 0
    try:
        with open_text(path) as file:
            for number, text in enumerate(file, start=1):
                if text.strip():
                    yield _parse(f"{path.name} line {number}", text)
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02x}"
        raise ExampleError(f"{path.name} after line {number}: found {found}, expected UTF-8 text") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ExampleError(f"{path.name} after line {number}: found damaged gzip data ({error})") from error


def write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write the objects aside and put the file in place: it exists complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(path) as file:
        file.writelines(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def open_text(path: Path) -> IO[str]:
    """Open a file of UTF-8, gzip when the name ends in `.gz`; only a line feed ends a line.

    A byte-order mark at the beginning is left out.
    """
    opener = gzip.open if is_packed(path) else open
    return cast(IO[str], opener(path, "rt", encoding="utf-8-sig", newline="\n"))


def _parse(place: str, text: str) -> Line:
    nan: list[None] = []
    try:
        record = parse_json(text.rstrip("\r\n"), expected="one JSON object", on_nan=partial(nan.append, None))
    except BadJson as error:
        field = f", {_shorten(field)}" if (field := _field_of(error, text)) else ""
        raise ExampleError(f"{place}{field}: {error}") from None
    if not isinstance(record, dict):
        raise ExampleError(f"{place}: found {_shorten(record)}, expected one JSON object")
    line = Line(place, record)
    if nan:
        _check_nan(line, text)
    return line


def _field_of(error: BadJson, text: str) -> str | None:
    if not isinstance(error, NotFinite):
        return error.field
    return next(iter(fields_with(text, math.isinf)), None)


def _check_nan(line: Line, text: str) -> None:
    """Raise ExampleError for NaN in a field of an example: whether it means that there is no value is not known."""
    for field in fields_with(text, math.isnan):
        if field in _READ:
            raise line.error(field, found="NaN", expected="a value, or no such field where there is none")


def _shorten(found: object) -> str:
    text = found if isinstance(found, str) else repr(found)
    return text if len(text) <= 60 else text[:57] + "..."
