"""Whether the disk has room for what is to be written, such as the vectors that an encoder takes minutes to read."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from learner.encoders.store_part import bytes_of_one
from learner.encoders.vector_store import Sentence
from learner.errors import EncoderError
from learner.wording import counted

STAYS_FREE = 100_000_000
"""Bytes that are left free: a disk that vectors filled could not store people's answers."""


def check_room(folder: Path, sentences: Sequence[Sentence], dimension: int) -> None:
    """Raise EncoderError if the vectors of these sentences would not fit on the disk of this folder."""
    if not sentences:
        return
    needed = sum(bytes_of_one(len(tokens), len(query or ()), dimension) for tokens, query in sentences)
    require_room(folder, needed, what=f"The vectors of {counted(len(sentences), 'sentence')}")


def require_room(folder: Path, needed: int, *, what: str) -> None:
    """Raise EncoderError, which begins with `what`, if this many bytes would not fit on the disk of this folder."""
    free = shutil.disk_usage(_nearest(folder)).free
    if needed + STAYS_FREE > free:
        raise EncoderError(
            f"{what} would take {_megabytes(needed)} on the disk of {folder}, "
            f"which has {_megabytes(free)} free, and {_megabytes(STAYS_FREE)} must stay free; make room there"
        )


def _nearest(folder: Path) -> Path:
    """Return the folder, or if it is not made yet, the nearest one around it."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _megabytes(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"
