"""The first reading of a file: every row against the rest of the file and against the project."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from annotator.formats.faults import Faults, Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.rows import AnnotationRow, SentenceRow
from annotator.import_source import Source
from annotator.imported_answers import missing_answers, resolve_answers
from db import annotations, people, sentences
from db.records import Annotation, Label, Sentence, Split
from db.store import Store
from learner.tokenizer import NAME, VERSION

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Rules:
    """What the caller of an import decides."""

    keep_answers: bool
    """Whether a file's own answers to pool sentences are kept."""
    hold_out: float
    """The share set aside for dev, and as much again for test, when no line has a split."""

    def keeps(self, row: SentenceRow, split: Split) -> bool:
        """Whether the row's answers are wanted; those that say whose they are always are."""
        return row.label is None or split != "pool" or self.keep_answers

    def set_aside(self, external_id: str) -> Split:
        """Return the split of a sentence that comes without one, by hash: the same in every import."""
        digest = hashlib.sha256(f"split {external_id}".encode()).digest()
        place = int.from_bytes(digest[:6]) / 2**48
        if place < self.hold_out:
            return "dev"
        return "test" if place < 2 * self.hold_out else "pool"


@dataclass(frozen=True)
class Known:
    """What the project has of some rows already."""

    sentences: dict[str, Sentence]
    answers: dict[int, list[Annotation]]
    people: dict[int, str]

    @classmethod
    def read(cls, store: Store, external_ids: Sequence[str]) -> "Known":
        """Look up the sentences with these ids, and everything that was said about them."""
        found = sentences.find(store, external_ids)
        answers = annotations.of_sentences(store, [sentence.id for sentence in found.values()])
        return cls(found, answers, {person.id: person.name for person in people.all_of(store)})

    def answers_to(self, external_id: str) -> list[tuple[str, Annotation]]:
        """Return the answers to one sentence with their people's names, oldest first."""
        sentence = self.sentences.get(external_id)
        stored = self.answers[sentence.id] if sentence else []
        return [(self.people[answer.person_id], answer) for answer in stored]


@dataclass
class Survey:
    """What the first reading learns about a file that has no fault."""

    rows: int = 0
    new: int = 0
    """Sentences that the project does not have."""
    new_answers: int = 0
    """Answers that are wanted and missing, to sentences that the project has."""
    left_out: int = 0
    """Answers that are missing and not wanted, to sentences that the project has."""
    duplicate_texts: int = 0
    turned_texts: int = 0
    """Sentences with invisible characters that turn the direction of writing."""
    has_splits: bool = False
    has_answers: bool = False
    tokenizers: set[str] = field(default_factory=set)

    @property
    def tokenizer(self) -> str:
        """Who cut the sentences: our tokenizer with its version, or the file ("given"), or both."""
        return ", ".join(sorted(self.tokenizers))


def check_file(store: Store, source: Source, labels: Sequence[Label], rules: Rules) -> Survey:
    """Read the whole file and report what it holds; raises BadInput with its first faults."""
    faults = Faults(str(source.path))
    checks = _Checks(store, labels, source.fields, rules)
    for chunk in source.chunks(1, faults):
        known = Known.read(store, [external_id for external_id, _ in chunk])
        for external_id, row in chunk:
            try:
                checks.check(external_id, row, known)
            except Unfit as unfit:
                faults.add(unfit.at(row.line))
    faults.raise_if_any()
    return checks.survey


class _Checks:
    """What each row must pass; remembers the lines of ids and keys, and which texts there were."""

    def __init__(self, store: Store, labels: Sequence[Label], fields: Fields, rules: Rules) -> None:
        self.survey = Survey()
        self._store, self._labels, self._fields, self._rules = store, labels, fields, rules
        self._ids: dict[str, int] = {}
        self._keys: dict[str, int] = {}
        self._texts: set[int] = set()

    def check(self, external_id: str, row: SentenceRow, known: Known) -> None:
        """Add a row to the survey; raises Unfit for the first thing that is wrong with it."""
        _note_once(self._ids, external_id, row.line, "id")
        for index, answer in enumerate(row.annotations):
            _note_once(self._keys, answer.key, row.line, f"annotations[{index}].key")
        stored = known.sentences.get(external_id)
        if stored is not None:
            _check_same(row, stored)
        answers = resolve_answers(row, self._labels, self._fields)
        missing = missing_answers(external_id, answers, known.answers_to(external_id))
        if row.annotations:
            self._check_new_keys(missing)
        if stored is not None:
            self._count_answers(len(missing), wanted=self._rules.keeps(row, stored.split))
        self._count(row, is_new=stored is None)

    def _check_new_keys(self, missing: Sequence[AnnotationRow]) -> None:
        for answer in missing:
            if annotations.find(self._store, answer.key):
                found = f"the key {show(answer.key)}, which another answer in the project has"
                raise Unfit("annotations", found, "a key of its own for each answer")

    def _count_answers(self, missing: int, *, wanted: bool) -> None:
        self.survey.new_answers += missing if wanted else 0
        self.survey.left_out += 0 if wanted else missing

    def _count(self, row: SentenceRow, *, is_new: bool) -> None:
        survey, text = self.survey, hash(row.text)
        survey.rows += 1
        survey.new += is_new
        survey.duplicate_texts += text in self._texts
        survey.turned_texts += _TURNING.search(row.text) is not None
        survey.has_splits |= row.split is not None
        survey.has_answers |= row.label is not None or bool(row.annotations)
        survey.tokenizers.add("given" if row.tokens_given else f"{NAME} {VERSION}")
        self._texts.add(text)


def _note_once(lines: dict[str, int], name: str, line: int, field: str) -> None:
    if name in lines:
        raise Unfit(field, f"{show(name)}, which line {lines[name]} has too", f"another {field} on each line")
    lines[name] = line


def _check_same(row: SentenceRow, stored: Sentence) -> None:
    """Raise Unfit when `row` is not the sentence that the project has under its id."""
    for name, found, there in (("text", row.text, stored.text), ("query", row.query, stored.query)):
        if found != there:
            raise Unfit(name, show(found), f"{show(there)}, which the project has under the same id")
    # Sentences are never cut again: marks on tokens cut by a newer tokenizer would fall on other words.
    if row.tokens != stored.tokens and (row.tokens_given or row.marks or row.annotations):
        expected = f"the {len(stored.tokens)} tokens that the project has under the same id"
        raise Unfit("tokens", f"{len(row.tokens)} other tokens", expected)
