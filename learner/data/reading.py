"""The lines of a file of examples, whatever its format: our own ones, or those that another package reads."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from learner.data import arrow_rows, table_rows
from learner.data.jsonlines import Line, open_text, read_lines
from learner.data.other_formats import OtherFormats, Remark, registered
from learner.errors import ExampleError

OURS = ("JSON lines", "CSV", "TSV", "Parquet", "a folder of datasets")
_JSON_LINES = (".jsonl", ".ndjson")
_LONGEST = 2**20
"""Characters of a first line that are looked at."""
_SHOWN = 20


def read_rows(path: Path, remark: Remark) -> Iterator[Line]:
    """Return the lines of a file or a folder; raise ExampleError for one in a format that nothing reads here."""
    ours = _folder_reader(path) if path.is_dir() else _file_reader(path)
    if ours is not None:
        return ours(path)
    others = registered()
    for other in others:
        if (lines := other.read(path, remark)) is not None:
            return lines
    if path.is_file() and (named := _named_so(path)) is not None:
        return named(path)  # it says what is wrong with the first line
    raise _unknown(path, others)


def _folder_reader(path: Path) -> Callable[[Path], Iterator[Line]] | None:
    return arrow_rows.read_folder if next(path.rglob("*.arrow"), None) is not None else None


def _file_reader(path: Path) -> Callable[[Path], Iterator[Line]] | None:
    """Return what reads a file whose beginning is certainly ours."""
    suffix = _suffix(path)
    if suffix == arrow_rows.SUFFIX:
        return arrow_rows.read_parquet
    first = _first_line(path)
    if suffix in table_rows.SUFFIXES:
        return table_rows.read_table if table_rows.has_tokens(first) else None
    return read_lines if _is_example(first) else None


def _named_so(path: Path) -> Callable[[Path], Iterator[Line]] | None:
    """Return what reads files of this name, or with this first letter, if nothing else is known of it."""
    suffix = _suffix(path)
    if suffix in table_rows.SUFFIXES:
        return table_rows.read_table
    is_json_lines = suffix in _JSON_LINES or not path.stat().st_size or _first_line(path).startswith("{")
    return read_lines if is_json_lines else None


def _suffix(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _first_line(path: Path) -> str:
    """Return the first line that is not blank; none of a file that cannot be read as text."""
    try:
        with open_text(path) as file:
            while line := file.readline(_LONGEST):
                if line.strip("\ufeff \t\r\n"):
                    return line.lstrip("\ufeff \t")
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error):
        pass  # what reads it says where
    return ""


def _is_example(first: str) -> bool:
    """Return whether a line has words as we write them, and not next to an answer as another tool writes it."""
    try:
        given = json.loads(first)
    except (ValueError, RecursionError):
        return False
    tokens = given.get("tokens") if isinstance(given, dict) else None
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        return False
    return isinstance(given.get("label"), str | int) or not isinstance(given.get("text"), str)


def _unknown(path: Path, others: list[OtherFormats]) -> ExampleError:
    names = [*OURS, *(name for other in others for name in other.names)]
    expected = f"{', '.join(names[:-1])} or {names[-1]}"
    return ExampleError(f"{path.name}: found {_described(path)}, expected {expected}")


def _described(path: Path) -> str:
    if path.is_dir():
        return "a folder without such files"
    with path.open("rb") as file:
        head = file.read(_SHOWN)
    return f"a file of another kind, which begins with {head.decode('utf-8', 'replace')!r}" if head else "an empty file"
