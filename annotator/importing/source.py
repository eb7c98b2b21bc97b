"""A file to import: opened once, read once, in chunks."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedReader
from itertools import accumulate, islice
from pathlib import Path
from typing import BinaryIO, Literal

from annotator.formats.faults import BadInput, Fault, Faults, Unfit
from annotator.formats.fields import Fields
from annotator.formats.files.encodings import UTF_8, as_utf8, find_encoding, name_of
from annotator.formats.files.layout import AS_WRITTEN, Layout
from annotator.formats.recognition import by_content
from annotator.formats.registry import BINARY, READERS, reader_of
from annotator.formats.rows import SentenceRow
from annotator.progress import Progress
from db.files import is_database

MOST_ROWS = 200
MOST_TOKENS = 50_000
MOST_CHARACTERS = 2**20
"""A chunk of rows holds no more than these, apart from its last row, so memory stays flat."""

NOTHING = "nothing of that name"

Step = Literal["read", "add sentences", "add answers", "make slots", "index words"]

STEPS: dict[Step, int] = {"read": 3, "add sentences": 3, "add answers": 1, "make slots": 1, "index words": 1}
"""What an import does, in order, and how many ninths of its progress each takes."""


@dataclass(frozen=True)
class Source:
    """An open file and how to read it."""

    path: Path
    file: BufferedReader
    format: str
    fields: Fields
    layout: Layout
    encoding: str
    progress: Progress | None
    size: int
    changed_ns: int
    read_as: tuple[str, ...] = ()
    """What only its content says about its format."""

    def chunks(self, faults: Faults) -> Iterator[list[SentenceRow]]:
        """Yield the rows in the file's order, a few hundred at a time."""
        faults.notes.read_as += self.read_as
        if self.layout.encoding is None and self.encoding != UTF_8:
            faults.notes.read_as.append(name_of(self.encoding))
        try:
            rows = reader_of(self.format, self.layout)(self.text, faults, fields=self.fields)
        except Unfit as unfit:
            raise BadInput(str(self.path), [unfit.at(None)]) from None
        while chunk := next_chunk(rows):
            yield chunk
            self.report("read", self.file.tell(), self.size)

    def recognised_by_content(self) -> "Source":
        """Return the file with the format that its content says it is, where that is certain."""
        try:
            found = by_content(self.text, self.format, self.encoding)
        except Unfit as unfit:
            raise BadInput(str(self.path), [unfit.at(None)]) from None
        read_as = ("a table with tabs",) if (self.format, found) == ("text", "tsv") else ()
        return replace(self, format=found, read_as=read_as)

    @property
    def text(self) -> BinaryIO:
        """Return the file from its start, in UTF-8 whatever it is written in."""
        return as_utf8(self.file, self.encoding)

    def sha256(self) -> str:
        """Return the hash of the bytes that were read; raises BadInput if the file has been written to since."""
        self.file.seek(0)
        digest = hashlib.file_digest(self.file, "sha256").hexdigest()
        now = os.fstat(self.file.fileno())
        if (now.st_size, now.st_mtime_ns) != (self.size, self.changed_ns):
            fault = Fault(None, None, "that it changed while it was being read", "a file that nothing is writing to")
            raise BadInput(str(self.path), [fault])
        return digest

    def report(self, step: Step, done: int, total: int) -> None:
        """Report how far a step is."""
        if self.progress is not None and total > 0:
            before = sum(islice(STEPS.values(), list(STEPS).index(step)))
            self.progress((before * total + STEPS[step] * min(done, total)) * self.size // (3 * total), 3 * self.size)

    def finish(self) -> None:
        """Report that nothing is left to do."""
        self.report("index words", 1, 1)


def step_at(done: int, total: int) -> Step:
    """Return the current step, from the numbers that `progress` is called with."""
    ends = zip(STEPS, accumulate(STEPS.values()), strict=True)
    return next((step for step, end in ends if 9 * done <= end * total), "index words")


def check_there(path: Path) -> None:
    """Raise BadInput if nothing has this name; asked first, because its suffix says nothing then."""
    try:
        is_there = path.exists()
    except OSError:
        return  # opening it says why it cannot be read
    if not is_there:
        raise _not_a_file(path, NOTHING)


@contextmanager
def open_source(
    path: Path, format: str, fields: Fields, progress: Progress | None, layout: Layout = AS_WRITTEN
) -> Iterator[Source]:
    """Open a file to import; raises BadInput if it cannot be opened, or if the format is that of a folder."""
    if format not in READERS:
        raise _not_a_file(path, f"a file with the format {format}", "a folder")
    if is_database(path):  # perhaps the project itself, whose locks SQLite would lose when we close it
        raise _not_a_file(path, "a database")
    try:
        file = path.open("rb") if path.is_file() else None  # a pipe could not be read a second time
    except OSError as error:
        raise _not_a_file(path, f"that it cannot be read ({error.strerror})") from None
    if file is None:
        raise _not_a_file(path, "a folder or a device" if path.exists() else NOTHING)
    with file:
        now = os.fstat(file.fileno())
        try:
            encoding = UTF_8 if format in BINARY else find_encoding(file, layout.encoding)
        except Unfit as unfit:
            raise BadInput(str(path), [unfit.at(None)]) from None
        yield Source(path, file, format, fields, layout, encoding, progress, now.st_size, now.st_mtime_ns)


def next_chunk(rows: Iterator[SentenceRow]) -> list[SentenceRow]:
    """Return the next few hundred rows, or fewer if they are long; none at the end."""
    chunk, tokens, characters = [], 0, 0
    for row in islice(rows, MOST_ROWS):
        chunk.append(row)
        tokens += len(row.tokens)
        characters += row.size
        if tokens > MOST_TOKENS or characters > MOST_CHARACTERS:
            break
    return chunk


def _not_a_file(path: Path, found: str, expected: str = "a file to import") -> BadInput:
    return BadInput(str(path), [Fault(None, None, found, expected)])
