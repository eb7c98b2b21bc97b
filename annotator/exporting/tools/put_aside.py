"""Lines put aside under a name, for files whose order is not that of the rows."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO


class PutAside:
    """Lines by name, in files that are gone when the context ends; none of them is held in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack = folder, ExitStack()
        self._files: dict[str, BinaryIO] = {}

    def __enter__(self) -> "PutAside":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def add(self, name: str, line: str) -> None:
        """Put a line aside, which has no line break."""
        if name not in self._files:
            self._files[name] = self._stack.enter_context(TemporaryFile(dir=self._folder))  # noqa: SIM115  the stack closes it
        self._files[name].write(line.encode() + b"\n")

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines with this name, each with its line break."""
        if name in self._files:
            self._files[name].seek(0)
            yield from self._files[name]
