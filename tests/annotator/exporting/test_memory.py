"""An export of examples takes as much memory for many sentences as for some."""

import gc
import io
import tracemalloc
from collections.abc import Iterator
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


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Garbage that has to be collected counts as held: when it would be collected is chance."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def write(format, number, folder):
    """Write so many rows, whose ids no other call has."""
    found = FORMATS[format]
    folder.mkdir()
    rows = (
        replace(ROW, id=f"{folder.name}-{place:05}", split=("train", "dev", "test")[place % 3])
        for place in range(number)
    )
    before = pyarrow.total_allocated_bytes()
    found.write(rows, folder if isinstance(found, FolderFormat) else Nowhere(), about=ABOUT, lost=NotCarried())
    assert pyarrow.total_allocated_bytes() == before


def peak_of(format, number, folder):
    tracemalloc.start()
    write(format, number, folder)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


APART = ("spacy", "brat")
"""A DocBin is held in memory; brat's files are so many that Python keeps room for their names (test_other_tools.py)."""
SOME = {"huggingface": 3_000}
"""As many rows as fill what a format holds at once, if not 1,000: two batches of 500 rows for each of its files."""


@pytest.mark.slow
@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("format", [name for name in FORMATS if name not in APART])
def test_memory_does_not_grow_with_the_rows(format, tmp_path):
    number = SOME.get(format, 1_000)
    write(format, 2 * number, tmp_path / "first")  # what is imported, and what Python keeps for the next objects
    some, many = peak_of(format, number, tmp_path / "fewer"), peak_of(format, 2 * number, tmp_path / "other")
    assert many - some < 8 * number, "for each row more, what a reference to it takes"
