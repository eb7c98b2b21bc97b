"""A folder of brat: each text, `NAME.txt`, with its annotations next to it, `NAME.ann`."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from annotator.formats.answers.spans import Span
from annotator.formats.faults import Faults, Unfit, show, show_name
from annotator.formats.fields import Fields
from annotator.formats.rows import SentenceRow
from annotator.formats.tools.documents import BREAKS, Document, files_in, read_document
from annotator.formats.tools.foreign import ForeignAnswer, Task, check_choices, marks_of, to_row
from annotator.formats.words import cut

OTHER_LINES = "Relations, events, attributes and notes of brat, left out"

_ENTITY = re.compile(r"T\S*\t(\S+) (\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)(?:\t(.*))?")
_MOST_BYTES = 2**20


class _Entity(NamedTuple):
    name: str
    parts: list[tuple[int, int]]
    own_text: str | None


def read(folder: Path, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the texts, each as one sentence with its entities as marks."""
    if not check_choices(fields, (), faults, "brat"):
        return
    for path in files_in(folder):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".ann" and not path.with_suffix(".txt").is_file():
            faults.add(
                Unfit(None, "annotations without a text", f"{show_name(path.stem)}.txt in the same folder").at(
                    None, name
                )
            )
        if path.suffix != ".txt":
            continue
        try:
            row = _sentence(path, name, fields)
        except Unfit as unfit:
            faults.add(unfit.at(None, name))
            continue
        yield row


def _sentence(path: Path, name: str, fields: Fields) -> SentenceRow:
    notes: Counter[str] = Counter()
    document = read_document(path)
    notes[BREAKS] += bool(document.gaps)
    words = cut(document.text)
    task = Task(1, words, name.removesuffix(".txt"), size=len(document.text), file=name)
    annotations = path.with_suffix(".ann")
    if not annotations.is_file():
        return to_row(task, [], fields, notes)
    entities = _entities(annotations, notes)
    spans = [span for entity in entities for span in _spans(entity, document)]
    task.spans = [list(span[:3]) for span in spans]
    answer = ForeignAnswer(None, None, **marks_of(spans, words, fields, notes, show_name(annotations.name)))
    return to_row(task, [answer], fields, notes)


def _entities(path: Path, notes: Counter[str]) -> list[_Entity]:
    if path.stat().st_size > _MOST_BYTES:
        raise Unfit(show_name(path.name), f"{path.stat().st_size:,} bytes", f"at most {_MOST_BYTES:,}")
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Unfit(show_name(path.name), "a byte that is not UTF-8", "UTF-8; save the file as UTF-8") from None
    entities = []
    for number, line in enumerate(lines, 1):
        if not line.startswith("T"):
            notes[OTHER_LINES] += bool(line.strip())
            continue
        found = _ENTITY.fullmatch(line)
        if found is None:
            raise Unfit(
                f"{show_name(path.name)}, line {number}",
                show(line),
                "T1, a tab, a name and offsets, a tab, and the text",
            )
        parts = [(int(part.split()[0]), int(part.split()[1])) for part in found[2].split(";")]
        entities.append(_Entity(found[1], parts, found[3]))
    return entities


def _spans(entity: _Entity, document: Document) -> Iterator[Span]:
    """Yield the parts of an entity; brat writes its text with spaces for line breaks."""
    for start, end in entity.parts:
        if start >= end:
            raise Unfit(entity.name, f"the characters {start} to {end}", "an end after the start")
        place, after = document.place(start), document.place(end)
        here = re.sub(r"\s", " ", document.text[place:after])
        own = None if len(entity.parts) > 1 or entity.own_text is None else entity.own_text
        same = own is None or re.sub(r"\s+", " ", own) == re.sub(r"\s+", " ", here)
        yield Span(place, after, entity.name, None if same else own)
