"""Label Studio's exports: JSON, an array of tasks with their annotations, and JSON_MIN, an object per annotation."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, BinaryIO, NamedTuple

from annotator.formats.answers.answer import read_label
from annotator.formats.answers.observed import read_truth
from annotator.formats.answers.spans import Span
from annotator.formats.faults import Faults, Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.files.json_items import read_items
from annotator.formats.files.strict_json import parse_object, part_or_text
from annotator.formats.rows import SentenceRow
from annotator.formats.tools.foreign import (
    ForeignAnswer,
    Task,
    check_choices,
    first_given,
    kept,
    kept_meta,
    marks_of,
    name_of,
    text_fields,
    to_row,
    words_of,
)
from annotator.formats.tools.predictions import (
    are_spans,
    is_of_region,
    is_span,
    list_of,
    read_predictions,
    span_of,
    with_predictions,
)
from annotator.formats.tools.predictions_in_min import CHOICES, COLUMNS, PredictionsInMin
from annotator.formats.tools.together import Together
from annotator.formats.words import Words
from db.records import Observed

OTHER_RESULTS = "Results of other types than labels and choices, left out"
REGION_CHOICES = "Choices about a part of a text, not all of it, left out"
UNREAD_TIMES = "Times of answers, or how long they took, that cannot be read, left out"

_PARTS = ("text", "id", "split", "label", "marks")
_OF_MIN = {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time"}
_MOST_SECONDS = 1e9
_MOST_LABELS = 1_000
"""Labels that are remembered of a file of JSON_MIN; more of them are texts."""


def read(file: BinaryIO, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the tasks of a JSON export, each with its annotations as the answers of people."""
    if not check_choices(fields, _PARTS, faults, "label-studio"):
        return
    for item in read_items(file, faults):
        try:
            row = _task(item.line, parse_object(item.text), fields, len(item.text))
        except Unfit as unfit:
            faults.add(unfit.at(item.line))
            continue
        yield row


def read_min(file: BinaryIO, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the tasks of a JSON_MIN export, with the annotations of one task together."""
    if not check_choices(fields, _PARTS, faults, "label-studio-min"):
        return

    labels: set[str] = set()  # complete before the first group, because the file is read twice

    def objects(faults: Faults) -> Iterator[tuple[int, dict[str, Any], int]]:
        for item in read_items(file, faults):
            try:
                given = parse_object(item.text)
            except Unfit as unfit:
                faults.add(unfit.at(item.line))
                continue
            if len(labels) < _MOST_LABELS:
                labels.update(_labels_in_min(given, fields))
            yield item.line, given, len(item.text)

    for group in Together(objects, lambda given: (given.get("id"), given.get(fields.text))).groups(faults):
        try:
            row = _min_task(group, fields, labels)
        except Unfit as unfit:
            faults.add(unfit.at(group[0][0]))
            continue
        yield row


def _task(line: int, given: Mapping[str, Any], fields: Fields, size: int) -> SentenceRow:
    notes: Counter[str] = Counter()
    data = given.get("data")
    if not isinstance(data, dict):
        raise Unfit("data", show(data), "an object with the task's text")
    annotations = first_given(given, "annotations", "completions") or []
    if not isinstance(annotations, list) or not all(isinstance(each, dict) for each in annotations):
        raise Unfit("annotations", show(annotations), "a list of annotations; export as JSON or as JSON_MIN")
    words = _words(data, fields, notes)
    answers = [
        _answer(annotation, words, fields, notes, f"annotations[{index}]")
        for index, annotation in enumerate(sorted(annotations, key=lambda each: str(each.get("created_at") or "")))
    ]
    spans = [result.get("value") for each in annotations for result in each.get("result") or [] if is_span(result)]
    number = given.get("id") if data.get(fields.id) is None else data[fields.id]
    task = Task(line, words, number, data.get(fields.split), spans=spans, size=size)
    more = text_fields(data, words)
    task.query = more.get("query")
    task.metadata = kept(data, "data", (fields.text, fields.id, fields.split, *more))
    task.metadata |= kept_meta(given.get("meta"), task.metadata)
    predictions = read_predictions(_parts(given.get("predictions")), words, fields, notes)
    return with_predictions(to_row(task, answers, fields, notes), predictions)


def _words(data: Mapping[str, Any], fields: Fields, notes: Counter[str]) -> Words:
    text = data.get(fields.text)
    if not isinstance(text, str):
        names = ", ".join(show(name) for name in list(data)[:10])
        raise Unfit(f"data.{fields.text}", show(text), f"the task's text; --text-field chooses another of {names}")
    return words_of(data, text, fields.text, notes)


def _answer(
    annotation: Mapping[str, Any], words: Words, fields: Fields, notes: Counter[str], place: str
) -> ForeignAnswer:
    answer = ForeignAnswer(
        _person(annotation, notes),
        is_skip=_is_cancelled(annotation, place),
        at_ms=_time(annotation.get("created_at"), notes),
        observed=_observed(annotation.get("lead_time"), notes),
    )
    results = annotation.get("result") or []
    if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
        raise Unfit(f"{place}.result", show(results), "a list of results")
    if answer.is_skip:
        return answer
    choices: list[_Choices] = []
    spans: list[Span] = []
    for index, result in enumerate(results):
        name, value = str(result.get("from_name")), result.get("value")
        if is_span(result) and ("marks" not in fields.chosen() or name == fields.marks):
            spans.append(span_of(value, f"{place}.result[{index}].value"))
        elif result.get("type") != "choices" or not isinstance(value, dict) or "choices" not in value:
            notes[OTHER_RESULTS] += 1
        elif is_of_region(value):
            notes[REGION_CHOICES] += 1
        else:
            choices.append(_Choices(name, value["choices"], f"{place}.result[{index}]"))
    answer.label = _choice(choices, fields, place)
    if spans or any(is_span(result) for result in results) or not choices:
        marked = marks_of(spans, words, fields, notes, place)
        answer.marks, answer.names = marked["marks"], marked["names"]
    return answer


class _Choices(NamedTuple):
    """What was chosen for the whole text with one control, and the result that says so."""

    control: str
    chosen: Any
    place: str


def _is_cancelled(annotation: Mapping[str, Any], place: str) -> bool:
    """Return whether an annotation is a skip; some exports have 0 and 1 for false and true."""
    value = annotation.get("was_cancelled")
    try:
        return bool(value) if type(value) is int and value in (0, 1) else read_truth("was_cancelled", annotation)
    except Unfit as unfit:
        raise unfit.inside(place) from None


def _person(annotation: Mapping[str, Any], notes: Counter[str]) -> str:
    """Return who answered; a name that Label Studio could not know, as we write it, is in a field of its own."""
    return name_of(first_given(annotation, "completed_by", "person"), "annotator", notes) or "annotator 1"


def _choice(choices: Sequence[_Choices], fields: Fields, place: str) -> str | int | None:
    """Return the label: what was chosen with the control that `--label-field` names, or with the only one."""
    if "label" in fields.chosen():
        choices = [one for one in choices if one.control == fields.label]
    by_control = {one.control: one for one in choices}
    if len(by_control) > 1:
        found = f"choices of {', '.join(by_control)}"
        raise Unfit(place, found, "those of one of them", advice="; --label-field names it")
    _check_agree(choices)
    return next((read_label(one.chosen, f"{place} ({name})") for name, one in by_control.items()), None)


def _check_agree(choices: Sequence[_Choices]) -> None:
    """Raise Unfit if one control has two choices for the whole text."""
    for before, one in pairwise(choices):
        if one.chosen != before.chosen:
            found = f"{show(before.chosen)} and {show(one.chosen)} of {one.control}"
            raise Unfit(one.place, found, "one of them")


def _min_task(group: Sequence[tuple[int, dict[str, Any], int]], fields: Fields, labels: Collection[str]) -> SentenceRow:
    notes: Counter[str] = Counter()
    line, first, _ = group[0]
    words = _words(first, fields, notes)
    answers, spans = [], []
    used = {fields.text, fields.id, fields.split, *_OF_MIN}
    for _, given, _ in sorted(group, key=lambda each: str(each[1].get("created_at") or "")):
        label_name, marks_name = _names_in_min(given, fields)
        used |= {label_name or "", marks_name or ""}
        answer = _answer_in_min(given, label_name, notes)
        if marks_name is not None:
            values = _spans_in_min(given.get(marks_name), marks_name)
            parts = [span_of(value, f"{marks_name}[{index}]") for index, value in enumerate(values)]
            marked = marks_of(parts, words, fields, notes, marks_name)
            answer.marks, answer.names = marked["marks"], marked["names"]
            spans += values
        answers.append(answer)
    task = Task(line, words, first.get(fields.id), first.get(fields.split), spans=spans)
    task.size = sum(size for _, _, size in group)
    more = text_fields(first, words)
    task.query = more.get("query")
    columns = [name for name in COLUMNS if name not in used]
    predictions, left = PredictionsInMin(words, fields, labels, notes).read([given for _, given, _ in group], columns)
    task.metadata = kept(first | left, "data", {*used, *more, *columns} - left.keys())
    return with_predictions(to_row(task, answers, fields, notes), predictions)


def _answer_in_min(given: Mapping[str, Any], label_name: str | None, notes: Counter[str]) -> ForeignAnswer:
    """Return an annotation's answer without its marks."""
    return ForeignAnswer(
        name_of(given.get("annotator"), "annotator", notes) or "annotator 1",
        read_label(_choices_of(given.get(label_name or "")), label_name or "label"),
        at_ms=_time(given.get("created_at"), notes),
        observed=_observed(given.get("lead_time"), notes),
    )


def _names_in_min(given: Mapping[str, Any], fields: Fields) -> tuple[str | None, str | None]:
    """Return the fields of the label and of the spans, which have the names of the tool's own controls."""
    chosen = fields.chosen()
    spans = [name for name, value in given.items() if name not in COLUMNS and are_spans(value)]
    marks = chosen.get("marks") or (spans[0] if len(spans) == 1 else None)
    if len(spans) > 1 and marks is None:
        found = f"spans in {', '.join(spans)}"
        raise Unfit(None, found, "those of one field", advice="; --marks-field names it")
    if "label" in chosen or ("label" in given and "label" not in (*spans, marks)):
        return fields.label, marks if marks != fields.label else None
    named = [name for name in CHOICES if name in given]
    return (named[0] if len(named) == 1 else None), marks


def _labels_in_min(given: Mapping[str, Any], fields: Fields) -> list[str]:
    """Return the label of an annotation, if it is a text and alone."""
    try:
        name, _ = _names_in_min(given, fields)
        label = read_label(_choices_of(given.get(name or "")))
    except Unfit:
        return []
    return [label] if isinstance(label, str) else []


def _parts(value: object) -> list[Any]:
    parts = list_of(value)
    return parts if parts or value in (None, "", [], {}) else [value]


def _spans_in_min(value: object, field: str) -> list[Any]:
    spans = part_or_text(value)
    if not isinstance(spans, list) and spans not in (None, "", {}):
        raise Unfit(field, show(value), "a list of spans")
    return spans or []


def _choices_of(value: object) -> object:
    return value.get("choices", value or None) if isinstance(value, dict) else value


def _time(value: object, notes: Counter[str]) -> int | None:
    """Return a time in milliseconds; one that cannot be read is counted."""
    milliseconds = _milliseconds(value) if isinstance(value, str) else None
    notes[UNREAD_TIMES] += milliseconds is None and value not in (None, "")
    return milliseconds


def _milliseconds(value: str) -> int | None:
    """Return a time in milliseconds; one without a zone is in UTC, as the tool writes it."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    milliseconds = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    return milliseconds if milliseconds > 0 else None


def _observed(lead_time: object, notes: Counter[str]) -> Observed:
    is_number = type(lead_time) in (int, float)
    seconds = float(lead_time) if is_number and 0 <= lead_time <= _MOST_SECONDS else None  # type: ignore[operator, arg-type]
    notes[UNREAD_TIMES] += seconds is None and lead_time not in (None, "")
    return Observed(seconds=seconds)
