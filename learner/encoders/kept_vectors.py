"""What encoders keep on the disk (vector_store.py): list it, look for damage, remove it. It loads no torch."""

import re
import shutil
from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from learner.data.aside import aside
from learner.encoders.directory import EncoderDirectory
from learner.encoders.store_index import Sentence, keys_of
from learner.encoders.store_part import Part, Source, count_in, files_in, is_whole, open_part, part_files, size_of
from learner.encoders.vector_store import FULL_PRECISION, SET_ASIDE

_STORE = re.compile(r"layer-\d+-[0-9a-f]{16}")
_HALF_REMOVED = re.compile(rf"\.[0-9a-f]{{32}}-{_STORE.pattern}")


@dataclass(frozen=True)
class KeptVectors:
    """The vectors of one encoder and layer."""

    directory: Path
    encoder: str
    layer: int
    sentences: int
    bytes: int


def stores_in(directory: Path) -> list[KeptVectors]:
    """Return what is kept in a directory for each encoder, layer and precision; nothing is read but the keys."""
    return [kept for folder in _folders(directory, _STORE) if (kept := _kept(folder))]


def count_kept(directory: Path, encoder: EncoderDirectory, layer: int) -> int:
    """Return of how many sentences the vectors are kept that this encoder reads after this layer.

    Only the beginning of each file is read. What two processes wrote at the same time counts twice.
    """
    source = Source(encoder.path.name, encoder.digest(), layer, encoder.dimension, FULL_PRECISION)
    return sum(map(count_in, part_files(directory / source.folder_name)))


def damaged_in(directory: Path) -> list[Path]:
    """Return the parts that are not what was written, and those already set aside; reads every file."""
    folders = _folders(directory, _STORE)
    set_aside = [file for folder in folders for file in files_in(folder) if file.name.endswith(SET_ASIDE)]
    return [*set_aside, *(file for folder in folders for file in part_files(folder) if _is_damaged(file))]


def bytes_in(directory: Path) -> int:
    """Return the bytes of all that is kept in a directory, also of damaged parts and of what is half removed."""
    return sum(map(size_of, [*_folders(directory, _STORE), *_folders(directory, _HALF_REMOVED)]))


def remove(directory: Path) -> int:
    """Remove what is kept for all encoders, and return the bytes; who is reading keeps what was opened."""
    size = bytes_in(directory)
    for folder in _folders(directory, _STORE):
        # The rename removes all at once for those who look for it; the files go when the block ends.
        with aside(folder) as doomed, suppress(FileNotFoundError):
            folder.rename(doomed)
    for left in _folders(directory, _HALF_REMOVED):
        shutil.rmtree(left, ignore_errors=True)
    return size


def forget(directory: Path, sentences: Sequence[Sentence]) -> int:
    """Remove the parts with vectors of these sentences, for all encoders, and return how many.

    So are damaged parts: what they hold cannot be told. The other sentences of a part are read again when they are
    needed; who is reading keeps what was opened.
    """
    keys = set(keys_of(sentences).tolist())
    doomed = [
        file
        for folder in _folders(directory, _STORE)
        for file in files_in(folder)
        if file.name.endswith(SET_ASIDE) or (file in part_files(folder) and _may_have(file, keys))
    ]
    for file in doomed:
        file.unlink(missing_ok=True)
    return len(doomed)


def _may_have(file: Path, keys: Set[bytes]) -> bool:
    part = _opened(file)
    return part is None or not keys.isdisjoint(part.keys.tolist())


def _kept(folder: Path) -> KeptVectors | None:
    parts = [part for file in part_files(folder) if (part := _opened(file))]
    if not parts:
        return None
    source = parts[0].source
    sentences = len(np.unique(np.concatenate([part.keys for part in parts])))
    return KeptVectors(folder, source.encoder, source.layer, sentences, size_of(folder))


def _opened(file: Path) -> Part | None:
    try:
        return open_part(file)
    except FileNotFoundError:  # merged meanwhile
        return None


def _is_damaged(file: Path) -> bool:
    try:
        return not is_whole(file)
    except FileNotFoundError:  # merged meanwhile
        return False


def _folders(directory: Path, name: re.Pattern[str]) -> list[Path]:
    found = sorted(directory.iterdir()) if directory.is_dir() else []
    return [folder for folder in found if name.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink()]
