"""The answers of a row: in the project's labels, and only those that the project lacks."""

import dataclasses
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, replace
from typing import Any

from annotator.formats.faults import Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.rows import AnnotationRow, AskedAgainRow, SentenceRow
from annotator.importing.label_reading import LabelReader
from annotator.names import RULE, folded, is_gold, is_valid_name, tidied
from db.people import GOLD
from db.records import Annotation, Kind, Observed

_USUAL: dict[type, dict[str, Any]] = {
    kind: {part.name: part.default for part in dataclasses.fields(kind) if part.default is not MISSING}
    for kind in (AnnotationRow, Observed)
}
"""The defaults of their fields."""

_IMPORTED = "from-"
"""How the keys of people's answers begin that came without one."""


def resolve_answers(row: SentenceRow, labels: LabelReader, fields: Fields) -> tuple[AnnotationRow, ...]:
    """Return the row's answers with their labels as indices, and marks only where the label takes a rationale.

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


def missing_answers(
    external_id: str, answers: Sequence[AnnotationRow], stored: Iterable[tuple[str, Annotation]]
) -> list[AnnotationRow]:
    """Return those of a sentence's resolved answers that are not `stored`, oldest first.

    `stored` has the project's answers to it with the names of their people, oldest first. Raises Unfit unless
    each person's answers in the file continue those in the project, or begin them.
    """
    known = defaultdict(list)
    for name, annotation in stored:
        known[_chain(name, annotation.kind)].append(annotation)
    passed: Counter[tuple[str, bool]] = Counter()
    missing = []
    for index, answer in enumerate(answers):
        chain = _chain(answer.person, answer.kind)
        if not answer.key:
            missing.extend(_missing_without_key(external_id, answer, known[chain]))
        elif passed[chain] >= len(known[chain]):
            missing.append(answer)
        else:
            _check_same(answer, known[chain][passed[chain]], f"annotations[{index}]")
        passed[chain] += 1
    return missing


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


def _chain(name: str, kind: Kind) -> tuple[str, bool]:
    """Return the key of one of a person's two chains on a sentence: their answers, or what they adjudicated."""
    return folded(name), kind == "adjudicated"


def _missing_without_key(external_id: str, answer: AnnotationRow, stored: Sequence[Annotation]) -> list[AnnotationRow]:
    """Return an answer without a key if it differs from the last stored one, which it then corrects.

    A person's answer that an earlier import brought is not missing either, though they may have changed it since.
    Raises Unfit if it would correct an answer that the person gave in the project: no file replaces that.
    """
    last = stored[-1] if stored else None
    if last and (last.kind, last.label, last.marks) == (answer.kind, answer.label, answer.marks):
        return []
    befores = [None, *(annotation.submission_key for annotation in stored)]
    keys = [_key(external_id, answer, before) for before in befores]
    if not is_gold(answer.person) and any(
        key == annotation.submission_key for key, annotation in zip(keys, stored, strict=False)
    ):
        return []
    if last and not is_gold(answer.person) and not last.submission_key.startswith(_IMPORTED):
        found = f"another answer by {show(answer.person)} than the one that they gave in the project"
        raise Unfit("annotations", found, "that one, or another name for this person; no import replaces it")
    return [replace(answer, key=keys[-1], supersedes=befores[-1])]


def _key(external_id: str, answer: AnnotationRow, after: str | None) -> str:
    """Return the key of a file's answer after this one of the same person: the same in every import."""
    content = [external_id, answer.label, answer.marks, after]
    if is_gold(answer.person):
        return f"{GOLD}-{_hashed(content)}"
    return f"{_IMPORTED}{_hashed([*content, folded(answer.person), answer.kind])}"


def _hashed(content: Sequence[object]) -> str:
    return hashlib.sha256("\0".join(map(str, content)).encode()).hexdigest()[:32]


def _fields_of(row: SentenceRow) -> Sequence[str]:
    return row.answer_fields or [f"annotations[{index}]" for index in range(len(row.annotations))]


def _check_same(answer: AnnotationRow, stored: Annotation, field: str) -> None:
    given = (answer.key, answer.kind, answer.label, answer.marks)
    if given != (stored.submission_key, stored.kind, stored.label, stored.marks):
        expected = f"the answer that the project has in this place, with key {show(stored.submission_key)}"
        raise Unfit(field, f"another answer, with key {show(answer.key)}", expected)


def _resolved(answer: AnnotationRow, labels: LabelReader, label_field: str, marks_field: str) -> AnnotationRow:
    if answer.label is None:
        return answer
    label = labels.find(answer.label, label_field)
    if label.takes_rationale or answer.marks is None:
        return replace(answer, label=label.index)
    if answer.marks.strip("."):
        found = f"marked words under the label {show(label.name)}, which takes no rationale"
        raise Unfit(marks_field, found, "no marks, or a label that takes them")
    return replace(answer, label=label.index, marks=None)
