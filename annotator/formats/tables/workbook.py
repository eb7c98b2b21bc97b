"""An Excel workbook as a zip archive: whether it can be read, and its sheets."""

import warnings
import zipfile
import zlib
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from annotator.formats.faults import Fault
from annotator.formats.files.packed import ALWAYS_UNPACKED, MOST_RATIO

DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError, RuntimeError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, AssertionError),
)
"""What openpyxl raises for what is not a workbook, or a damaged one: it does not say so itself."""


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


def open_sheets(file: BinaryIO) -> list[Any]:
    """Return the sheets, whose rows are read one at a time, with the results of formulas."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl leaves out, such as drop-down lists, is not in cells
        return list(load_workbook(file, read_only=True, data_only=True).worksheets)
