"""Check whether a file may be opened as a project; refuse any other without touching it."""

import os
import stat
from pathlib import Path

from db.errors import NotAProject, StoreUnavailable
from db.files import application_id, identity
from db.opening.locks import file_lock

APPLICATION_ID = 0x57484C54  # "WHLT"


def refuse_foreign_file(path: Path) -> None:
    """Raise NotAProject for a file that is missing, empty or not made by Whylight, without touching it."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise NotAProject(
            f"There is no file {path}; make a project with `whylight init {path} --label …`.", path=path
        ) from None
    except OSError as error:
        raise NotAProject(f"{path} cannot be read: {error.strerror}.") from None
    if not stat.S_ISREG(status.st_mode):
        raise NotAProject(f"{path} is not a regular file; give a file made by `whylight init`.")
    if not os.access(path, os.R_OK):
        raise NotAProject(f"{path} cannot be read: you have no permission; change its permissions.")
    if not status.st_size:
        raise NotAProject(
            f"{path} is empty; delete it and make a project with `whylight init {path} --label …`.", path=path
        )
    if application_id(path) != APPLICATION_ID:
        raise NotAProject(f"{path} is not a Whylight project; give a file made by `whylight init`.", path=path)


def refuse_second_name(path: Path) -> None:
    """Raise NotAProject for a file with several names (hard links): each name has a log of its own.

    Answers saved under one name would be lost to the other. A restore gives the file a second name for a
    moment; during it, this raises StoreUnavailable, and pages wait.
    """
    names = path.stat().st_nlink
    if names == 1:
        return
    left = cut_off_restore(path)
    if left is not None:
        _refuse_while_restored(path)
        raise NotAProject(
            f"A restore of {path} was interrupted and left {left} as a second name for it; restore again, or delete "
            f"the name {left.name}, which keeps the project.",
            path=path,
        )
    raise NotAProject(
        f"{path} has {names} names (hard links), and answers saved under one are lost to the others; delete the "
        f"other names (`find … -samefile {path}` lists them), or make a real copy with `cp`.",
        path=path,
    )


def _refuse_while_restored(path: Path) -> None:
    try:
        with file_lock(path.resolve(), wait=False):
            return  # a running restore would hold this lock
    except StoreUnavailable:
        raise StoreUnavailable(f"{path} is being restored; try again in a moment.") from None


def cut_off_restore(path: Path) -> Path | None:
    """Return the second name of this file that a killed restore left, or None."""
    path = path.resolve()
    here = identity(path)
    kept = sorted(file for file in path.parent.iterdir() if file.name.startswith(f"{path.name}.before-restore-"))
    return next((file for file in kept if identity(file) == here), None)
