"""Where an export is written: a file that is put in place when it is complete, packed or not, or standard output."""

import gzip
import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, Protocol

from annotator.errors import CannotExport
from db.aside import aside, put_in_place
from db.files import is_database

STANDARD_OUTPUT = "-"


class Output(Protocol):
    """Anything that takes bytes."""

    def write(self, data: bytes, /) -> int:
        """Take all of `data`."""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say what the system refuses in the block as CannotExport."""
    try:
        yield
    except OSError as error:
        raise CannotExport(f"{path} cannot be written: {error.strerror}; choose another place.") from error


def check_target(path: Path) -> None:
    """Raise CannotExport unless `path` is new or a regular file, and no database, such as another project's."""
    if path.exists() and not path.is_file():
        raise CannotExport(f"{path} is not a regular file; give the name of a file, or {STANDARD_OUTPUT}.")
    if is_database(path):
        raise CannotExport(f"{path} is a database, or belongs to one; give another name.")


def check_folder(path: Path) -> None:
    """Raise CannotExport unless `path` is new, or a folder without anything in it."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise CannotExport(f"{path} already exists, and no folder is overwritten; give the name of a new one.")


@contextmanager
def folder_aside(path: Path) -> Iterator[Path]:
    """Yield a new folder that gets the name `path` when the block ends, and is removed if the block raises."""
    with aside(path, is_folder=True) as half:
        yield half
        put_in_place(half, path)


@contextmanager
def written_aside(path: Path) -> Iterator[Output]:
    """Yield a new file that replaces `path` when the block ends, and is removed if the block raises."""
    with aside(path) as half:
        with half.open("wb") as raw, as_gzip(raw) if path.suffix == ".gz" else nullcontext(raw) as file:
            yield file
        put_in_place(half, path)


def without_name(write: Callable[[io.FileIO], None]) -> io.FileIO:
    """Let `write` fill a file without a name, which is gone once it is closed, and return it rewound."""
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile(buffering=0))
        write(file)
        file.seek(0)
        stack.pop_all()
    return file


def as_gzip(raw: BinaryIO | io.FileIO) -> gzip.GzipFile:
    """Return a file that packs what is written to it; the same rows become the same bytes."""
    return gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)  # without name and time
