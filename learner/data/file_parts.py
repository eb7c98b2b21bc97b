"""A long file that several processes write in parts, each complete with its checksum or missing.

A part is a range of rows; the ranges have about equally many words. Run again, the job writes
the parts that are missing and leaves the others. It never uses the parts of another job: their
names contain a fingerprint of everything that they are made from.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from learner.data.aside import written_aside
from learner.errors import PartError

_PART_TOKENS = 1_000_000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Part:
    """The rows from `start` up to, but not including, `end`, and the file with their lines."""

    start: int
    end: int
    path: Path

    def is_whole(self) -> bool:
        """Return whether the file exists and is what was written."""
        try:
            return self._checksum.read_text() == sha256_of(self.path)
        except OSError:
            return False

    def write(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Write the lines, then their checksum; each aside first."""
        with written_aside(self.path) as file:
            file.writelines(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)
        with written_aside(self._checksum) as file:
            file.write(sha256_of(self.path).encode())

    def remove(self) -> None:
        """Remove both files."""
        self._checksum.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    @property
    def _checksum(self) -> Path:
        return self.path.with_suffix(".sha256")


def cut_parts(target: Path, lengths: Sequence[int], *, processes: int, fingerprint: str) -> list[Part]:
    """Return the parts of `target` for rows of these token counts: at least one per process, if the rows suffice."""
    ends = np.cumsum(lengths)
    number = min(len(lengths), max(processes, -(-int(ends[-1]) // _PART_TOKENS)))
    middles = ends - np.asarray(lengths) / 2
    cuts = [0, *np.searchsorted(middles, ends[-1] * np.arange(1, number) / number).tolist(), len(lengths)]
    folder = target.with_name(target.name + ".parts")
    ranges = [(start, end) for start, end in pairwise(cuts) if start < end]
    return [Part(a, b, folder / f"{fingerprint[:16]}-{a:010d}-{b:010d}.jsonl") for a, b in ranges]


def write_missing(
    parts: Sequence[Part],
    records: Callable[[int, int], Iterable[Mapping[str, Any]]],
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Write the parts that are not whole, with `records(start, end)`; return how many were already whole."""
    whole = 0
    for done, part in enumerate(parts, start=1):
        if part.is_whole():
            whole += 1
        else:
            part.path.parent.mkdir(parents=True, exist_ok=True)
            part.write(records(part.start, part.end))
        progress(done, len(parts))
    return whole


def merge(parts: Sequence[Part], target: Path) -> None:
    """Join the parts in order into `target`, which they replace, and remove them.

    Raises PartError, and removes the part, if one is not what was written.
    """
    with written_aside(target) as file:
        for part in parts:
            if not part.is_whole():
                part.remove()
                raise PartError(f"{part.path.name} is missing or damaged: run the same command again to rewrite it")
            with part.path.open("rb") as lines:
                while chunk := lines.read(_CHUNK):
                    file.write(chunk)
    for part in parts:
        part.remove()
    for folder in {part.path.parent for part in parts}:
        if not any(folder.iterdir()):
            folder.rmdir()


def fingerprint_of(*files: Path) -> str:
    """Return a hash of the contents of these files; of a folder, of all files in it."""
    every = (each for file in files for each in ([file] if file.is_file() else sorted(file.rglob("*"))))
    return hashlib.sha256("".join(sha256_of(each) for each in every if each.is_file()).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
