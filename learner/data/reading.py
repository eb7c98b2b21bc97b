"""The lines of a file of examples, whatever its format: our own ones, or those that another package reads."""

import codecs
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from learner.data import arrow_rows, table_rows
from learner.data.jsonlines import Line, read_lines
from learner.data.other_formats import OtherFormats, Remark, registered
from learner.data.suffixes import is_packed, unpacked_suffix
from learner.errors import ExampleError

OURS = ("JSON lines", "CSV", "TSV", "Parquet", "a folder of datasets")
_JSON_LINES = (".jsonl", ".ndjson")
_MOST_BYTES = 2**20
"""Of a file's beginning, packed and unpacked, that are looked at."""
_SHOWN = 20

_Reader = Callable[[Path], Iterator[Line]]


def read_rows(path: Path, remark: Remark) -> Iterator[Line]:
    """Return the lines of a file or a folder; raise ExampleError for one in a format that nothing reads here."""
    beginning = b"" if path.is_dir() else _beginning(path)
    if not beginning and not path.is_dir():
        return iter(())
    first = _first_line(path, beginning)
    if (certain := _certain_reader(path, first)) is not None:
        return certain(path)
    others = registered()
    for other in others:
        if (lines := other.read(path, remark)) is not None:
            return lines
    if (likely := _likely_reader(path, first)) is not None:
        return likely(path)  # it says what is wrong with the first line
    raise _unknown(path, beginning, others)


def _certain_reader(path: Path, first: str) -> _Reader | None:
    """Return what reads a file or a folder whose sentences are certainly cut into words, as ours are."""
    suffix = unpacked_suffix(path.name)
    if path.is_dir():
        return arrow_rows.read_folder if arrow_rows.has_arrow_files(path) and arrow_rows.has_tokens(path) else None
    if suffix == arrow_rows.SUFFIX:
        return arrow_rows.read_parquet if arrow_rows.has_tokens(path) else None
    if suffix in table_rows.SUFFIXES:
        return table_rows.read_table if table_rows.has_tokens(first) else None
    return read_lines if _is_example(first) else None


def _likely_reader(path: Path, first: str) -> _Reader | None:
    """Return what reads files of this name, or with this first letter, if nothing else is known of it."""
    suffix = unpacked_suffix(path.name)
    if path.is_dir():
        return arrow_rows.read_folder if arrow_rows.has_arrow_files(path) else None
    if suffix == arrow_rows.SUFFIX:
        return arrow_rows.read_parquet
    if suffix in table_rows.SUFFIXES:
        return table_rows.read_table
    return read_lines if suffix in _JSON_LINES or first.startswith("{") else None


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES)


def _first_line(path: Path, beginning: bytes) -> str:
    """Return the first line that is not blank; none of a file that cannot be read as text."""
    try:
        if is_packed(path):
            beginning = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(beginning, _MOST_BYTES)
        for line in beginning.split(b"\n"):
            # An incremental decoder lets the last character be incomplete.
            text = codecs.getincrementaldecoder("utf-8")().decode(line).lstrip("\ufeff \t")
            if text.strip():
                return text
    except (UnicodeDecodeError, zlib.error):
        pass  # what reads it says where
    return ""


def _is_example(first: str) -> bool:
    """Return whether a line has words as we write them, and not next to an answer as another tool writes it."""
    try:
        given = json.loads(first)  # not strictly: it only says who reads the file
    except (ValueError, RecursionError):
        return False
    tokens = given.get("tokens") if isinstance(given, dict) else None
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        return False
    return isinstance(given.get("label"), str | int) or not isinstance(given.get("text"), str)


def _unknown(path: Path, beginning: bytes, others: list[OtherFormats]) -> ExampleError:
    names = [*OURS, *(name for other in others for name in other.names)]
    expected = f"{', '.join(names[:-1])} or {names[-1]}"
    return ExampleError(f"{path.name}: found {_described(path, beginning)}, expected {expected}")


def _described(path: Path, beginning: bytes) -> str:
    if path.is_dir():
        return "a folder without such files"
    return f"a file of another kind, which begins with {beginning[:_SHOWN].decode('utf-8', 'replace')!r}"
