"""The items of one large JSON array or object, one at a time, each with its line, however long the document is.

The decoder of the standard library reads a whole document, and streaming parsers report no lines and accept what
`strict_json` refuses. So only the ends of the items are found here, and each is parsed like a line of JSON lines.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from annotator.formats.faults import Fault, Faults, show
from annotator.formats.files.json_text import JsonText
from annotator.formats.files.lines import (
    MOST_BYTES_WITH_ANNOTATIONS,
    NO_SENTENCES,
    first_text,
    is_other_content,
    is_packed_file,
    most_bytes,
    read_lines,
)
from annotator.formats.files.packed import ALWAYS_UNPACKED, DAMAGED, MOST_RATIO, UnpacksTooFar, unpack

_BEGIN = re.compile(r"\ufeff?\s*\[\s*(\{|\]|$)")
_SPREAD = re.compile(r'\s*\{([ \t]*\r?\n\s*("|\}\s*$)|[^\n]*([\[{][ \t\r]*\n|[,:][ \t\r]*\n(?!\s*(\{|$))))')
_OTHER_ITEMS = re.compile(r'\s*\[\s*["\[\-0-9tfn]')
_CLOSING = {"[": "]", "{": "}"}
_EXPECTED = {
    "[": "an array of objects, with commas between them and ] at its end, or an object per line",
    "{": "an object of objects, each with its key, commas between them and } at its end",
}


class Item(NamedTuple):
    """One object of an array or of an object; whether its text is JSON is not checked."""

    line: int
    """Where it begins."""
    key: str | None
    """Its key in the object, as JSON; None in an array."""
    text: str


def read_lines_or_items(file: BinaryIO, faults: Faults) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line, or of each object if the file begins with an array of them."""
    if _BEGIN.match(first_text(file)) is None:
        yield from read_lines(file, faults)
        return
    for item in read_items(file, faults):
        yield item.line, item.text


def is_spread_object(file: BinaryIO) -> bool:
    """Return whether a file begins with an object over several lines, which is none of JSON lines."""
    return _SPREAD.match(first_text(file)) is not None


def is_array_of_others(file: BinaryIO) -> bool:
    """Return whether a file begins with an array of texts, numbers or lists."""
    return _OTHER_ITEMS.match(first_text(file)) is not None


def read_items(file: BinaryIO, faults: Faults) -> Iterator[Item]:
    """Yield the objects in the array or object that `file` holds.

    Reading stops at anything else, because what comes after it could mean anything.
    """
    if (other := _other_content(file)) is not None:
        faults.add(Fault(None, None, other, "UTF-8 text, plain or packed with gzip"))
        return
    text = JsonText(unpack(file) if is_packed_file(file) else file)
    try:
        yield from _items(text, faults)
    except UnicodeDecodeError as error:
        found = f"the byte 0x{error.object[error.start]:02X} after this line"
        _stop(faults, text.line, found, "UTF-8; save the file as UTF-8, or say what it is with --encoding")
    except DAMAGED as error:
        _stop(faults, text.line, f"damaged gzip data after this line ({error})", "a complete gzip file; copy it again")
    except UnpacksTooFar as far:
        found = f"more than {far.most:,} bytes that {far.packed:,} packed ones unpack to"
        expected = f"at most {MOST_RATIO} times the packed size, or {ALWAYS_UNPACKED:,} bytes; unpack the file first"
        _stop(faults, text.line, found, expected)


def _other_content(file: BinaryIO) -> str | None:
    """Return what a file is, by its first bytes, if it is neither text nor gzip data, and rewind it."""
    if is_packed_file(file):
        return None
    try:
        return is_other_content(file.read(2**10))
    except UnicodeError:
        return None  # it is reported at its line
    finally:
        file.seek(0)


def _items(text: JsonText, faults: Faults) -> Iterator[Item]:
    opening = text.skip_space()
    if opening not in _CLOSING:
        _stop(faults, text.line, _shown(opening), "one array, or one object, of objects")
        return
    text.take()
    any_found = False
    while (letter := text.skip_space()) and letter != _CLOSING[opening]:
        item = _item(text, opening, faults)
        if item is None:
            return
        any_found = True
        if len(item.text) > (most := most_bytes(item.text)):
            faults.add(Fault(item.line, None, f"{len(item.text):,} characters", f"at most {most:,} in an object"))
        else:
            yield item
        if text.skip_space() != ",":
            break
        text.take()
    _end(text, opening, faults, any_found=any_found)


def _item(text: JsonText, opening: str, faults: Faults) -> Item | None:
    """Return the next object; None after a fault."""
    key = text.take_key() if opening == "{" and text.skip_space() == '"' else None
    if (letter := text.skip_space()) != "{" or (key is None and opening == "{"):
        _stop(faults, text.line, _shown(letter), _EXPECTED[opening])
        return None
    line, found = text.line, text.take_object()
    if found is None:
        expected = f"an end within {MOST_BYTES_WITH_ANNOTATIONS:,} characters"
        _stop(faults, line, "an object that does not end", expected)
        return None
    return Item(line, key, found)


def _end(text: JsonText, opening: str, faults: Faults, *, any_found: bool) -> None:
    """Note a fault unless the document ends here, and if it has no items."""
    letter = text.skip_space()
    if letter == _CLOSING[opening]:
        text.take()
        letter = text.skip_space()
        if not letter:
            if not any_found and not faults:
                faults.add(NO_SENTENCES)
            return
    _stop(faults, text.line, _shown(letter), _EXPECTED[opening])


def _shown(letter: str) -> str:
    return show(letter) if letter else "the end of the file"


def _stop(faults: Faults, line: int, found: str, expected: str) -> None:
    faults.stop()
    faults.add(Fault(line, None, found, expected))
