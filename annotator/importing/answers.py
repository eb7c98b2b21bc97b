"""The answers of a row, in the project's labels."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import MISSING, replace
from typing import Any

from annotator.formats.faults import Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.rows import AnnotationRow, AskedAgainRow, SentenceRow
from annotator.importing.label_reading import LabelReader
from annotator.names import RULE, is_valid_name, tidied
from db.records import Observed
from db.team.people import GOLD

_USUAL: dict[type, dict[str, Any]] = {
    kind: {part.name: part.default for part in dataclasses.fields(kind) if part.default is not MISSING}
    for kind in (AnnotationRow, Observed)
}
"""The defaults of their fields."""


def resolve_answers(row: SentenceRow, labels: LabelReader, fields: Fields) -> tuple[AnnotationRow, ...]:
    """Return the row's answers with their labels as indices, and marks only where the label takes a rationale.

    Marks under a label that takes none now, and did once, are left out: the file may be from then.

    The row's own label becomes an answer by its person, or else by `gold`; it has no key yet.
    """
    if row.label is not None:
        person = GOLD if row.person is None else name_of_a_person(row.person, "person")
        own = AnnotationRow(person, "answer", "", row.label, row.marks)
        return (_resolved(own, labels, fields.label, fields.marks),)
    return tuple(
        _resolved(
            replace(answer, person=name_of_a_person(answer.person, f"{field}.person")),
            labels,
            field if row.answer_fields else f"{field}.label",
            f"{field}.marks",
        )
        for field, answer in zip(_fields_of(row), row.annotations, strict=True)
    )


def write_answers(answers: Sequence[AnnotationRow], asked: Sequence[AskedAgainRow], tags: Sequence[str]) -> str:
    """Return a sentence's resolved answers, what was asked again about it, and its tags, as the spool keeps them."""
    given = [_chosen(answer) | {"observed": _chosen(answer.observed)} for answer in answers]
    return json.dumps([given, [vars(line) for line in asked], list(tags)])


def read_answers(written: str) -> tuple[list[AnnotationRow], list[AskedAgainRow], list[str]]:
    """Return what `write_answers` wrote."""
    given, asked, tags = json.loads(written)
    answers = [AnnotationRow(**fields | {"observed": Observed(**fields["observed"])}) for fields in given]
    return answers, [AskedAgainRow(**fields) for fields in asked], tags


def _chosen(record: AnnotationRow | Observed) -> dict[str, Any]:
    """Return the fields of a record that differ from their default, which are few."""
    usual = _USUAL[type(record)]
    return {name: value for name, value in vars(record).items() if name not in usual or value is not usual[name]}


def name_of_a_person(written: str, field: str) -> str:
    """Return a person's name, tidied; raises Unfit for a name that no person can have."""
    name = tidied(written)
    if not is_valid_name(name) and name.lower() != GOLD:
        raise Unfit(field, show(written), f"a name that a person can have: {RULE[0].lower()}{RULE[1:]}")
    return name


def _fields_of(row: SentenceRow) -> Sequence[str]:
    return row.answer_fields or [f"annotations[{index}]" for index in range(len(row.annotations))]


def _resolved(answer: AnnotationRow, labels: LabelReader, label_field: str, marks_field: str) -> AnnotationRow:
    if answer.label is None:
        return answer
    label = labels.find(answer.label, label_field)
    if label.takes_rationale or answer.marks is None:
        return replace(answer, label=label.index)
    if answer.marks.strip(".") and not label.took_rationale:
        found = f"marked words under the label {show(label.name)}, which takes no rationale"
        raise Unfit(marks_field, found, "no marks, or a label that takes them")
    return replace(answer, label=label.index, marks=None)
