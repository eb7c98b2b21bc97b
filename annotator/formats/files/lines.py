"""Turn bytes into numbered lines of text, one at a time, without guessing at damaged ones."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from annotator.formats.faults import Fault, Faults, Unfit
from annotator.formats.files.packed import ALWAYS_UNPACKED, DAMAGED, MOST_RATIO, UnpacksTooFar, is_packed, unpack

MOST_BYTES = 2**20
MOST_BYTES_WITH_ANNOTATIONS = 2**24
"""A sentence's line may be longer if it carries everyone's answers, as in an export; reading stops at a longer one."""

NO_SENTENCES = Fault(None, None, "no sentences", "at least one line with a sentence")

_HALF = re.compile(r"[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_OTHER_FILES = {
    b"\xff\xfe": "what looks like UTF-16 or UTF-32",
    b"\xfe\xff": "what looks like UTF-16 or UTF-32",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"PAR1": "a Parquet file",
    b"%PDF-": "a PDF document",
    b"SQLite format 3\x00": "a SQLite database",
    b"\x1f\x8b": "gzip data packed twice",
}


def read_lines(file: BinaryIO, faults: Faults) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line that is neither blank nor damaged, without its line end."""
    empty = True
    for number, text in number_lines(file, faults):
        line = None if text is None else text.removesuffix("\n").removesuffix("\r")
        if line is not None and not is_blank(line):
            empty = False
            yield number, line
    if empty and not faults:
        faults.add(NO_SENTENCES)


def number_lines(file: BinaryIO, faults: Faults) -> Iterator[tuple[int, str | None]]:
    """Yield the number and the text of each line, with its line end; None for a damaged one, whose fault is noted.

    `file` is read from its start; gzip is recognised by content. A byte order mark is dropped.
    """
    for number, offset, raw in _raw_lines(unpack(file) if is_packed_file(file) else file, faults):
        if number == 1 and raw and (found := is_other_content(raw)):
            faults.add(Fault(None, None, found, "UTF-8 text, plain or packed with gzip"))
            return
        yield number, None if raw is None else _decoded(number, offset, raw, faults)


def check_characters(field: str, text: str) -> None:
    """Raise Unfit for control characters other than tab and newline, and for half a pair of surrogates."""
    check_whole(field, text)
    if found := _CONTROL.search(text):
        expected = "text whose only control characters are tab and newline"
        if found[0] == "\r":
            expected += "; write line breaks as newlines alone"
        where = f"the control character U+{ord(found[0]):04X} at character {found.start() + 1}"
        raise Unfit(field, where, expected)


def check_whole(field: str, text: str) -> None:
    """Raise Unfit for half a pair of surrogates, which no file and no store can hold."""
    if found := _HALF.search(text):
        raise Unfit(field, f"half a character, U+{ord(found[0]):04X}", "whole characters")


def is_blank(line: str) -> bool:
    """Return whether a line, without its line end, has nothing on it but any of Unicode's spaces and tabs."""
    return not line or (line.isspace() and not _CONTROL.search(line))


def _raw_lines(file: BinaryIO, faults: Faults) -> Iterator[tuple[int, int, bytes | None]]:
    """Yield number, byte offset and bytes of each line; None for one that is too long or cannot be unpacked.

    No more than the longest line allowed is ever held, and nothing is read after a longer one: it may have no end.
    """
    number, offset = 0, 0
    try:
        while raw := file.readline(MOST_BYTES_WITH_ANNOTATIONS + 1):
            number += 1
            if len(raw) > MOST_BYTES_WITH_ANNOTATIONS:
                faults.add(_endless(number))
                faults.stop()
                yield number, offset, None
                return
            if len(raw) > most_bytes(raw):
                faults.add(Fault(number, None, f"{len(raw):,} bytes", f"at most {most_bytes(raw):,} bytes on a line"))
            yield number, offset, raw if len(raw) <= most_bytes(raw) else None
            offset += len(raw)
    except UnpacksTooFar as far:
        faults.add(_too_far(number + 1, far))
        faults.stop()
        yield number + 1, offset, None
    except UnicodeError as error:
        faults.add(Fault(number + 1, None, _undecodable(error), "text in that encoding, or --encoding with another"))
        faults.stop()
        yield number + 1, offset, None
    except DAMAGED as error:
        faults.stop()
        faults.add(Fault(number + 1, None, f"damaged gzip data ({error})", "a complete gzip file; copy it again"))
        yield number + 1, offset, None


def _undecodable(error: UnicodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"the byte 0x{error.object[error.start]:02X}, which {error.encoding} does not have there"
    return f"bytes that cannot be decoded ({error})"


def is_packed_file(file: BinaryIO) -> bool:
    """Return whether a file is gzip data, and rewind it."""
    file.seek(0)
    try:
        return is_packed(file.read(2))
    except (*DAMAGED, UnpacksTooFar, UnicodeError):
        return False  # it is reported at its line
    finally:
        file.seek(0)


def most_bytes(line: bytes | str) -> int:
    """Return how long a line may be: with everyone's answers, as in an export, longer than others."""
    has_annotations = b'"annotations"' in line if isinstance(line, bytes) else '"annotations"' in line
    return MOST_BYTES_WITH_ANNOTATIONS if has_annotations else MOST_BYTES


def _endless(number: int) -> Fault:
    expected = (
        f"at most {MOST_BYTES:,} bytes on a line, or {MOST_BYTES_WITH_ANNOTATIONS:,} with annotations; "
        "nothing after it was read"
    )
    return Fault(number, None, f"more than {MOST_BYTES_WITH_ANNOTATIONS:,} bytes", expected)


def _too_far(number: int, far: UnpacksTooFar) -> Fault:
    expected = (
        f"at most {MOST_RATIO} times the packed size, or {ALWAYS_UNPACKED:,} bytes; unpack the file and import that"
    )
    return Fault(number, None, f"more than {far.most:,} bytes that {far.packed:,} packed ones unpack to", expected)


def first_text(file: BinaryIO) -> str:
    """Return the first characters of a file, unpacked, as far as they can be read."""
    try:
        head = (unpack(file) if is_packed_file(file) else file).read(2**10)
    except (*DAMAGED, UnpacksTooFar, UnicodeError):
        return ""
    finally:
        file.seek(0)
    return head.decode("utf-8-sig", "replace")


def is_other_content(head: bytes) -> str | None:
    """Return what a file is, by its first bytes, if it is not UTF-8 text; None if it may be."""
    for magic, name in _OTHER_FILES.items():
        if head.startswith(magic):
            return name
    return "what looks like UTF-16 or UTF-32" if head[:64].count(0) > len(head[:64]) // 5 else None


def _decoded(number: int, offset: int, raw: bytes, faults: Faults) -> str | None:
    try:
        line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        at = offset + error.start + (3 if number == 1 and raw.startswith(b"\xef\xbb\xbf") else 0)
        found = f"the byte 0x{error.object[error.start]:02X} at byte {at} of the file"
        faults.add(Fault(number, None, found, "UTF-8; save the file as UTF-8, or say what it is with --encoding"))
        return None
    return line
