"""Check every row against the rest of the file and against the project, and put it into the spool."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from annotator.formats.faults import Faults, Unfit, show
from annotator.formats.rows import AnnotationRow, SentenceRow
from annotator.importing.answers import missing_answers, resolve_answers, write_answers
from annotator.importing.asked import missing_asked, resolve_asked
from annotator.importing.ids import name_rows
from annotator.importing.label_reading import LabelReader, NumberFaults, UnexplainedNumber
from annotator.importing.remarks import Remarks
from annotator.importing.settings import ImportSettings
from annotator.importing.source import Source
from annotator.importing.span_labels import without_unknown_spans
from db import annotations, asked_again, people, sentences, texts
from db.asked_again import Asked
from db.records import Annotation, Label, NewSentence, Sentence, Split
from db.sentences import EncodedSentence
from db.spool import About, Placement, Spool, SpooledRow
from db.store import Store
from db.texts import Text
from learner.data.tokenizer import NAME, VERSION

_OURS = f"{NAME} {VERSION}"
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Known:
    """What the project already has of some rows."""

    sentences: dict[str, Sentence]
    answers: dict[int, list[Annotation]]
    people: dict[int, str]
    asked: dict[int, list[Asked]]

    @classmethod
    def read(cls, store: Store, external_ids: Sequence[str]) -> "Known":
        """Look up the sentences with these ids, and all answers to them."""
        found = sentences.find(store, external_ids)
        ids = [sentence.id for sentence in found.values()]
        names = {person.id: person.name for person in people.all_of(store)}
        return cls(found, annotations.of_sentences(store, ids), names, asked_again.of_sentences(store, ids))

    def answers_to(self, external_id: str) -> list[tuple[str, Annotation]]:
        """Return the answers to one sentence with the names of their people, oldest first."""
        sentence = self.sentences.get(external_id)
        stored = self.answers[sentence.id] if sentence else []
        return [(self.people[answer.person_id], answer) for answer in stored]

    def asked_about(self, external_id: str) -> list[Asked]:
        """Return what was asked again about one sentence, oldest first."""
        sentence = self.sentences.get(external_id)
        return self.asked.get(sentence.id, []) if sentence else []


@dataclass
class Survey:
    """What the check finds out about a file without faults."""

    rows: int = 0
    new: int = 0
    """Sentences that the project does not have."""
    new_answers: int = 0
    """Answers that are wanted and missing, to sentences that the project has."""
    asked: int = 0
    """Sentences that the project has, about which the file has something asked again that the project lacks."""
    left_out: int = 0
    """Answers that are missing and not wanted, to sentences that the project has."""
    duplicate_texts: int = 0
    known_texts: int = 0
    """Sentences that are new by their id, with a text that the project has."""
    skipped_texts: int = 0
    """How many of those are skipped."""
    turned_texts: int = 0
    """Sentences with invisible characters that turn the direction of writing."""
    has_splits: bool = False
    keeps_test_set: bool = False
    """Whether nothing is set aside because the project has a test set."""
    answered: int = 0
    """Rows with answers that may have to be added."""
    tokenizers: set[str] = field(default_factory=set)
    placement: Placement = field(default_factory=lambda: Placement(Counter(), Counter()))
    remarks: Remarks = field(default_factory=Remarks)

    @property
    def tokenizer(self) -> str:
        """Who cut the sentences: our tokenizer with its version, or the file ("given"), or both."""
        return ", ".join(sorted(self.tokenizers))


def check_file(store: Store, source: Source, spool: Spool, labels: Sequence[Label], settings: ImportSettings) -> Survey:
    """Read the whole file into the spool and report what it holds; raises BadInput with its first faults."""
    faults = Faults(str(source.path))
    checks = _Checks(store, spool, labels, settings)
    for chunk in source.chunks(faults):
        checks.check(chunk, faults)
    faults.raise_if_any()
    checks.survey.duplicate_texts = spool.count_repeated_texts()
    checks.survey.placement = spool.place(has_splits=checks.survey.has_splits)
    checks.survey.remarks.close(store, checks.labels)
    return checks.survey


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
        self.survey.keeps_test_set = has_test_set and settings.hold_out is None

    def check(self, chunk: Sequence[SentenceRow], faults: Faults) -> None:
        """Add rows to the survey and the spool, and note what is wrong with the others."""
        external_ids = name_rows(self._spool, chunk)
        ids = _UniqueNames(self._spool, "line of id", external_ids)
        keys = _UniqueNames(self._spool, "line of key", _keys(chunk))
        known = Known.read(self._store, external_ids) if self._has_sentences else Known({}, {}, {}, {})
        spooled = []
        for external_id, row in zip(external_ids, chunk, strict=True):
            try:
                ids.note(external_id, row.line, "id")
                for index, answer in enumerate(row.annotations):
                    if answer.key:
                        keys.note(answer.key, row.line, f"annotations[{index}].key")
                spooled.append(self._checked(external_id, row, known))
            except UnexplainedNumber as number:
                self._numbers.add(number, row.line, faults, row.file)
            except Unfit as unfit:
                faults.add(unfit.at(row.line, row.file))
        ids.keep()
        keys.keep()
        self._spool.add(self._placed(spooled))

    def _checked(self, external_id: str, row: SentenceRow, known: Known) -> SpooledRow:
        """Return the row for the spool; raises Unfit for the first thing that is wrong with it."""
        stored = known.sentences.get(external_id)
        if stored is not None:
            _check_same(row, stored)
        row, unlabelled = without_unknown_spans(row, self.labels)
        answers = resolve_answers(row, self.labels, self._settings.fields)
        missing = missing_answers(external_id, answers, known.answers_to(external_id)) if answers else []
        if row.annotations:
            self._check_new_keys(missing)
        self._count(row, is_new=stored is None)
        asked = resolve_asked(row)
        self.survey.remarks.note(external_id, row, stored, answers)
        self.survey.remarks.note_spans(unlabelled)
        self.survey.remarks.note_people(line.person for line in asked if line.person is not None)
        adds = bool(missing) and (stored is None or self._wants(missing, stored.split, own=row.label is not None))
        is_asked = bool(missing_asked(asked, known.asked_about(external_id)))
        self.survey.asked += is_asked and stored is not None
        self.survey.answered += adds or is_asked
        written = write_answers(answers, asked) if adds or is_asked else None
        return SpooledRow(_encoded(external_id, row), stored is None, written)

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


class _UniqueNames:
    """Names that a file may have only once, such as ids, and the line on which each of a chunk's was seen."""

    def __init__(self, spool: Spool, about: About, names: Sequence[str]) -> None:
        self._spool, self._about = spool, about
        self._before = spool.noted(about, names) if names else {}
        self._new: dict[str, int] = {}

    def note(self, name: str, line: int, field: str) -> None:
        """Note the line of a name; raises Unfit if an earlier line has it."""
        other = self._before.get(name, self._new.get(name))
        if other is not None:
            raise Unfit(field, f"{show(name)}, which line {other} has too", f"another {field} on each line")
        self._new[name] = line

    def keep(self) -> None:
        """Remember this chunk's names for the chunks to come."""
        self._spool.note(self._about, self._new)


def _keys(rows: Sequence[SentenceRow]) -> list[str]:
    return [answer.key for row in rows for answer in row.annotations if answer.key]


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


def _check_same(row: SentenceRow, stored: Sentence) -> None:
    """Raise Unfit if `row` is not the sentence that the project has under its id."""
    for name, found, known in (("text", row.text, stored.text), ("query", row.query, stored.query)):
        if found != known:
            raise Unfit(name, show(found), f"{show(known)}, which the project has under the same id")
    # Sentences are never cut again: marks on tokens cut by a newer tokenizer would fall on other words.
    if row.tokens != stored.tokens and (row.tokens_given or row.marks or row.annotations):
        expected = f"the {len(stored.tokens)} tokens that the project has under the same id"
        raise Unfit("tokens", f"{len(row.tokens)} other tokens", expected)
