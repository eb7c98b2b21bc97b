"""doccano's JSON lines: spans, labels of texts, and the exports of its earlier versions."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from annotator.formats.answers.answer import read_label
from annotator.formats.answers.spans import Span, read_span
from annotator.formats.faults import Faults, Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.files.objects import read_objects
from annotator.formats.rows import SentenceRow
from annotator.formats.tools.foreign import (
    ForeignAnswer,
    Task,
    check_choices,
    count_of,
    kept,
    kept_meta,
    marks_of,
    name_of,
    text_fields,
    to_row,
    words_of,
)
from annotator.formats.words import Words

RELATIONS = "Relations between spans, left out"
COMMENTS = "Comments of people, left out"

_ANSWERS = ("label", "labels", "cats", "entities", "annotations")
_OURS = (*_ANSWERS, "relations", "Comments", "comments", "meta")
OURS = (*_OURS, "text", "id", "split", "query", "tokens")
"""The fields with a meaning of their own."""


def read(file: BinaryIO, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the texts of an export, each with its label or its spans."""
    if not check_choices(fields, ("text", "id", "split", "label"), faults, "doccano"):
        return
    for line, given, size in read_objects(file, faults):
        try:
            row = _sentence(line, given, fields, size)
        except Unfit as unfit:
            faults.add(unfit.at(line))
            continue
        yield row


def _sentence(line: int, given: dict[str, Any], fields: Fields, size: int) -> SentenceRow:
    notes: Counter[str] = Counter()
    name = fields.text if fields.text in given else "data"
    text = given.get(name)
    if not isinstance(text, str):
        raise Unfit(fields.text, show(text), "the text")
    words = words_of(given, text, name, notes)
    notes[RELATIONS] += count_of(given.get("relations"))
    notes[COMMENTS] += count_of(given.get("Comments") or given.get("comments"))
    task = Task(line, words, given.get(fields.id), given.get(fields.split), size=size)
    more = text_fields(given, words)
    task.query = more.get("query")
    used = (*_OURS, name, fields.id, fields.split, fields.label, *more)
    task.metadata = kept(given, "doccano", used)
    task.metadata |= kept_meta(given.get("meta"), task.metadata)
    answered = [field for field in dict.fromkeys((fields.label, *_ANSWERS)) if given.get(field) is not None]
    answered = [field for field in answered if (field, given[field]) != ("cats", [])]
    answers: list[ForeignAnswer] = []
    for field in answered:
        answers += _answers(given[field], field, words, fields, notes, task)
    return to_row(task, _joined(answers), fields, notes)


def _answers(
    value: object, field: str, words: Words, fields: Fields, notes: Counter[str], task: Task
) -> Sequence[ForeignAnswer]:
    if not isinstance(value, list) or (value and all(isinstance(part, str | int) for part in value)):
        return [ForeignAnswer(None, read_label(value, field))]
    if field == "annotations":
        return _of_people(value, words, fields, notes, task)
    spans = [_span(part, f"{field}[{index}]") for index, part in enumerate(value)]
    task.spans += value
    return [ForeignAnswer(None, None, **marks_of(spans, words, fields, notes, field))]


def _of_people(
    value: Sequence[Any], words: Words, fields: Fields, notes: Counter[str], task: Task
) -> Sequence[ForeignAnswer]:
    """Return the answers of an export of before version 1, where each span or label has its person."""
    answers: list[ForeignAnswer] = []
    spans: dict[str | None, list[Span]] = {}
    for index, part in enumerate(value):
        place = f"annotations[{index}]"
        if not isinstance(part, dict):
            raise Unfit(place, show(part), "an object with a label, as exports of before version 1 have them")
        person = name_of(part.get("user"), "user", notes)
        if "start_offset" in part:
            spans.setdefault(person, []).append(_span(part, place))
            task.spans.append([part["start_offset"], part.get("end_offset"), part.get("label")])
        elif "label" in part:
            answers.append(ForeignAnswer(person, read_label(part["label"], f"{place}.label")))
        else:
            raise Unfit(place, show(part), "a label; only texts with labels or spans can be read")
    for person, own in spans.items():
        answers.append(ForeignAnswer(person, None, **marks_of(own, words, fields, notes, "annotations")))
    return answers


def _span(part: object, place: str) -> Span:
    return read_span(part, place)


def _joined(answers: Sequence[ForeignAnswer]) -> list[ForeignAnswer]:
    """Return the answers without a person as one: a text may have a label in one field and spans in another."""
    own = [answer for answer in answers if answer.person is None]
    others = [answer for answer in answers if answer.person is not None]
    labels = [answer.label for answer in own if answer.label is not None]
    marked = [answer for answer in own if answer.marks is not None]
    if len(labels) > 1 or len(marked) > 1:
        raise Unfit("label", "labels or spans in several fields", "those of one field; leave the others out")
    if own:
        marks = marked[0] if marked else own[0]
        others.insert(0, ForeignAnswer(None, labels[0] if labels else None, marks.marks, marks.names))
    return others
