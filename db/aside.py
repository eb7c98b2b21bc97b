"""Write files and folders under temporary names, and rename them once they are whole and on the disk.

    with aside(path) as half:
        ...                          # write to `half`
        put_in_place(half, path)

A reader never sees half a file, and a block that raises leaves nothing. A process that is killed leaves
its file or folder under a name that begins with `mark_of(path)`. Where several may write to the same name at
once, each is an `owner` of its own, so that what one of them left can be removed while the others write.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from db.files import sync, sync_all


@contextmanager
def aside(path: Path, *, owner: str = "", is_folder: bool = False) -> Iterator[Path]:
    """Yield an empty file or folder next to `path`, for its owner alone; remove it unless it was put in place."""
    half = path.with_name(mark_of(path, owner) + secrets.token_hex(8))
    try:
        if is_folder:
            half.mkdir(mode=0o700)
        else:
            half.touch(mode=0o600, exist_ok=False)
        yield half
    finally:
        _remove(half)


def replace(half: Path, path: Path) -> None:
    """Rename what was written aside, in place of any file that has the name."""
    os.replace(half, path)


def put_in_place(half: Path, path: Path, *, name: Callable[[Path, Path], None] = replace) -> None:
    """Sync what was written aside, rename it with `name`, and sync the name: it survives a power cut."""
    if half.is_dir():
        sync_all(list(half.rglob("*")))
    sync(half)
    name(half, path)
    sync(path.parent)


def mark_of(path: Path, owner: str = "") -> str:
    """Return the prefix of the names of all that is written aside for `path`, by the owner or by anyone."""
    return f".{path.name}.part-{owner and owner + '-'}"


def remove_left(path: Path, owner: str = "") -> None:
    """Remove what was written aside for `path`, by the owner or by anyone, who must not be writing it now."""
    # By name and not by pattern: a project's name may contain characters that mean something in a pattern.
    for entry in list(path.parent.iterdir()) if path.parent.is_dir() else ():
        if entry.name.startswith(mark_of(path, owner)):
            _remove(entry)


def _remove(half: Path) -> None:
    if half.is_dir() and not half.is_symlink():
        shutil.rmtree(half, ignore_errors=True)
    else:
        half.unlink(missing_ok=True)
