"""The files of a folder that make one import, and the text of one of them."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from annotator.formats.faults import Unfit
from annotator.formats.files.lines import is_other_content
from annotator.formats.rows import MOST_CHARACTERS
from db.files import is_database

MOST_FILES = 1_000_000
BREAKS = "Texts whose line breaks CR LF became newlines"

_MOST_BYTES = 4 * MOST_CHARACTERS + 3


@dataclass(frozen=True)
class Document:
    """A text whose line breaks are newlines, and where carriage returns were before."""

    text: str
    gaps: tuple[int, ...] = field(default=())
    """The places in the file's own text of the carriage returns that are gone."""

    def place(self, offset: int) -> int:
        """Return where a character of the file's own text is in this one."""
        return offset - bisect_left(self.gaps, offset)


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of those in it by name; not hidden ones, links and databases, as of projects."""
    for path in visible_in(folder):
        if not path.is_symlink() and path.is_file() and not is_database(path):
            yield path


def visible_in(folder: Path) -> Iterator[Path]:
    """Yield all that a folder and those in it have apart from folders, by name; links as such, and nothing hidden."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from visible_in(path)
        else:
            yield path


def read_document(path: Path) -> Document:
    """Return the text of a file; raises Unfit if it is not text, or too long for a sentence."""
    if path.stat().st_size > _MOST_BYTES:
        found = f"{path.stat().st_size:,} bytes"
        raise Unfit(None, found, f"at most {MOST_CHARACTERS:,} characters; a document is one sentence, so cut it")
    raw = path.read_bytes()
    if other := is_other_content(raw[:1024]):
        raise Unfit(None, other, "UTF-8 text")
    try:
        own = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"the byte 0x{raw[error.start]:02X} at byte {error.start}"
        raise Unfit(None, found, "UTF-8; save the file as UTF-8") from None
    gaps = tuple(place for place in range(len(own)) if own.startswith("\r\n", place)) if "\r" in own else ()
    return Document(own.replace("\r\n", "\n").rstrip("\n"), gaps)
