"""How a file writes its letters: asked for, or recognised by its first bytes, and read as UTF-8 from then on."""

import codecs
import io
import re
from typing import BinaryIO

from annotator.formats.faults import Unfit
from annotator.formats.files.packed import DAMAGED, UnpacksTooFar, is_packed, unpack

UTF_8 = "utf-8"
SCANNED_BYTES = 2**24
"""How far a file is searched for letters that UTF-8 writes differently; a later one is a fault with its line."""

_CHUNK = 2**16
_WESTERN = "cp1252"
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NAMES = {_WESTERN: "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-8-sig": "UTF-8"}
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_ASCII = bytes(range(128))
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
_IMPLAUSIBLE = re.compile(rb"[\x81\x83\x88\x8d\x8f\x90\x9d\xa4\xa6\xac\xad\xaf\xb8\xff]")
"""Bytes that Windows-1252 lacks, or that prose hardly ever has; more often they are damage or another encoding."""
_NO_TEXTS = frozenset(("unicodeescape", "rawunicodeescape", "idna", "punycode", "undefined"))
"""Encodings of parts of programs and of names, not of texts."""
_RUN = re.compile(rb"[\xc0-\xff]{4,}")
_FEWEST_DIFFERENT = 3
"""Runs of four such letters, three of them different, are words of another script, and no Määäh."""
_LETTER = rb"[A-Za-z\x8a\x8c\x8e\x9a\x9c\x9e\x9f\xc0-\xff]"
_SHORT_WORD = re.compile(rb"(?<!%b)[\xc0-\xdd\xdf-\xfd\xff]{2,3}(?!%b)" % (_LETTER, _LETTER))
_FEWEST_SHORT = 2
"""A Western text may have one such word, `çà`, but hardly two; those with a thorn are Icelandic, `þá` and `þú`."""
_MOST_HIGH = 0.4
_FEWEST_JUDGED = 20
"""With more high bytes than this, and more than this share of letters, a text is not in a Western language."""


def find_encoding(file: BinaryIO, asked: str | None) -> str:
    """Return the encoding that was `asked` for, or else the one that the file's bytes show; UTF-8 in doubt.

    Raises Unfit for a name that is not an encoding of text.
    """
    if asked is not None:
        return _known(asked)
    file.seek(0)
    head = file.read(_CHUNK)
    file.seek(0)
    if not is_packed(head):
        return _sniffed(file, head)
    try:
        with unpack(file) as unpacked:
            return _sniffed(unpacked, unpacked.read(_CHUNK))
    except (*DAMAGED, UnpacksTooFar):
        return UTF_8  # the reader reports what is wrong
    finally:
        file.seek(0)


def name_of(encoding: str) -> str:
    """Return an encoding's name as people know it."""
    return _NAMES.get(encoding, encoding.upper())


def as_utf8(file: BinaryIO, encoding: str) -> BinaryIO:
    """Return the file's text in UTF-8, unpacked if it is packed; the file itself if it already is in UTF-8.

    It can be rewound to its start. Reading raises UnicodeError where the file is not in that encoding.
    """
    return file if encoding == UTF_8 else io.BufferedReader(_Recoded(file, encoding), buffer_size=_CHUNK)


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        found = None
    if found is None or not found._is_text_encoding or re.sub("[_-]", "", found.name) in _NO_TEXTS:
        raise Unfit("encoding", repr(name), "an encoding such as utf-8, utf-16, windows-1252 or windows-1251")
    return UTF_8 if found.name == "utf-8-sig" else found.name


def _sniffed(file: BinaryIO, head: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    if (wide := _without_mark(head)) is not None:
        return wide
    sample = head + file.read(SCANNED_BYTES - len(head))
    return _WESTERN if not _is_utf8(sample) and _is_western(sample) else UTF_8


def _without_mark(head: bytes) -> str | None:
    """Return UTF-16 in the order of bytes that puts the zeros of plain letters where they are."""
    even, odd = head[:256:2], head[1:256:2]
    if len(odd) < 2:
        return None
    if odd.count(0) > max(len(odd) // 2, 4 * even.count(0)):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > max(len(even) // 2, 4 * odd.count(0)) else None


def _is_utf8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _is_western(sample: bytes) -> bool:
    """Return whether bytes that are not UTF-8 read like text in Windows-1252, and not like damaged UTF-8."""
    high, letters = len(sample.translate(None, _ASCII)), len(sample.translate(None, _NO_LETTERS))
    if _IMPLAUSIBLE.search(sample) or 20 * sum(1 for _ in _SEQUENCE.finditer(sample)) >= high:
        return False
    if 2 * sum(map(len, _words_of_other_scripts(sample))) > high:
        return False
    return high <= _FEWEST_JUDGED or high <= _MOST_HIGH * letters


def _words_of_other_scripts(sample: bytes) -> list[bytes]:
    """Return the words, or parts of words, that another script explains better than a Western language."""
    long = [run for run in _RUN.findall(sample) if len(set(run)) >= _FEWEST_DIFFERENT]
    folded = [word.decode("latin-1").lower() for word in _SHORT_WORD.findall(sample)]
    short = [word.encode("latin-1") for word in folded if len(set(word)) > 1]
    return long + short if len({*long, *short}) >= _FEWEST_SHORT else long


class _Recoded(io.RawIOBase):
    """A file's text as UTF-8, decoded a piece at a time."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file, self._encoding = file, encoding
        self._start()

    def _start(self) -> None:
        self._file.seek(0)
        packed = is_packed(self._file.read(2))
        self._file.seek(0)
        self._source = unpack(self._file) if packed else self._file
        self._decoder = codecs.getincrementaldecoder(self._encoding)()
        self._ready, self._place = b"", 0
        self._ended = False
        self._error: UnicodeError | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if offset or whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only the start can be sought")
        self._start()
        return 0

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            self._decode()
        if not self._ready and self._error is not None:
            raise self._error
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        self._place += count
        return count

    def _decode(self) -> None:
        raw = self._source.read(_CHUNK // 4)
        try:
            text = self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            # What came before the damage is still read, so that the fault has its line.
            text, self._error = self._before(error), error
        self._ended = not raw or self._error is not None
        self._ready = text.encode(errors="surrogatepass")

    def _before(self, error: UnicodeDecodeError) -> str:
        try:
            return error.object[: error.start].decode(error.encoding, "ignore")
        except LookupError:  # some codecs do not give the name under which they are known
            return ""
