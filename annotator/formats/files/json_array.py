"""A JSON array of objects, over one line or many: its objects, one at a time, however long the array is."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from annotator.formats.faults import Fault, Faults, show
from annotator.formats.files.lines import (
    MOST_BYTES_WITH_ANNOTATIONS,
    NO_SENTENCES,
    first_text,
    is_packed_file,
    most_bytes,
)
from annotator.formats.files.packed import DAMAGED, UnpacksTooFar, unpack

_BEGIN = re.compile(r"\ufeff?\s*\[\s*(\{|\]|$)")
_SPREAD = re.compile(r'\s*\{[ \t]*\r?\n\s*("|\}\s*$)')
_SPACE = re.compile(r"[ \t\r\n]*+")
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]"]', re.DOTALL)
_PIECE = 2**16


def is_array(file: BinaryIO) -> bool:
    """Return whether a file begins with an array of objects."""
    return _BEGIN.match(first_text(file)) is not None


def is_spread_object(file: BinaryIO) -> bool:
    """Return whether a file begins with an object over several lines, which is none of JSON lines."""
    return _SPREAD.match(first_text(file)) is not None


def read_objects(file: BinaryIO, faults: Faults) -> Iterator[tuple[int, str]]:
    """Yield the line on which each object of the array begins, and its text; whether that is JSON is not checked.

    Reading stops at what is no array of objects, because what comes after it could mean anything.
    """
    text = _Text(file)
    try:
        yield from _objects(text, faults)
    except UnicodeDecodeError as error:
        found = f"the byte 0x{error.object[error.start]:02X} after this line"
        _stop(faults, text.line, found, "UTF-8; save the file as UTF-8, or say what it is with --encoding")
    except DAMAGED as error:
        _stop(faults, text.line, f"damaged gzip data after this line ({error})", "a complete gzip file; copy it again")
    except UnpacksTooFar as far:
        _stop(faults, text.line, f"more than {far.most:,} unpacked bytes", "less; unpack the file and import that")


def _objects(text: "_Text", faults: Faults) -> Iterator[tuple[int, str]]:
    text.skip_space()
    text.take()  # the bracket
    any_found = False
    while (letter := text.skip_space()) == "{":
        line, found = text.line, text.take_object()
        any_found = True
        if found is None:
            _stop(
                faults, line, "an object that does not end", f"an end within {MOST_BYTES_WITH_ANNOTATIONS:,} characters"
            )
            return
        if len(found) > most_bytes(found):
            faults.add(Fault(line, None, f"{len(found):,} characters", f"at most {most_bytes(found):,} in an object"))
        else:
            yield line, found
        if (letter := text.skip_space()) != ",":
            break
        text.take()
    if letter == "]":
        text.take()
        letter = text.skip_space()
        if not letter and (any_found or faults):
            return
        if not letter:
            faults.add(NO_SENTENCES)
            return
    found = show(letter) if letter else "the end of the file"
    _stop(
        faults,
        text.line,
        found,
        "an array of objects, with commas between them and ] at its end, or an object per line",
    )


def _stop(faults: Faults, line: int, found: str, expected: str) -> None:
    faults.stop()
    faults.add(Fault(line, None, found, expected))


class _Text:
    """A file's text from a place on, of which only the object at that place is held."""

    def __init__(self, file: BinaryIO) -> None:
        packed = is_packed_file(file)
        self._file = unpack(file) if packed else file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._ended = "", 0, False
        self.line = 1

    def skip_space(self) -> str:
        """Go to the next letter and return it; "" at the end."""
        while True:
            self._go_to(_SPACE.match(self._text, self._at).end())  # type: ignore[union-attr]
            if self._at < len(self._text) or not self._read(_PIECE):
                return self._text[self._at : self._at + 1]

    def take(self) -> None:
        """Go past the letter at this place."""
        self._go_to(self._at + 1)

    def take_object(self) -> str | None:
        """Go past the object that begins here and return its text; None if it is too long or has no end."""
        depth, scanned, size = 0, self._at, _PIECE
        while True:
            while (token := _TOKEN.search(self._text, scanned)) and token[0] != '"':
                scanned = token.end()
                depth += (token[0] in "{[") - (token[0] in "}]")
                if depth == 0 and token[0] in "}]":
                    found = self._text[self._at : scanned]
                    self._go_to(scanned)
                    return found
            if len(self._text) - self._at > MOST_BYTES_WITH_ANNOTATIONS:
                return None
            scanned -= self._at
            if not self._read(size):
                return None
            scanned, size = scanned + self._at, 2 * size

    def _go_to(self, place: int) -> None:
        self.line += self._text.count("\n", self._at, place)
        self._at = place

    def _read(self, size: int) -> bool:
        """Add a piece of the file after what is still needed; return whether there was one."""
        if self._ended:
            return False
        raw = self._file.read(size)
        self._ended = not raw
        self._text, self._at = self._text[self._at :] + self._decoder.decode(raw, final=not raw), 0
        return True
