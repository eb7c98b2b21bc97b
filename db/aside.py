"""Write files and folders aside, and give them their names once they are whole and on the disk.

    with aside(path) as half:
        ...                          # write to `half`
        put_in_place(half, path)

A reader never sees half a file, and a block that raises leaves nothing. A process that is killed leaves
what it wrote under a name that begins with `mark_of(path)`.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from db.files import sync


@contextmanager
def aside(path: Path, *, is_folder: bool = False) -> Iterator[Path]:
    """Yield an empty file or folder next to `path`, for its owner alone; it is removed unless it was put in place."""
    half = path.with_name(mark_of(path) + secrets.token_hex(8))
    try:
        if is_folder:
            half.mkdir(mode=0o700)
        else:
            half.touch(mode=0o600, exist_ok=False)
        yield half
    finally:
        _remove(half)


def replace(half: Path, path: Path) -> None:
    """Give what was written aside its name, in place of a file that has it."""
    os.replace(half, path)


def put_in_place(half: Path, path: Path, *, name: Callable[[Path, Path], None] = replace) -> None:
    """Sync what was written aside, give it its name with `name`, and sync the name: it survives a power cut."""
    for each in [*half.rglob("*"), half] if half.is_dir() else [half]:
        sync(each)
    name(half, path)
    sync(path.parent)


def mark_of(path: Path) -> str:
    """Return how the names of all that is written aside of `path` begin."""
    return f".{path.name}.part-"


def remove_left(path: Path) -> None:
    """Remove what was written aside of `path`; only for a caller who knows that nobody is writing it now."""
    # By name and not by pattern: a project's name may hold what a pattern reads as something else.
    for each in list(path.parent.iterdir()) if path.parent.is_dir() else ():
        if each.name.startswith(mark_of(path)):
            _remove(each)


def _remove(half: Path) -> None:
    if half.is_dir() and not half.is_symlink():
        shutil.rmtree(half, ignore_errors=True)
    else:
        half.unlink(missing_ok=True)
