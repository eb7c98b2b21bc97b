"""The formats by name, and which one a file's name stands for."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from annotator.formats import native, plain
from annotator.formats.faults import BadInput, Fault, Faults
from annotator.formats.rows import SentenceRow


class Reader(Protocol):
    """A format's way in."""

    def __call__(self, file: BinaryIO, faults: Faults, *, label_field: str) -> Iterator[SentenceRow]:
        """Yield the sentences of `file` in order, and note what is wrong with its other lines."""


READERS: Mapping[str, Reader] = {"native": native.read, "plain": plain.read}
SUFFIXES = {".jsonl": "native", ".ndjson": "native", ".json": "native", ".gz": "native", ".txt": "plain"}


def format_of(path: Path) -> str:
    """Return the name of the format that `path` has by its suffix; raises BadInput when it tells nothing."""
    name = path.name.lower()
    bare = name.removesuffix(".gz")
    suffix = Path(bare).suffix or Path(name).suffix
    if suffix not in SUFFIXES:
        expected = f"{', '.join(SUFFIXES)}, or the format by its name: {', '.join(READERS)}"
        raise BadInput(str(path), [Fault(None, "suffix", repr(suffix), expected)])
    return SUFFIXES[suffix]
