"""Unpack gzip, but no further than an honest text would go."""

import gzip
import io
import os
import zlib
from typing import BinaryIO

MOST_RATIO = 50
"""Text with long repetitions packs to a twentieth; what packs to a thousandth was made to fill memory and disk."""
ALWAYS_UNPACKED = 64 * 2**20
"""The bytes that may come out of any file, however small."""

DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


class UnpacksTooFar(Exception):
    """More bytes come out of a packed file than it may have."""

    def __init__(self, packed: int, most: int) -> None:
        self.packed, self.most = packed, most
        super().__init__(f"more than {most:,} bytes come out of {packed:,}")


def is_packed(head: bytes) -> bool:
    """Return whether a file with these first bytes is gzip data."""
    return head.startswith(b"\x1f\x8b")


def unpack(file: BinaryIO) -> BinaryIO:
    """Return the content of a gzip file; reading raises UnpacksTooFar, or one of DAMAGED."""
    return io.BufferedReader(_Unpacked(file), buffer_size=2**16)


class _Unpacked(io.RawIOBase):
    def __init__(self, file: BinaryIO) -> None:
        self._gzip = gzip.GzipFile(fileobj=file)
        self._packed = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._most = max(ALWAYS_UNPACKED, MOST_RATIO * self._packed)
        self._unpacked = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._gzip.readinto(buffer)
        self._unpacked += count
        if self._unpacked > self._most:
            raise UnpacksTooFar(self._packed, self._most)
        return count
