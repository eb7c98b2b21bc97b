"""Folders next to a project: readable by its owner alone, and never a link to elsewhere.

A model's vocabulary holds the words of the sentences, so its files are as private as the project.
"""

import logging
import os
from pathlib import Path
from typing import BinaryIO

from annotator.errors import NotPrivate

_OTHERS = 0o077

logger = logging.getLogger(__name__)


def private_folder(folder: Path) -> Path:
    """Return this folder, made if it is missing, which only its owner may enter.

    Raises NotPrivate if the name is a link: we would write and delete elsewhere.
    """
    refuse_link(folder)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _close_to_others(folder)
    except OSError as error:
        raise NotPrivate(f"{folder} cannot be made a private folder: {error.strerror}; check who owns it.") from error
    return folder


def refuse_link(folder: Path) -> None:
    """Raise NotPrivate if a folder of a project is a link."""
    if folder.is_symlink():
        raise NotPrivate(
            f"{folder} is a link to elsewhere, and Whylight writes and deletes there; put a folder in its place."
        )


def make_private(folder: Path) -> None:
    """Make this folder and everything in it readable by its owner alone; links are not followed."""
    try:
        for place, _, files in os.walk(folder):
            _close_to_others(Path(place))
            for name in files:
                _close_to_others(Path(place, name))
    except OSError as error:
        raise NotPrivate(f"{error.filename} cannot be made private: {error.strerror}; check who owns it.") from error


def open_log(file: Path, *, append: bool = False) -> BinaryIO:
    """Open a log for writing that only its owner may read; a link in its place is not followed."""
    begin = os.O_APPEND if append else os.O_TRUNC
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | begin, 0o600)
    os.fchmod(handle, 0o600)
    return open(handle, "ab" if append else "wb")


def _close_to_others(path: Path) -> None:
    status = path.lstat()
    if not status.st_mode & _OTHERS or path.is_symlink():
        return
    try:
        path.chmod(status.st_mode & ~_OTHERS & 0o7777)
    except PermissionError:
        if status.st_uid != os.geteuid():
            raise
        # It is ours but cannot be changed: a USB stick or a network share without permissions.
        logger.warning("%s stays readable by others: its disk keeps no permissions", path)
