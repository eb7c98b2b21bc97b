"""The text of a large JSON document from a place on, of which only the object at that place is held."""

import codecs
import re
from typing import BinaryIO

from annotator.formats.files.lines import MOST_BYTES_WITH_ANNOTATIONS

_SPACE = re.compile(r"[ \t\r\n]*+")
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]"]', re.DOTALL)
_KEY = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")[ \t\r\n]*+:', re.DOTALL)
_LONGEST_KEY = 2**16
_PIECE = 2**16


class JsonText:
    """A document's text; it is read a piece at a time, and raises what reading and decoding it raise."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
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

    def take_key(self) -> str | None:
        """Go past the key that begins here, and its colon, and return it with its quotes; None if there is none."""
        while not (key := _KEY.match(self._text, self._at)):
            if len(self._text) - self._at > _LONGEST_KEY or not self._read(_PIECE):
                return None
        self._go_to(key.end())
        return key[1]

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
