"""An Excel workbook as a zip archive: whether it can be read, its sheets, and what their XML says."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from annotator.formats.faults import Fault
from annotator.formats.files.packed import ALWAYS_UNPACKED, MOST_RATIO

DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError, RuntimeError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, AssertionError),
)
"""What openpyxl raises for what is not a workbook, or a damaged one: it does not say so itself."""
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?\bref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_PIECE_BYTES = 2**20


def not_readable(file: BinaryIO) -> Fault | None:
    """Return the fault of a file that is not a zip archive, or one that was made to fill the memory."""
    expected = "a workbook as Excel writes it (.xlsx); save it as that, or as CSV"
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        return Fault(None, None, "no Excel workbook", expected)
    size = file.seek(0, 2)
    most = max(ALWAYS_UNPACKED, MOST_RATIO * size)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except DAMAGED:
        return Fault(None, None, "a damaged workbook", expected)
    finally:
        file.seek(0)
    if not any(part.filename.startswith("xl/") for part in parts):
        return Fault(None, None, "a zip archive that is not an Excel workbook", expected)
    if (unpacked := sum(part.file_size for part in parts)) > most:
        return Fault(None, None, f"a workbook that unpacks to {unpacked:,} bytes", f"at most {most:,}; save it as CSV")
    return None


def open_sheets(file: BinaryIO, *, data_only: bool) -> list[Any]:
    """Return the sheets, whose rows are read one at a time, with formulas or, `data_only`, with their results."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl leaves out, such as drop-down lists, is not in cells
        return list(load_workbook(file, read_only=True, data_only=data_only).worksheets)


def has_formulas(file: BinaryIO) -> bool:
    """Return whether a sheet has any: without this look, any workbook with empty cells is parsed three times."""
    with zipfile.ZipFile(file) as archive:  # a sheet may be any of its parts
        return any(next(_tags(archive, name, _FORMULA), None) for name in archive.namelist())


def merged_areas(file: BinaryIO, sheet: Any) -> list[str]:
    """Return the areas of a sheet's merged cells, such as C2:C4."""
    with zipfile.ZipFile(file) as archive:  # openpyxl does not read them where it reads a row at a time
        return [found[1].decode() for found in _tags(archive, sheet._worksheet_path, _MERGED)]


def _tags(archive: zipfile.ZipFile, name: str, tag: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Yield where a part has a tag, read in pieces, each up to the beginning of its last tag."""
    rest = b""
    with archive.open(name) as part:
        while read := part.read(_PIECE_BYTES):
            whole, _, begun = (rest + read).rpartition(b"<")
            yield from tag.finditer(whole)
            rest = b"<" + begun
    yield from tag.finditer(rest)
