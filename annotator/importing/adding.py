"""Add a file's answers to the project, in transactions so short that people's own answers do not wait for them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from annotator.formats.rows import AnnotationRow, AskedAgainRow
from annotator.importing.asked import bring_asked, missing_asked
from annotator.importing.known import Known
from annotator.importing.missing import Missing, is_again, missing_answers
from annotator.importing.settings import SamePerson
from annotator.names import is_gold
from annotator.project.people import find_person
from annotator.putting_right.correcting import carrying_to
from db.answers import admissions, annotations, withdrawals
from db.corpus import import_changes, imports
from db.corpus.import_changes import What
from db.corpus.sentences import decoded
from db.corpus.spool import Spool
from db.finding import tags
from db.queue import slots
from db.queue.asked_again import Asked
from db.records import Annotation, Label, NewAnnotation, Person
from db.store import Store
from db.team import people

MOST_ANSWERS = 200
MOST_CHARACTERS = 2**20
"""A transaction adds no more than these, apart from those of its last sentence."""


class AnsweredRow(NamedTuple):
    """What a row adds to its sentence."""

    external_id: str
    answers: Sequence[AnnotationRow]
    """They are resolved."""
    asked: Sequence[AskedAgainRow]
    tags: Sequence[str]
    size: int
    """About how many characters they have."""


@dataclass
class AddedAnswers:
    """How many answers were added, and how many of them people should be aware of."""

    kept: int = 0
    without_marks: int = 0
    """Though their label takes marks."""
    surplus: int = 0
    corrections_admitted: int = 0
    """Surplus answers that count as the answers they correct do: their file does not say whether they are admitted."""
    asked: int = 0
    """How often a sentence was asked about again, or that was taken back."""
    tags: int = 0
    """Tags that sentences got."""

    newer_in_file: int = 0
    """Answers to sentences that their person had answered in the project too, earlier."""
    newer_in_project: int = 0
    """Answers to sentences that their person has answered in the project later; that one counts."""

    def note_all(self, missing: Missing, labels: Sequence[Label]) -> None:
        """Count the answers to a sentence."""
        for answer in missing.answers:
            self.kept += not is_again(answer.key)
            self.surplus += answer.surplus
            takes_marks = isinstance(answer.label, int) and labels[answer.label].takes_rationale
            self.without_marks += takes_marks and answer.marks is None
        self.newer_in_file += missing.newer_in_file
        self.newer_in_project += missing.newer_in_project


def add_answers(
    store: Store, rows: Iterable[AnsweredRow], labels: Sequence[Label], import_id: int, same_person: SamePerson
) -> AddedAnswers:
    """Add the answers that the project does not have, and return their counts."""
    adding = _Adding(store, labels, import_id, same_person)
    for group in _groups(rows):
        with store.writing():
            adding.add(group)
    return adding.added


def count_answers(
    store: Store, spool: Spool, rows: Iterable[AnsweredRow], labels: Sequence[Label], same_person: SamePerson
) -> AddedAnswers:
    """Return the counts of the answers that the project does not have, without adding them."""
    missing = AddedAnswers()
    for group in _groups(rows):
        known = _known_with_texts(store, spool, [row.external_id for row in group])
        for external_id, answers, asked, tagged, _ in group:
            missing.tags += len(known.lacking_tags(external_id, tagged))
            missing.asked += len(missing_asked(asked, known.asked_about(external_id)))
            lacking = missing_answers(
                external_id,
                answers,
                known.answers_to(external_id),
                same_person,
                carried=known.carried_keys(external_id),
            )
            missing.note_all(lacking, labels)
    return missing


@dataclass
class _Adding:
    """Adds the answers, questions and tags of an import, and counts them."""

    store: Store
    labels: Sequence[Label]
    import_id: int
    same_person: SamePerson
    added: AddedAnswers = field(default_factory=AddedAnswers)
    _placed: dict[int, int] = field(default_factory=dict)
    """The answers of the group that took a place, and which."""
    _own: set[str] = field(default_factory=set)
    """The group's sentences that the import itself brought: what they get does not change the project."""

    def add(self, group: Sequence[AnsweredRow]) -> None:
        """Add what the project does not have, in the caller's transaction."""
        ids, self._placed = [row.external_id for row in group], {}
        known, self._own = Known.read(self.store, ids), imports.added_by(self.store, self.import_id, ids)
        for row in group:
            if row.external_id not in known.sentences:
                continue  # the project already had the text of this sentence, and it was skipped
            sentence_id = known.sentences[row.external_id].id
            lacking = missing_answers(
                row.external_id,
                row.answers,
                known.answers_to(row.external_id),
                self.same_person,
                carried=known.carried_keys(row.external_id),
            )
            for answer in lacking.answers:
                self._answer(sentence_id, answer, row)
            self.added.note_all(lacking, self.labels)
            self._ask(sentence_id, row, known.asked_about(row.external_id))
            for tag in known.lacking_tags(row.external_id, row.tags):
                self._note(sentence_id, row, "tag", None, tag)
                self.added.tags += tags.add(self.store, tag, [sentence_id], person_id=None)[0]

    def _answer(self, sentence_id: int, answer: AnnotationRow, row: AnsweredRow) -> None:
        new = _new_annotation(self.store, answer, sentence_id, self.import_id)
        stored = annotations.add(self.store, new, surplus=answer.surplus, created_ms=answer.at_ms)
        corrects = answer.admitted is None and _corrects_what_counts(self.store, stored, row.answers)
        if answer.admitted or corrects:
            admissions.bring(self.store, stored.id, self.import_id)
        if not is_gold(answer.person) and row.external_id not in self._own:
            self._take_place(stored)
        if answer.withdrawn:
            withdrawals.bring(self.store, stored.id, self.import_id)
        self.added.corrections_admitted += corrects

    def _take_place(self, stored: Annotation) -> None:
        """Let a person's answer to a sentence of the project take a free place: no one else is asked for it."""
        place = self._placed.pop(stored.supersedes or 0, None)
        if stored.kind in ("skip", "withdrawn") and place is not None:
            slots.empty(self.store, place)
        if stored.kind != "answer" or not stored.has_a_vote:
            return
        if place is None and not slots.is_filled_by(self.store, stored.sentence_id, stored.person_id):
            place = slots.place_for(self.store, stored.person_id, stored.sentence_id)
        if place is not None:
            slots.fill(self.store, place, stored.person_id, stored.id)
            self._placed[stored.id] = place

    def _ask(self, sentence_id: int, row: AnsweredRow, log: Sequence[Asked]) -> None:
        is_asked = bool(log) and log[-1].asked
        for line in missing_asked(row.asked, log):
            person_id = None if line.person is None else _person(self.store, line.person).id
            self._note(sentence_id, row, "asked again", is_asked, line.asked)
            bring_asked(self.store, sentence_id, line, person_id=person_id)
            is_asked = line.asked
            self.added.asked += 1

    def _note(self, sentence_id: int, row: AnsweredRow, what: What, before: object, after: object) -> None:
        if row.external_id not in self._own:
            import_changes.record(self.store, self.import_id, sentence_id, what, before, after)


def _known_with_texts(store: Store, spool: Spool, external_ids: Sequence[str]) -> Known:
    """Return what the project will have of these sentences once they have the texts of the file."""
    known = Known.read(store, external_ids)
    for row in spool.corrected_among(external_ids):
        carried = carrying_to(known.sentences[row.external_id], decoded(row))
        known = known.with_text(row.external_id, carried, row.token_hash)
    return known


def _corrects_what_counts(store: Store, stored: Annotation, written: Sequence[AnnotationRow]) -> bool:
    """Return whether this is a surplus correction from before schema 6, when it counted as the answer it corrects.

    Its project would admit it in the migration. If the file marks any answer to the sentence as admitted, it
    records admissions, so the answers that it does not mark were not admitted.
    """
    if not stored.surplus or stored.kind != "answer" or any(answer.admitted for answer in written):
        return False
    given = annotations.of_sentences(store, [stored.sentence_id])[stored.sentence_id]
    for older in reversed(given):
        if older.person_id != stored.person_id or older.id >= stored.id or older.kind == "adjudicated":
            continue
        if older.kind != "answer" or not older.has_a_vote:
            return False
        if not older.surplus:
            return True
    return False


def _groups(rows: Iterable[AnsweredRow]) -> Iterator[list[AnsweredRow]]:
    group: list[AnsweredRow] = []
    answers = characters = 0
    for row in rows:
        group.append(row)
        answers += len(row.answers) + len(row.asked) + len(row.tags)
        characters += row.size
        if answers >= MOST_ANSWERS or characters >= MOST_CHARACTERS:
            yield group
            group, answers, characters = [], 0, 0
    if group:
        yield group


def _new_annotation(store: Store, answer: AnnotationRow, sentence_id: int, import_id: int) -> NewAnnotation:
    return NewAnnotation(
        sentence_id=sentence_id,
        person_id=_person(store, answer.person).id,
        kind=answer.kind,
        submission_key=answer.key,
        label=answer.label if isinstance(answer.label, int) else None,
        marks=answer.marks,
        observed=answer.observed,
        import_id=import_id,
    )


def _person(store: Store, name: str) -> Person:
    """Return the person of that name, added if needed; a new person may sign in, unless it is `gold`."""
    known = people.find(store, name) or find_person(store, name)
    return known or people.add(store, name, active=not is_gold(name))
