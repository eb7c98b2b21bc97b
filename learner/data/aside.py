"""Write files and folders under a temporary name, and rename them when they are complete and on the disk.

    with aside(path) as half:
        ...                          # make `half`, a file or a folder
        put_in_place(half, path)

A reader never sees half a file, and a block that raises leaves no file.
"""

import gzip
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, cast
from uuid import uuid4

from learner.data.suffixes import is_packed


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Yield a free name next to `path`; remove what the block made there, unless it was put in place."""
    half = path.with_name(f".{uuid4().hex}-{path.name}")
    try:
        yield half
    finally:
        _remove(half)


@contextmanager
def written_aside(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file to write, which replaces `path` when the block ends; gzip when the name ends in `.gz`."""
    with aside(path) as half:
        with half.open("wb") as raw, _packed(raw) if is_packed(path) else nullcontext(raw) as file:
            yield file
        put_in_place(half, path)


def put_in_place(half: Path, path: Path) -> None:
    """Sync what was written aside, rename it to `path`, replacing a file of that name, and sync the rename."""
    for written in [*half.rglob("*"), half] if half.is_dir() else [half]:
        _sync(written)
    half.replace(path)
    _sync(path.parent)


def remove_left(path: Path) -> None:
    """Remove what killed processes left next to `path`; only its one writer may call this."""
    for neighbour in list(path.parent.iterdir()):
        if re.fullmatch(rf"\.[0-9a-f]{{32}}-{re.escape(path.name)}", neighbour.name):
            _remove(neighbour)


def _packed(raw: IO[bytes]) -> IO[bytes]:
    # Without name and time, so that the same rows give the same bytes.
    return cast(IO[bytes], gzip.GzipFile("", "wb", fileobj=raw, mtime=0))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(half: Path) -> None:
    if half.is_dir() and not half.is_symlink():
        shutil.rmtree(half, ignore_errors=True)
    else:
        half.unlink(missing_ok=True)
