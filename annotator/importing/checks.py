"""Check every row against the rest of the file and against the project, and put it into the spool."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from annotator.formats.faults import Fault, Faults, Unfit, show
from annotator.formats.notes import Notes
from annotator.formats.rows import AnnotationRow, AskedAgainRow, SentenceRow
from annotator.importing.answers import resolve_answers, write_answers
from annotator.importing.asked import missing_asked, resolve_asked
from annotator.importing.changes import Change, change_of
from annotator.importing.coders import Repeats, with_people
from annotator.importing.corrected_text import check_split, correction_of
from annotator.importing.ids import name_rows
from annotator.importing.known import Known
from annotator.importing.label_reading import LabelReader, NumberFaults, UnexplainedNumber
from annotator.importing.missing import missing_answers
from annotator.importing.remarks import Remarks
from annotator.importing.settings import ImportSettings
from annotator.importing.source import Source
from annotator.importing.span_labels import without_unknown_spans
from annotator.importing.survey import Survey
from annotator.importing.unique_names import Seen, UniqueNames
from db.answers import annotations
from db.corpus import sentences
from db.corpus.sentences import EncodedSentence
from db.corpus.spool import Spool, SpooledRow
from db.finding import texts
from db.finding.texts import Text
from db.records import Label, NewSentence, Sentence, Split
from db.store import Store
from learner.data.tokenizer import NAME, VERSION

_OURS = f"{NAME} {VERSION}"
_MARKS_LEFT_OUT = "Answers whose marks were left out, because their label takes none now"
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def check_file(
    store: Store,
    source: Source,
    spool: Spool,
    labels: Sequence[Label],
    settings: ImportSettings,
    leave_out: Callable[[Fault], None] | None = None,
) -> Survey:
    """Read the whole file into the spool and report what it holds; raises BadInput with its first faults.

    With `leave_out`, rows with a fault go there, unless nothing can be read after one, or every row has a number for a
    label that no one has explained.
    """
    faults = Faults(str(source.path), leave_out)
    checks = _Checks(store, spool, labels, settings)
    for chunk in source.chunks(faults):
        checks.check(chunk, faults)
    checks.add_unseen(faults)
    if faults.stopped or not faults.spares_rows or (faults.closing is not None and not checks.survey.rows):
        faults.raise_if_any()
    checks.survey.duplicate_texts = spool.count_repeated_texts() - checks.survey.repeats
    checks.survey.placement = spool.place(has_splits=checks.survey.has_splits)
    checks.survey.remarks.close(store, checks.labels)
    checks.survey.notes = faults.notes
    return checks.survey


class _Read(NamedTuple):
    """A row whose labels and people are the project's, and what the project has of it."""

    external_id: str
    row: SentenceRow
    stored: Sentence | None
    answers: Sequence[AnnotationRow]
    missing: Sequence[AnnotationRow]
    """Those of the answers that the project lacks."""
    asked: Sequence[AskedAgainRow]


class _Checks:
    """What each row must pass."""

    def __init__(self, store: Store, spool: Spool, labels: Sequence[Label], settings: ImportSettings) -> None:
        self.survey = Survey(remarks=Remarks(labels))
        self.labels = LabelReader(labels, settings.labels)
        self._numbers = NumberFaults(labels)
        self._store, self._spool, self._settings = store, spool, settings
        self._has_sentences = sentences.count(store) > 0
        has_test_set = sentences.count(store, "test") > 0
        self._share = settings.share_in(has_test_set=has_test_set)
        self._repeats = Repeats(spool)
        self._unseen = set(settings.people)
        self.survey.keeps_test_set = has_test_set and settings.hold_out is None

    def add_unseen(self, faults: Faults) -> None:
        """Note a fault for each of the people's fields that no row has."""
        if self.survey.rows:
            for name in sorted(self._unseen):
                faults.add(Fault(None, name, "no line with this field", "a field that --person-field can name"))

    def check(self, chunk: Sequence[SentenceRow], faults: Faults) -> None:
        """Add rows to the survey and the spool, and note what is wrong with the others."""
        external_ids = name_rows(self._spool, chunk, may_repeat=bool(self._settings.people))
        seen = Seen.before(self._spool, chunk, external_ids)
        known = Known.read(self._store, external_ids) if self._has_sentences else Known({}, {}, {}, {}, {})
        spooled = []
        for external_id, given in zip(external_ids, chunk, strict=True):
            try:
                spooled += self._wanted(external_id, given, seen, known, faults.notes)
            except UnexplainedNumber as number:
                self._numbers.add(number, given.line, faults, given.file)
                if faults.spares_rows:
                    faults.add(number.at(given.line, given.file, row=given.given))
            except Unfit as unfit:
                faults.add(unfit.at(given.line, given.file, row=given.given))
        seen.keep()
        self._spool.add(self._placed(spooled))

    def _wanted(self, external_id: str, given: SentenceRow, seen: Seen, known: Known, notes: Notes) -> list[SpooledRow]:
        """Return the row for the spool, or nothing if the project no longer wants it; raises Unfit as `_checked`."""
        row = with_people(self._in_split(given), self._settings.people, self._settings.fields.label)
        is_repeat = self._is_repeat(external_id, row, seen.ids)
        seen.note_keys(row)
        if self._is_gone(external_id, row, known):
            seen.ids.take(external_id, row.line)
            return []
        checked = self._checked(external_id, row, known, is_repeat=is_repeat)
        seen.ids.take(external_id, row.line)
        self._note_repairs(external_id, row, notes, is_repeat=is_repeat)
        return [checked]

    def _note_repairs(self, external_id: str, row: SentenceRow, notes: Notes, *, is_repeat: bool) -> None:
        if self._settings.people and self._repeats.note(external_id, row) and is_repeat:
            notes.repaired("other fields of a sentence's later row were left out", row.line)
        for repair in row.repairs:
            notes.repaired(repair, row.line)

    def _is_repeat(self, external_id: str, row: SentenceRow, ids: UniqueNames) -> bool:
        """Return whether the row adds an answer to an earlier row's sentence; raises Unfit if it may not."""
        self._unseen -= {name for name in self._unseen if isinstance(row.given, dict) and name in row.given}
        if len(self._settings.people) == 1:
            return self._repeats.find(external_id, row, ids.line_of(external_id), self._settings.people[0])
        ids.check(external_id, "id")
        return False

    def _is_gone(self, external_id: str, row: SentenceRow, known: Known) -> bool:
        """Return, and count, whether the project no longer wants the row: its sentence or its text was put right."""
        is_removed = external_id in known.removed
        is_outdated = "text" not in self._settings.update and known.is_outdated(external_id, row)
        self.survey.removed += is_removed
        self.survey.outdated += is_outdated
        return is_removed or is_outdated

    def _in_split(self, row: SentenceRow) -> SentenceRow:
        """Return the row in the split that the caller gives all of them, if there is one."""
        split = self._settings.split
        if split is None or row.split == split:
            return row
        if row.split is not None:
            expected = f"{split} or no split, because --split puts all sentences there"
            raise Unfit(self._settings.fields.split, row.split, expected)
        return replace(row, split=split)

    def _checked(self, external_id: str, given: SentenceRow, known: Known, *, is_repeat: bool) -> SpooledRow:
        """Return the row for the spool; raises Unfit for the first thing that is wrong with it."""
        stored = known.sentences.get(external_id)
        carried = None if stored is None else correction_of(given, stored, self._settings.update)
        change = Change() if stored is None or is_repeat else change_of(given, stored, self._settings.update, carried)
        row, unlabelled = without_unknown_spans(given, self.labels)
        encoded = _encoded(external_id, row)
        if stored is not None and carried is not None:
            check_split(self._store, self._spool, encoded, stored)
            known = known.with_text(external_id, carried, encoded.token_hash)
        answers = resolve_answers(row, self.labels, self._settings.fields)
        read = _Read(
            external_id, row, stored, answers, self._missing(external_id, row, answers, known), resolve_asked(row)
        )
        self._note(read, unlabelled, is_repeat=is_repeat)
        corrects = carried is not None and not is_repeat
        self.survey.corrected += corrects
        self.survey.changed += change.moves or change.fields is not None
        return SpooledRow(
            encoded,
            stored is None and not is_repeat,
            self._written(read, known, split=change.split),
            wanted=change.split,
            moves=change.moves,
            fields=change.fields,
            corrects=corrects,
            there=stored.split if stored is not None and corrects else None,
        )

    def _missing(
        self, external_id: str, row: SentenceRow, answers: Sequence[AnnotationRow], known: Known
    ) -> Sequence[AnnotationRow]:
        """Return the answers that the project lacks; raises Unfit if another one there has the key of one of them."""
        missing = missing_answers(
            external_id,
            answers,
            known.answers_to(external_id),
            self._settings.same_person,
            carried=known.carried_keys(external_id),
        ).answers
        if row.annotations:
            self._check_new_keys(missing)
        return missing

    def _note(self, read: _Read, unlabelled: Sequence[str], *, is_repeat: bool) -> None:
        """Count the row, and note what the report says about it."""
        remarks = self.survey.remarks
        self._note_marks_left_out(read.row, read.answers)
        if is_repeat:
            self.survey.repeats += 1
            remarks.note_people(answer.person for answer in read.answers)
        else:
            self._count(read.row, is_new=read.stored is None)
            remarks.note(read.external_id, read.row, read.stored, read.answers)
        remarks.note_spans(unlabelled)
        remarks.note_people(line.person for line in read.asked if line.person is not None)

    def _written(self, read: _Read, known: Known, *, split: Split | None) -> str | None:
        """Return, and count, what the row adds to its sentence, as the spool keeps it; None if that is nothing."""
        is_known, row = read.stored is not None, read.row
        adds = bool(read.missing) and (
            read.stored is None
            or self._wants(read.missing, split or read.stored.split, own=row.label is not None and row.person is None)
        )
        is_asked = bool(missing_asked(read.asked, known.asked_about(read.external_id)))
        is_tagged = bool(known.lacking_tags(read.external_id, row.tags))
        brings = adds or is_asked or is_tagged
        self.survey.asked += is_asked and is_known
        self.survey.tagged += is_tagged and is_known
        self.survey.answered += brings
        return write_answers(read.answers if adds else (), read.asked, row.tags) if brings else None

    def _note_marks_left_out(self, row: SentenceRow, answers: Sequence[AnnotationRow]) -> None:
        given = [row.marks] if row.label is not None else [answer.marks for answer in row.annotations]
        left_out = sum(
            bool(marks and marks.strip(".")) and answer.marks is None
            for marks, answer in zip(given, answers, strict=True)
        )
        if left_out:
            self.survey.remarks.notes[_MARKS_LEFT_OUT] += left_out

    def _placed(self, rows: Sequence[SpooledRow]) -> list[SpooledRow]:
        new = [row for row in rows if row.is_new]
        known = texts.splits_of(self._store, [_text_of(row) for row in new]) if self._has_sentences else {}
        return [self._place(row, known.get(_text_of(row))) if row.is_new else row for row in rows]

    def _place(self, row: SpooledRow, known_split: Split | None) -> SpooledRow:
        self.survey.known_texts += known_split is not None
        if known_split is None or self._settings.duplicates == "keep":
            return row._replace(there=known_split, drawn=self._settings.set_aside(row.sentence, share=self._share))
        self.survey.skipped_texts += 1
        self.survey.new -= 1
        self.survey.answered -= row.answers is not None
        return row._replace(is_new=False, answers=None)

    def _check_new_keys(self, missing: Sequence[AnnotationRow]) -> None:
        for answer in missing:
            if annotations.find(self._store, answer.key):
                found = f"the key {show(answer.key)}, which another answer in the project has"
                raise Unfit("annotations", found, "a key of its own for each answer")

    def _wants(self, missing: Sequence[AnnotationRow], split: Split, *, own: bool) -> bool:
        wanted = self._settings.keeps(own, split)
        self.survey.new_answers += len(missing) if wanted else 0
        self.survey.left_out += 0 if wanted else len(missing)
        return wanted

    def _count(self, row: SentenceRow, *, is_new: bool) -> None:
        survey = self.survey
        survey.rows += 1
        survey.new += is_new
        survey.turned_texts += not row.text.isascii() and _TURNING.search(row.text) is not None
        survey.has_splits |= row.split is not None
        survey.tokenizers.add("given" if row.tokens_given else _OURS)


def _encoded(external_id: str, row: SentenceRow) -> EncodedSentence:
    return sentences.encode(
        NewSentence(
            external_id=external_id,
            text=row.text,
            tokens=row.tokens,
            starts=row.starts,
            split=row.split or "pool",
            query=row.query,
            query_tokens=row.query_tokens,
            metadata=row.metadata,
        )
    )


def _text_of(row: SpooledRow) -> Text:
    return Text(row.sentence.token_hash, row.sentence.query_tokens)
