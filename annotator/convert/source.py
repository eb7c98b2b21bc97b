"""A document's text with its tags, and where each of its characters is by the annotation's count.

Corpora count differently: ACE leaves tags out of the count and Rich ERE does not; an entity such as
`&amp;` counts as its five letters or as the one that it stands for. Both are tried, and the texts
that the annotation gives for its triggers decide.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import regex  # type: ignore[import-untyped]

from annotator.convert.elements import check_size
from annotator.errors import CannotConvert

_MARKUP = regex.compile(
    r"(?P<tag></?(?P<name>\p{L}[\w:.-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|<!\[CDATA\[|\]\]>|<[!?][^<>]*>)"
    r"|(?P<entity>&(?i:amp|lt|gt|quot|apos|\#\d{1,7}|\#x[0-9a-f]{1,6});)",
)
_MOST_BYTES = 2**22
"""Every character's place is kept twice; a document of the corpora has about ten thousand characters."""
_INLINE = {"a", "b", "i", "u", "em", "strong", "span", "wbr"}


@dataclass(frozen=True)
class Trigger:
    """The words that name an event: characters `start` to `end` (exclusive) by the annotation's count."""

    start: int
    end: int
    text: str
    type: str
    place: str  # file and line, for messages


@dataclass(frozen=True)
class Layout:
    """How a corpus lays out its documents, with names of tags in lower case.

    Text counts where it is inside one of `within` (anywhere, if there is none) and not inside one of `skipped`.
    """

    tags_count: bool
    within: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Source:
    """A document's characters without its tags."""

    text: str
    offsets: Sequence[int]  # of each character, by the annotation's count, and one for the end
    blocks: Sequence[tuple[int, int]]  # the parts of `text` that are its prose; nothing crosses from one to the next

    def find(self, trigger: Trigger) -> tuple[int, int]:
        """Return where in `text` the trigger starts and ends."""
        return bisect_left(self.offsets, trigger.start), bisect_left(self.offsets, trigger.end)

    def has(self, trigger: Trigger) -> bool:
        """Return whether the text at the trigger's place is the trigger's, apart from spaces and entities."""
        start, end = self.find(trigger)
        return _plain(self.text[start:end]) == _plain(trigger.text) != ""


def read_source(path: Path, layout: Layout, triggers: Sequence[Trigger]) -> Source:
    """Return the document, counted so that its triggers are where the annotation says."""
    check_size(path, _MOST_BYTES)
    try:
        raw = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        found = f"found byte 0x{error.object[error.start]:02x}, expected UTF-8 text"
        raise CannotConvert(f"{path.name} line {line}: {found}.") from error
    readings = [_read(raw, layout, entities_count=entities_count) for entities_count in (False, True)]
    best = max(readings, key=lambda reading: sum(map(reading.has, triggers)))
    for trigger in triggers:
        if not best.has(trigger):
            start, end = best.find(trigger)
            found = f"{path.name} has {_plain(best.text[start:end])[:60]!r} there"
            expected = f"found the trigger {_plain(trigger.text)[:60]!r} at {trigger.start} to {trigger.end}"
            raise CannotConvert(f"{trigger.place}: {expected}, but {found}; the two files do not belong together.")
    return best


def _read(raw: str, layout: Layout, *, entities_count: bool) -> Source:
    """Return the document without its tags; with `entities_count` an entity counts as all of its letters."""
    text: list[str] = []
    offsets: list[int] = []
    blocks, inside = [], list[str]()
    start = count = 0
    for piece, markup in _pieces(raw):
        if markup is None or markup["entity"]:
            read = piece if markup is None else unescape(piece)
            letters = entities_count and markup is not None
            text.append(read)
            offsets.extend([count] * len(read) if markup is not None else range(count, count + len(read)))
            count += len(piece) if letters or markup is None else len(read)
            continue
        count += len(piece) if layout.tags_count else 0
        name = (markup["name"] or "").lower()
        if name and name not in _INLINE:
            blocks.append((start, len(offsets), _counts(inside, layout)))
            start = len(offsets)
            _step(inside, name, piece)
    blocks.append((start, len(offsets), _counts(inside, layout)))
    prose = [(first, last) for first, last, is_prose in blocks if is_prose and first < last]
    return Source("".join(text), [*offsets, count], prose)


def _pieces(raw: str) -> "Iterator[tuple[str, regex.Match[str] | None]]":
    """Yield the text between markup as it is, and each tag or entity with its match."""
    end = 0
    for markup in _MARKUP.finditer(raw):
        if markup.start() > end:
            yield raw[end : markup.start()], None
        yield markup[0], markup
        end = markup.end()
    if end < len(raw):
        yield raw[end:], None


def _step(inside: list[str], name: str, tag: str) -> None:
    """Enter or leave an element; SGML may omit end tags, so an element that ends also ends those in it."""
    if tag.startswith("</"):
        if name in inside:
            del inside[len(inside) - 1 - inside[::-1].index(name) :]
    elif not tag.endswith("/>"):
        inside.append(name)


def _counts(inside: Sequence[str], layout: Layout) -> bool:
    return (not layout.within or bool(layout.within & set(inside))) and not layout.skipped & set(inside)


def _plain(text: str) -> str:
    return " ".join(unescape(text).split())
