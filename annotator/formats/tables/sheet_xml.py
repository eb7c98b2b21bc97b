"""What the XML of a workbook's first sheet says that openpyxl, which reads values, does not: read in a stream."""

import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO
from xml.parsers import expat

from defusedxml.ElementTree import fromstring

_AREA = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}[0-9]{1,7}")
_PIECE_BYTES = 2**16


class SheetXml:
    """The formulas without a result and the merged areas of the first sheet, read as far as they are asked about.

    Nothing that goes wrong here is raised: openpyxl reads the same sheet, and says whether it can be read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.failed = False
        """Whether the rest of the sheet could not be looked at."""
        self._parsed = _Parsed()
        self._rows = self._read(file)
        self._line, self._places = 0, list[int]()

    def without_result(self, line: int, values: Sequence[Any]) -> list[int]:
        """Return the places of a row's formulas that no program has computed; ask about rows in their order."""
        while self._line < line and (row := next(self._rows, None)) is not None:
            self._line, self._places = row
        if self._line != line:
            return []
        return [place for place in self._places if place < len(values) and values[place] is None]

    def merged_areas(self) -> list[str]:
        """Return the areas of the sheet's merged cells, such as C2:C4, from the top and the left; reads to the end."""
        for _ in self._rows:
            pass
        return sorted(self._parsed.areas, key=_place)

    def _read(self, file: BinaryIO) -> Iterator[tuple[int, list[int]]]:
        try:
            with zipfile.ZipFile(file) as archive, archive.open(_first_sheet(archive)) as part:
                parser = self._parsed.parser()
                while piece := part.read(_PIECE_BYTES):
                    parser.Parse(piece)
                    yield from self._parsed.take_rows()
                parser.Parse(b"", True)
        except Exception:  # what a damaged part raises depends on where it is damaged
            self.failed = True


def _place(area: str) -> tuple[int, int, str]:
    column, row = area.partition(":")[0].rstrip("0123456789"), re.findall(r"[0-9]+", area)[0]
    return int(row), len(column), column


class _Parsed:
    """What the elements of a sheet say, as openpyxl counts its rows and columns, in any namespace."""

    def __init__(self) -> None:
        self.areas: list[str] = []
        self._rows: list[tuple[int, list[int]]] = []
        self._row = self._last_row = self._column = 0
        self._places: list[int] = []
        self._type = ""
        self._is_formula = self._has_result = self._in_value = False

    def parser(self) -> expat.XMLParserType:
        """Return a parser that keeps nothing but what is taken here."""
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler, parser.EntityDeclHandler = self._text, _forbid
        return parser

    def take_rows(self) -> list[tuple[int, list[int]]]:
        """Return the rows since the last call that have formulas without a result, and the places of these."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "c":
                self._start_cell(attributes)
            case "f":
                self._is_formula = True
            case "v":
                self._in_value = self._type != "inlineStr"
            case "is":
                self._has_result = self._has_result or self._type == "inlineStr"
            case "row":
                self._row = int(float(attributes["r"])) if "r" in attributes else self._row + 1
                self._column, self._places = 0, []
            case "mergeCell" if _AREA.fullmatch(area := attributes.get("ref", "")):
                self.areas.append(area)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._column = _column(attributes["r"]) if "r" in attributes else self._column + 1
        self._type = attributes.get("t", "n")
        self._is_formula, self._has_result = False, self._type == "str"  # the result of `=""` is a string

    def _text(self, _text: str) -> None:
        self._has_result = self._has_result or self._in_value

    def _end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "c" if self._is_formula and not self._has_result:
                self._places.append(self._column - 1)
            case "v":
                self._in_value = False
            case "row" if self._row > self._last_row:  # openpyxl leaves out a row before the last one
                self._last_row = self._row
                if self._places:
                    self._rows.append((self._row, self._places))


def _column(cell: str) -> int:
    from openpyxl.utils import column_index_from_string

    return int(column_index_from_string(cell.rstrip("0123456789")))


def _forbid(*_declared: Any) -> None:
    raise ValueError("an entity is declared")


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """Return the name of the part that openpyxl reads as the first sheet; raises LookupError if there is none."""
    book = next((target for _, type, target in _related(archive, "") if type.endswith("/officeDocument")), None)
    book = book or "xl/workbook.xml"
    related = {id: (type, target) for id, type, target in _related(archive, book)}
    for sheet in fromstring(archive.read(book)).findall(".//{*}sheets/{*}sheet"):
        id = next((value for name, value in sheet.items() if name.endswith("}id")), "")
        type, target = related.get(id, ("", ""))
        if target in archive.namelist() and "chartsheet" not in type:
            return target
    raise LookupError("a workbook without sheets")


def _related(archive: zipfile.ZipFile, part: str) -> list[tuple[str, str, str]]:
    """Return the id, the type and the name of each part that a part, or the archive itself, refers to."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    found = fromstring(archive.read(rels)) if rels in archive.namelist() else ()
    return [(rel.get("Id", ""), rel.get("Type", ""), _inside(folder, rel.get("Target", ""))) for rel in found]


def _inside(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
