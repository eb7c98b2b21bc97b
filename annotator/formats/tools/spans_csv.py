"""A table with a row for each marked span, as an export writes it; the rows of one sentence follow each other."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import BinaryIO

from annotator.formats.answers.spans import Span, marks_of_spans
from annotator.formats.examples import harmful
from annotator.formats.faults import Faults, Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.files.layout import AS_WRITTEN, COMMA
from annotator.formats.files.lines import NO_SENTENCES
from annotator.formats.rows import SentenceRow
from annotator.formats.tables.table_rows import find_shape, read_rows
from annotator.formats.tools.foreign import ForeignAnswer, Task, check_choices, to_row
from annotator.formats.words import Words, cut
from annotator.wording import counted

OF_A_SENTENCE = ("id", "text", "split", "label")
COLUMNS = (*OF_A_SENTENCE, "start", "end", "mark", "span_text")
_SIGNS = ("+", "-")

_Row = tuple[int, Sequence[str]]
"""A row's first line and its cells."""


def read(file: BinaryIO, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the sentences, each with the spans of its rows as marks."""
    if not check_choices(fields, (), faults, "spans-csv"):
        return
    rows = read_rows(file, faults, find_shape(file, AS_WRITTEN, COMMA, "text"))
    line, header = next(rows, (1, []))
    if tuple(header) != COLUMNS:
        faults.add(Unfit(None, f"the columns {show(header)}", f"the columns {', '.join(COLUMNS)}").at(line))
        return
    empty = True
    for _, group in groupby(rows, key=lambda row: row[1][: len(OF_A_SENTENCE)]):
        spans, empty = list(group), False
        try:
            row = _sentence(spans, fields)
        except Unfit as unfit:
            faults.add(unfit.at(spans[0][0]))
            continue
        yield row
    if empty and not faults:
        faults.add(NO_SENTENCES)


def _sentence(rows: Sequence[_Row], fields: Fields) -> SentenceRow:
    notes: Counter[str] = Counter()
    line, cells = rows[0]
    spans = [span for number, row in rows for span in _spans(row, number)]
    id_, text, split, label = (harmful(cell) or None for cell in cells[: len(OF_A_SENTENCE)])
    if text is None:
        raise Unfit("text", "an empty cell", "a sentence")
    words = cut(text)
    task = Task(line, words, id_, split, size=sum(len(cell) for _, row in rows for cell in row))
    answers = [] if label is None else [ForeignAnswer(None, label, _marks(spans, words, fields, notes))]
    return to_row(task, answers, fields, notes)


def _spans(cells: Sequence[str], line: int) -> Iterator[tuple[str, Span]]:
    """Yield the sign and the place of a row's span; none if the row has none."""
    if len(cells) != len(COLUMNS):
        raise Unfit(
            None, f"{counted(len(cells), 'cell')} on line {line}", f"{len(COLUMNS)}, as many as the header has names"
        )
    *places, sign, own = cells[len(OF_A_SENTENCE) :]
    if not any((*places, sign, own)):
        return
    if sign not in _SIGNS:
        raise Unfit("mark", f"{show(sign)} on line {line}", "+ or -")
    if not all(place.isascii() and place.isdecimal() and len(place) < 10 for place in places):
        raise Unfit("start", f"the characters {show(places)} on line {line}", "two numbers, start and end")
    start, end = map(int, places)
    if start >= end:
        raise Unfit("end", f"the characters {start} to {end} on line {line}", "an end after the start")
    yield sign, Span(start, end, None, harmful(own) or None)


def _marks(spans: Sequence[tuple[str, Span]], words: Words, fields: Fields, notes: Counter[str]) -> str:
    """Return the marks of spans with these signs; a word under both is one that counts."""
    marks = ["."] * len(words.tokens)
    for sign in reversed(_SIGNS):
        found = marks_of_spans([span for own, span in spans if own == sign], words, fields.align, notes, "start")
        marks = [sign if new == "+" else old for old, new in zip(marks, found, strict=True)]
    return "".join(marks)
