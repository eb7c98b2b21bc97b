"""The items of one large JSON array or object, one at a time, each with its line.

The decoder of the standard library reads a whole document, and streaming parsers report no lines and accept what
`strict_json` refuses. So only the ends of the items are found here, and each is parsed like a line of JSON lines.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from annotator.formats.faults import Fault, Faults, Unfit
from annotator.formats.files.lines import MOST_BYTES_WITH_ANNOTATIONS, NO_SENTENCES, is_other_content
from annotator.formats.files.packed import ALWAYS_UNPACKED, DAMAGED, MOST_RATIO, UnpacksTooFar, is_packed, unpack

MOST_CHARACTERS = MOST_BYTES_WITH_ANNOTATIONS
"""In one item: a task with everyone's answers may be as long as a line with annotations."""

_BLOCK = 2**16
_STEP = re.compile(r'"(?:[^"\\]|\\.)*+"|["\[\]{}]', re.DOTALL)
_BETWEEN = re.compile(r"[\s,]*")
_KEY = re.compile(r'("(?:[^"\\]|\\.)*+")\s*:\s*', re.DOTALL)


class Item(NamedTuple):
    """One object of an array or of an object, not yet parsed."""

    line: int
    key: str | None
    """Its key in the object, as JSON; None in an array."""
    text: str


def read_items(file: BinaryIO, faults: Faults) -> Iterator[Item]:
    """Yield the objects in the array or object that `file` holds; a fault that hides the next one ends it."""
    empty = True
    try:
        for item in _Scanner(file).items():
            empty = False
            yield item
        if empty:
            faults.add(NO_SENTENCES)
    except Unfit as unfit:
        faults.add(unfit.at(None))
    except UnicodeDecodeError as error:
        found = f"the byte 0x{error.object[error.start]:02X}"
        faults.add(Fault(None, None, found, "UTF-8; save the file as UTF-8"))
    except UnpacksTooFar as far:
        found = f"more than {far.most:,} bytes that {far.packed:,} packed ones unpack to"
        expected = f"at most {MOST_RATIO} times the packed size, or {ALWAYS_UNPACKED:,} bytes; unpack the file first"
        faults.add(Fault(None, None, found, expected))
    except DAMAGED as error:
        faults.add(Fault(None, None, f"damaged gzip data ({error})", "a complete gzip file; copy it again"))


def first_keys(head: str) -> tuple[str, set[str]]:
    """Return the bracket that a document begins with, and the keys of its first object as far as `head` has them.

    Of an object of objects, these are the keys of its first value.
    """
    start = head.lstrip()[:1]
    depth, wanted, keys, ended = 0, 2, set(), False
    if start == "{":
        first = _KEY.match(head.lstrip()[1:].lstrip())
        wanted = 2 if first and head.lstrip()[1:].lstrip()[first.end() : first.end() + 1] == "{" else 1
    for step in _STEP.finditer(head):
        sign = step[0]
        if len(sign) > 1 and depth == wanted and not ended and head[step.end() :].lstrip()[:1] == ":":
            keys.add(sign[1:-1])
        depth += (sign in "[{") - (sign in "]}") if len(sign) == 1 else 0
        ended |= depth < wanted and bool(keys)
        if ended:
            break
    return (start if wanted == 2 or start == "[" else "line"), keys


class _Scanner:
    """A document's text from the current place on, filled as needed."""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        head = file.read(1024)
        file.seek(0)
        self._file = unpack(file) if is_packed(head) else file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._line, self._ended = "", 1, False
        if not is_packed(head) and (found := is_other_content(head)):
            raise Unfit(None, found, "UTF-8 text, plain or packed with gzip")

    def items(self) -> Iterator[Item]:
        opening = self._next_sign()
        if opening not in ("[", "{"):
            raise Unfit(None, "no JSON array or object", "one array, or one object, of objects")
        self._drop(1)
        closing = "]" if opening == "[" else "}"
        while (sign := self._next_sign()) != closing:
            if not sign:
                raise Unfit(None, f"a file that ends before its {closing}", "a complete file; export it again")
            key = self._key() if opening == "{" else None
            if self._next_sign() != "{":
                raise Unfit(None, f"something other than an object in line {self._line}", "objects")
            end = self._end_of_object()
            if end > MOST_CHARACTERS:
                raise self._too_long()
            yield Item(self._line, key, self._text[:end])
            self._drop(end)
        self._drop(1)
        if self._next_sign():
            raise Unfit(None, f"something after the end, in line {self._line}", "one array, or one object")

    def _next_sign(self) -> str:
        """Return the next character that is neither white space nor a comma; an empty text at the end."""
        while True:
            between = _BETWEEN.match(self._text)
            self._drop(between.end() if between else 0)
            if self._text or not self._fill():
                return self._text[:1]

    def _key(self) -> str:
        while not (key := _KEY.match(self._text)) or key.end() == len(self._text):
            if not self._fill():
                raise Unfit(None, f"no key in line {self._line}", 'a key in quotes, and ":"')
        self._drop(key.end())
        return key[1]

    def _end_of_object(self) -> int:
        place, depth = 0, 0
        while True:
            for step in _STEP.finditer(self._text, place):
                if step[0] == '"':  # its end is not here yet
                    place = step.start()
                    break
                place = step.end()
                if len(step[0]) == 1:
                    depth += 1 if step[0] in "[{" else -1
                    if depth == 0:
                        return place
            else:
                place = len(self._text)
            if len(self._text) > MOST_CHARACTERS:
                raise self._too_long()
            if not self._fill():
                found = f"an object in line {self._line} that never ends"
                raise Unfit(None, found, "a complete file; export it again")

    def _too_long(self) -> Unfit:
        found = f"an object of more than {MOST_CHARACTERS:,} characters in line {self._line}"
        return Unfit(None, found, f"at most {MOST_CHARACTERS:,}")

    def _drop(self, count: int) -> None:
        self._line += self._text.count("\n", 0, count)
        self._text = self._text[count:]

    def _fill(self) -> bool:
        """Read on, more at a time for a longer object, so that the time is proportional to its length."""
        if self._ended:
            return False
        raw = self._file.read(max(_BLOCK, len(self._text)))
        self._ended = not raw
        self._text += self._decoder.decode(raw, final=not raw)
        return bool(raw)
