"""A first look into a file: its fields or columns, its first rows, and which field seems to hold what.

Only the beginning is read, and nothing is checked: the import, or its dry run, does that.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from annotator.formats.examples import is_example
from annotator.formats.faults import BadInput, Faults, Unfit
from annotator.formats.fields import DEFAULT_FIELDS, OTHER_MARKS
from annotator.formats.files.encodings import as_utf8, find_encoding
from annotator.formats.files.json_items import read_lines_or_items
from annotator.formats.files.layout import AS_WRITTEN, COMMA, TAB, Layout
from annotator.formats.files.lines import read_lines
from annotator.formats.files.strict_json import parse_object
from annotator.formats.recognition import by_content
from annotator.formats.tables import excel, parquet
from annotator.formats.tables.table import name_columns
from annotator.formats.tables.table_rows import find_shape, read_rows

LOOKED_AT_BYTES = 2**20
ROWS = 3
LONGEST_CELL = 80
_LINES = 50
"""Rows that are looked at, and lines of JSON whose fields are named."""
_SEPARATORS = {"csv": COMMA, "tsv": TAB, "esnli": COMMA, "spans-csv": COMMA}
_OF_LINES = ("text", "conll")
_OF_OBJECTS = ("native", "label-studio", "label-studio-min", "doccano", "prodigy")
_OWN = ("native", "csv", "tsv", "excel", "parquet")
"""Formats that are not another tool's: nothing in them has a meaning of its own, apart from names."""
_LABEL_STUDIO = "label-studio"
_CHOICES: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(_OWN, tuple(DEFAULT_FIELDS.names())),
    **dict.fromkeys(("doccano", "prodigy"), ("text", "id", "split", "label")),
    **dict.fromkeys((_LABEL_STUDIO, "label-studio-min"), ("text", "id", "split", "label", "marks")),
}
"""The parts of a sentence whose field the caller may name, by format; in the others, none."""
_ALIASES: Mapping[str, Sequence[str]] = {
    "text": ("sentence", "content", "review", "tweet", "comment", "body", "post", "utterance", "headline"),
    "label": ("class", "category", "target", "sentiment", "gold", "gold_label", "annotation"),
    "id": ("sentence_id", "doc_id", "review_id", "tweet_id", "uid", "guid", "key"),
    "split": ("partition", "subset", "set", "fold"),
    "marks": ("mark",),
    "query": ("question", "hypothesis"),
}
"""What else a field may be called; the first that a file has is taken."""


@dataclass(frozen=True)
class FirstLook:
    """The beginning of a file."""

    columns: tuple[str, ...]
    """The names of its fields; none in a format of lines."""
    rows: tuple[tuple[str, ...], ...]
    """The first rows, a cell for each column; the whole line where there are none."""
    guessed: Mapping[str, str]
    """What holds what: the part of a sentence (`text`, `label`, …) → the field's name, where that can be guessed."""
    format: str = "native"
    """The format that it is read in."""

    controls: tuple[str, ...] = ()
    """What Label Studio's annotators choose labels and mark spans with."""
    sample: tuple[tuple[str, ...], ...] = ()
    """More rows, of which only the first are shown."""
    likely: tuple[str, ...] = ()
    """The parts of a sentence whose field was guessed by what it looks like."""

    @property
    def parts(self) -> Sequence[str]:
        """Return the parts of a sentence of which the caller may say which field holds them."""
        return () if not self.columns or is_example(self.columns) else _CHOICES.get(self.format, ())

    @property
    def is_of_a_tool(self) -> bool:
        """Return whether it is the file of another tool, which has fields of its own for what no one names."""
        return self.format not in _OWN

    def options(self, part: str) -> tuple[str, ...]:
        """Return the fields that may hold that part."""
        is_control = self.format == _LABEL_STUDIO and part in ("label", "marks")
        return self.controls if is_control else self.columns


def look_into(
    content: bytes | memoryview, format: str, layout: Layout = AS_WRITTEN, *, chosen: bool = False
) -> FirstLook:
    """Return the beginning of a file of this format; without rows if it cannot be read that way.

    Unless a person has `chosen` the format, the content decides where it is certain, as in an import.
    """
    try:
        if format == "excel":
            return _of_table(excel.read_cells(io.BytesIO(content), Faults("")), format)
        if format == "parquet":
            return _of_table(parquet.read_cells(io.BytesIO(content), Faults("")), format)
        start = io.BytesIO(bytes(content[:LOOKED_AT_BYTES]))
        head = as_utf8(start, encoding := find_encoding(start, layout.encoding))
        return _of_text(head, format if chosen else by_content(head, format, encoding), layout)
    except (BadInput, Unfit):  # more faults than anyone reads, or an unknown encoding; the dry run names them
        return FirstLook((), (), {}, format)


def is_read_anyway(part: str, name: str) -> bool:
    """Return whether a field of this name holds that part of a sentence although no one says so."""
    return name == part or (part == "marks" and name in OTHER_MARKS)


def _of_text(head: BinaryIO, format: str, layout: Layout) -> FirstLook:
    head.seek(0)
    if format in _OF_OBJECTS:
        return _of_objects(_objects(head), format)
    if format in _OF_LINES:
        lines = islice(read_lines(head, Faults("")), ROWS)
        return FirstLook((), tuple((_cell(text),) for _, text in lines), {}, format)
    if format in _SEPARATORS:
        shape = find_shape(head, layout, _SEPARATORS[format], DEFAULT_FIELDS.text)
        return _of_table(read_rows(head, Faults(""), shape), format)
    return FirstLook((), (), {}, format)


def _objects(head: BinaryIO) -> list[dict[str, Any]]:
    found = []
    for _, text in islice(read_lines_or_items(head, Faults("")), _LINES):
        try:
            found.append(parse_object(text, on_nan=lambda: None))
        except Unfit:  # also the last line, which may be cut off
            continue
    return found


def _of_objects(objects: Sequence[Mapping[str, Any]], format: str) -> FirstLook:
    controls: tuple[str, ...] = ()
    if format == _LABEL_STUDIO:
        controls = tuple(dict.fromkeys(name for each in objects for name in _controls(each)))
        objects = [data for each in objects if isinstance(data := each.get("data"), dict)]
    columns = tuple(dict.fromkeys(name for each in objects for name in each))
    rows = tuple(tuple(_cell(each.get(name)) for name in columns) for each in objects)
    return FirstLook(columns, rows[:ROWS], _guess(columns, format), format, controls, rows)


def _controls(task: Mapping[str, Any]) -> Iterator[str]:
    annotations = task.get("annotations")
    for annotation in annotations if isinstance(annotations, list) else ():
        results = annotation.get("result") if isinstance(annotation, dict) else None
        for result in results if isinstance(results, list) else ():
            if isinstance(result, dict) and isinstance(result.get("from_name"), str):
                yield result["from_name"]


def _of_table(rows: Iterable[tuple[int, Sequence[Any]]], format: str) -> FirstLook:
    read = [list(cells) for _, cells in islice(rows, _LINES + 1)]
    if not read:
        return FirstLook((), (), {}, format)
    columns = name_columns(["" if name is None else str(name) for name in read[0]], Faults(""))
    even = (cells[: len(columns)] + [""] * (len(columns) - len(cells)) for cells in read[1:])
    sample = tuple(tuple(map(_cell, cells)) for cells in even)
    return FirstLook(tuple(columns), sample[:ROWS], _guess(columns, format), format, sample=sample)


def _guess(columns: Sequence[str], format: str) -> dict[str, str]:
    """Return which field holds what: the one that is read anyway, else the first with another name for it."""
    guessed: dict[str, str] = {}
    if is_example(columns):
        return guessed
    for part in _CHOICES.get(format, ()):
        if format == _LABEL_STUDIO and part in ("label", "marks"):
            continue
        known = [part, *_ALIASES.get(part, ())] if format in _OWN or part == "text" else [part]
        known += ["data"] if (format, part) == ("doccano", "text") else []
        alike = [column for column in columns if column.strip().casefold() in known and column not in guessed.values()]
        if anyway := [column for column in columns if is_read_anyway(part, column)]:
            guessed[part] = part if part in anyway else anyway[0]
        elif alike:
            guessed[part] = min(alike, key=lambda column: known.index(column.strip().casefold()))
    return guessed


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text[: 4 * LONGEST_CELL].split())
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
