"""Read untrusted XML element by element: nothing outside the file is read, and no entity may be declared in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_external_ges

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from annotator.errors import CannotConvert

_DEEPEST = 100
_MOST_BYTES = 2**24
_MOST_ELEMENTS = 200_000
"""A document of the corpora has about a thousand, in about a hundred kilobytes."""


@dataclass
class Element:
    """An element that has ended: its own text, without that of the elements in it, and its ancestors."""

    name: str
    attributes: dict[str, str]
    line: int
    ancestors: "tuple[Element, ...]"  # outermost first
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return its own text."""
        return "".join(self.pieces)

    @property
    def path(self) -> tuple[str, ...]:
        """Return the names from the outermost element to its own."""
        return (*(ancestor.name for ancestor in self.ancestors), self.name)

    def inside(self, name: str) -> "Element":
        """Return its nearest ancestor that is called `name`."""
        return next(ancestor for ancestor in reversed(self.ancestors) if ancestor.name == name)


def read_elements(path: Path) -> Iterator[Element]:
    """Yield the elements of a file as they end."""
    collected = _Collector()
    check_size(path, _MOST_BYTES)
    parser = make_parser()
    parser.setContentHandler(collected)
    # ACE names its DTD, which is not read: with this feature off, references to other files are skipped.
    parser.setFeature(feature_external_ges, False)
    parser.forbid_entities, parser.forbid_external = True, False
    try:
        with path.open("rb") as file:
            parser.parse(file)
    except SAXParseException as error:
        raise CannotConvert(f"{path.name} line {error.getLineNumber()}: broken XML ({error.getMessage()}).") from error
    except DefusedXmlException as error:
        raise CannotConvert(f"{path.name}: declares an entity, which could stand for anything; remove it.") from error
    except (SAXException, ValueError, LookupError) as error:
        raise CannotConvert(f"{path.name}: XML that cannot be read ({error}).") from error
    yield from collected.ended


def check_size(path: Path, most: int) -> None:
    """Refuse a file that is too long to be a document of a corpus."""
    size = path.stat().st_size
    if size > most:
        raise CannotConvert(f"{path.name}: found {size:,} bytes, expected a document of at most {most:,}.")


class _Collector(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.ended: list[Element] = []
        self._open: list[Element] = []
        self._locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:
        """Keep the locator, which knows the line."""
        self._locator = locator

    def startElement(self, name: str, attrs: Any) -> None:
        """Open an element."""
        if len(self._open) == _DEEPEST:
            raise SAXException(f"elements in elements more than {_DEEPEST} deep")
        if len(self.ended) + len(self._open) == _MOST_ELEMENTS:
            raise SAXException(f"more than {_MOST_ELEMENTS:,} elements")
        self._open.append(Element(name, dict(attrs.items()), self._locator.getLineNumber(), tuple(self._open)))

    def characters(self, content: str) -> None:
        """Add text to the innermost element; a CDATA section arrives here as well."""
        self._open[-1].pieces.append(content)

    def endElement(self, name: str) -> None:
        """Close an element."""
        self.ended.append(self._open.pop())
