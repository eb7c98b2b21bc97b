"""A file on its way into a project: opened once, read several times, in chunks, every row with its id."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from itertools import islice
from pathlib import Path

from annotator.formats.faults import BadInput, Fault, Faults
from annotator.formats.fields import Fields
from annotator.formats.registry import READERS
from annotator.formats.rows import SentenceRow

MOST_ROWS = 500
MOST_TOKENS = 50_000
"""A chunk of rows holds no more than these, but for its last row; so memory stays flat."""

READINGS = 3

Progress = Callable[[int, int], None]
Chunk = list[tuple[str, SentenceRow]]


@dataclass(frozen=True)
class Source:
    """An open file and how to read it."""

    path: Path
    file: BufferedReader
    format: str
    fields: Fields
    progress: Progress | None
    size: int
    changed_ns: int

    def chunks(self, reading: int, faults: Faults) -> Iterator[Chunk]:
        """Yield the rows with their ids, some hundreds at a time, in the file's order."""
        names = _Names()
        rows = READERS[self.format](self.file, faults, fields=self.fields)
        while chunk := _next_chunk(rows, names):
            yield chunk
            self._report((reading - 1) * self.size + self.file.tell())

    def sha256(self) -> str:
        """Return the hash of the file's bytes."""
        self.file.seek(0)
        return hashlib.file_digest(self.file, "sha256").hexdigest()

    def check_unchanged(self) -> None:
        """Raise BadInput when somebody has written to the file since it was opened."""
        now = os.fstat(self.file.fileno())
        if (now.st_size, now.st_mtime_ns) != (self.size, self.changed_ns):
            fault = Fault(None, None, "that it changed while it was being read", "a file that nobody is writing")
            raise BadInput(str(self.path), [fault])

    def finish(self) -> None:
        """Say that nothing is left to read."""
        self._report(READINGS * self.size)

    def _report(self, done: int) -> None:
        if self.progress is not None:
            self.progress(done, READINGS * self.size)


@contextmanager
def open_source(path: Path, format: str, fields: Fields, progress: Progress | None) -> Iterator[Source]:
    """Open a file to import; raises BadInput when it cannot be opened."""
    try:
        file = path.open("rb") if path.is_file() else None  # a pipe could not be read a second time
    except OSError as error:
        raise _not_a_file(path, f"that it cannot be read ({error.strerror})") from None
    if file is None:
        raise _not_a_file(path, "a folder or a device" if path.exists() else "nothing of that name")
    with file:
        now = os.fstat(file.fileno())
        yield Source(path, file, format, fields, progress, now.st_size, now.st_mtime_ns)


def _next_chunk(rows: Iterator[SentenceRow], names: "_Names") -> Chunk:
    chunk, tokens = [], 0
    for row in islice(rows, MOST_ROWS):
        chunk.append((names.of(row), row))
        tokens += len(row.tokens)
        if tokens > MOST_TOKENS:
            break
    return chunk


def _not_a_file(path: Path, found: str) -> BadInput:
    return BadInput(str(path), [Fault(None, None, found, "a file to import")])


class _Names:
    """Gives each row of one reading its id; a row that brings none is named by its content."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()

    def of(self, row: SentenceRow) -> str:
        """Return the row's id; the second row with the same content gets another, the same in every reading."""
        if row.external_id is not None:
            return row.external_id
        digest = hashlib.sha256(f"{row.text}\0{row.query or ''}".encode()).hexdigest()[:32]
        self._times[digest] += 1
        return digest if self._times[digest] == 1 else f"{digest}-{self._times[digest]}"
