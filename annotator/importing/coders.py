"""Files of several coders: a row for each, with a field that names the person, or a field for each of them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from annotator.formats.answers.answer import read_label
from annotator.formats.faults import Unfit, show
from annotator.formats.rows import AnnotationRow, SentenceRow
from annotator.importing.ids import digest_of
from annotator.names import folded
from db.corpus.spool import Spool

_WHO = {
    "label-studio": "completed_by",
    "label-studio-min": "annotator",
    "prodigy": "_annotator_id",
    "hatexplain": "annotator_id",
}
"""The fields in which formats of other tools say who answered."""
_WITHOUT_FIELDS = ("text", "brat")


def check_person_fields(people: Sequence[str], format: str) -> None:
    """Raise Unfit where a format says itself who answered, or has no fields of which one could."""
    if not people or (format not in _WHO and format not in _WITHOUT_FIELDS):
        return
    found = f"an option for files with a field or a column for each person, with the format {format}"
    by = f"; its answers are by the people in {_WHO[format]}" if format in _WHO else ""
    raise Unfit(f"--person-field {people[0]}", found, f"no such option{by}")


def with_people(row: SentenceRow, people: Sequence[str], label_field: str) -> SentenceRow:
    """Return the row with its answers as those of people; raises Unfit where it does not say whose they are.

    One field holds the name of the person who gave the row's label; several fields hold a label each, and are
    named after who gave it.
    """
    if not people:
        return row
    if row.annotations:
        raise Unfit("annotations", "annotations", "none, because --person-field says who answered")
    metadata = {name: value for name, value in row.metadata.items() if name not in people}
    if len(people) > 1:
        return _by_column(row, people, metadata, label_field)
    person = row.metadata.get(people[0])
    if person is None and row.label is None:
        return replace(row, metadata=metadata)
    if not isinstance(person, str | int) or isinstance(person, bool):
        raise Unfit(people[0], show(person), "the name of who gave the label, because --person-field names this field")
    return replace(row, metadata=metadata, person=str(person))


def _by_column(row: SentenceRow, people: Sequence[str], metadata: dict[str, object], label_field: str) -> SentenceRow:
    labels = {name: read_label(row.metadata.get(name), name) for name in people}
    answers = [AnnotationRow(name, "answer", "", label) for name, label in labels.items() if label is not None]
    if row.label is not None:
        metadata[label_field] = row.label
    names = tuple(answer.person for answer in answers)
    return replace(row, metadata=metadata, label=None, marks=None, annotations=tuple(answers), answer_fields=names)


class Repeats:
    """Which rows repeat the sentence of an earlier one, to add another person's answer."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def find(self, external_id: str, row: SentenceRow, first_line: int | None, person_field: str) -> bool:
        """Return whether a row adds to the sentence of an earlier line; raises Unfit unless it is the same sentence.

        Also raises Unfit if the same person has answered it on an earlier line.
        """
        if row.person is not None and (line := self._line(self._person(external_id, row.person))):
            found = f"{show(row.person)}, who answers this sentence on line {line} too"
            raise Unfit(person_field, found, "one answer per person and sentence")
        if first_line is None:
            return False
        if row.person is None or self._line(self._content(external_id, row)) is None:
            expected = f"that of line {first_line}, which has the same id, or another id"
            raise Unfit("text" if row.person is not None else "id", show(row.text), expected)
        return True

    def note(self, external_id: str, row: SentenceRow) -> bool:
        """Remember a row without faults; return whether its metadata is new for its sentence."""
        names = [self._content(external_id, row), self._metadata(external_id, row)]
        is_new = self._line(names[1]) is None
        if row.person is not None:
            names.append(self._person(external_id, row.person))
        self._spool.note("line of answer", dict.fromkeys(names, row.line))
        return is_new

    def _line(self, name: str) -> int | None:
        return self._spool.noted("line of answer", [name]).get(name)

    def _content(self, external_id: str, row: SentenceRow) -> str:
        return _hashed("text", external_id, digest_of(row))

    def _person(self, external_id: str, person: str) -> str:
        return _hashed("person", external_id, folded(person))

    def _metadata(self, external_id: str, row: SentenceRow) -> str:
        return _hashed("metadata", external_id, json.dumps(row.metadata, sort_keys=True))


def _hashed(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
