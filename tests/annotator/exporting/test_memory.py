"""An export of examples takes as much memory for many sentences as for some."""

import io
import tracemalloc
from dataclasses import replace

import pyarrow
import pytest
from example_rows import ABOUT, ROW

from annotator.exporting.registry import FORMATS, FolderFormat
from annotator.exporting.writing import NotCarried


class Nowhere(io.RawIOBase):
    """A file that keeps nothing."""

    def writable(self):
        return True

    def write(self, data):
        return len(data)


def peak_of(format, rows, folder):
    found = FORMATS[format]
    folder.mkdir()
    before = pyarrow.total_allocated_bytes()
    tracemalloc.start()
    found.write(rows, folder if isinstance(found, FolderFormat) else Nowhere(), about=ABOUT, lost=NotCarried())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert pyarrow.total_allocated_bytes() == before
    return peak


APART = ("spacy", "brat")
"""A DocBin is held in memory; brat's files are so many that Python keeps room for their names (test_other_tools.py)."""


@pytest.mark.slow
@pytest.mark.parametrize("format", [name for name in FORMATS if name not in APART])
def test_memory_does_not_grow_with_the_rows(format, tmp_path):
    def rows(number):
        return (replace(ROW, id=f"s{place}", split=("train", "dev", "test")[place % 3]) for place in range(number))

    peak_of(format, rows(500), tmp_path / "first")  # what is imported and kept once
    some, many = (peak_of(format, rows(number), tmp_path / f"of-{number}") for number in (2_000, 16_000))
    assert many < 2 * some, "eight times the rows"
