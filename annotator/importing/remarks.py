"""What an import reports about its file, apart from how much was added: guesses, defaults, fields only kept."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from annotator.formats.rows import AnnotationRow, SentenceRow
from annotator.importing.changes import other_fields
from annotator.importing.kept_fields import KeptField, KeptFields
from annotator.importing.label_reading import LabelReader
from annotator.names import folded, label_key
from db.records import Label, Sentence
from db.store import Store
from db.team import people
from db.team.people import GOLD

MOST_NAMED = 3
MOST_PREVIEWED = 5
LONGEST_PREVIEW = 40
"""Tokens of a sentence that a preview shows."""
_MOST_PEOPLE = 1_000
_MOST_NAMES = 1_000
_ODD_ID = re.compile(r"[0-9]+\.0|[0-9](\.[0-9]+)?[eE]\+[0-9]+")


@dataclass
class Changed:
    """Sentences that are odd in some way, or that differ from the project's, which stay as they are."""

    count: int = 0
    ids: list[str] = field(default_factory=list)
    """The first few."""

    def note(self, external_id: str) -> None:
        """Count one."""
        self.count += 1
        if len(self.ids) < MOST_NAMED:
            self.ids.append(external_id)


@dataclass(frozen=True)
class WrittenLabel:
    """What a file writes for a label, and how often."""

    written: str
    label: str
    count: int


@dataclass(frozen=True)
class PreviewAnswer:
    """An answer as it was read."""

    person: str
    kind: str
    label: str | None
    marks: str | None


@dataclass
class PreviewRow:
    """One of the first sentences as it was read."""

    line: int
    id: str
    text: str
    """Up to the last token shown."""
    tokens: list[str]
    starts: list[int]
    number_of_tokens: int
    split: str
    """The project's own if it has the sentence; "left out" until a new one is placed."""
    answers: list[PreviewAnswer]
    """Only the first ones, if many people answered."""


class Remarks:
    """Collects the remarks, row by row."""

    def __init__(self, labels: Sequence[Label] = ()) -> None:
        self.rows = 0
        self.verdicts: Counter[str] = Counter()
        """Lines whose label is not an answer, by the reason that they give."""
        self.changed = {"split": Changed(), "metadata": Changed()}
        self.unnamed = 0
        """Sentences that got an id from their content."""
        self.odd_ids = Changed()
        """Ids that look like rounded or converted numbers."""
        self.without_split = 0
        self.joined = 0
        """Sentences whose text was made of their tokens, with single spaces."""
        self.notes: Counter[str] = Counter()
        self.unlabelled_spans: Counter[str] = Counter()
        self.sentences_with_unlabelled_spans = 0
        self.single_tokens = 0
        self.first: list[PreviewRow] = []
        self.labels: list[WrittenLabel] = []
        self.kept: list[KeptField] = []
        self.unused_labels: list[str] = []
        self.unused_span_names: list[str] = []
        self.respelled_labels = 0
        self.new_people: list[str] = []
        self._mixed_names: set[str] = set()
        self._people: dict[str, str] = {}
        self._label_names = [label.name for label in labels]
        self._kept = KeptFields(self._label_names)

    def note(
        self, external_id: str, row: SentenceRow, stored: Sentence | None, answers: Sequence[AnnotationRow]
    ) -> None:
        """Note a row without faults, the project's sentence with its id, and its answers in the project's labels."""
        self.rows += 1
        if row.verdict is not None:
            self.verdicts[row.verdict] += 1
        self.unnamed += row.external_id is None
        if row.external_id is not None and _ODD_ID.fullmatch(row.external_id):
            self.odd_ids.note(row.external_id)
        self.without_split += row.split is None
        self.joined += row.text_joined
        self.single_tokens += len(row.tokens) == 1
        self.notes.update(row.notes)
        if len(self._mixed_names) < _MOST_NAMES:
            self._mixed_names |= row.mixed_names
        self._kept.note(row)
        if stored is not None:
            self._compare(external_id, row, stored)
        self.note_people(answer.person for answer in answers)
        if len(self.first) < MOST_PREVIEWED:
            self.first.append(self._preview(external_id, row, answers, "left out" if stored is None else stored.split))

    def note_spans(self, names: Sequence[str]) -> None:
        """Note the spans of a sentence whose names are not labels of the project."""
        self.sentences_with_unlabelled_spans += bool(names)
        for name in names:
            if name in self.unlabelled_spans or len(self.unlabelled_spans) < _MOST_NAMES:
                self.unlabelled_spans[name] += 1

    def note_people(self, names: Iterable[str]) -> None:
        """Note people whom the file names."""
        for name in names:
            if len(self._people) < _MOST_PEOPLE:
                self._people.setdefault(folded(name), name)

    def close(self, store: Store, labels: LabelReader) -> None:
        """Add everything up, after the last row."""
        counts = labels.counts.most_common()
        self.labels = [WrittenLabel(written, label, count) for (written, label), count in counts]
        mixed = {label_key(name) for name in self._mixed_names}
        for written in labels.unused():
            (self.unused_span_names if label_key(written) in mixed else self.unused_labels).append(written)
        self.respelled_labels = labels.respelled
        self.kept = self.kept_fields()
        known = {folded(person.name) for person in people.all_of(store)} | {folded(GOLD)}
        self.new_people = [name for key, name in self._people.items() if key not in known]

    def kept_fields(self) -> list[KeptField]:
        """Return the fields that were only kept as metadata in the rows so far."""
        return self._kept.fields()

    def _compare(self, external_id: str, row: SentenceRow, stored: Sentence) -> None:
        if row.split is not None and row.split != stored.split:
            self.changed["split"].note(external_id)
        if other_fields(row, stored):
            self.changed["metadata"].note(external_id)

    def _preview(self, external_id: str, row: SentenceRow, answers: Iterable[AnnotationRow], split: str) -> PreviewRow:
        tokens = row.tokens[:LONGEST_PREVIEW]
        text = row.text if len(tokens) == len(row.tokens) else row.text[: row.starts[len(tokens) - 1] + len(tokens[-1])]
        shown = [
            PreviewAnswer(
                answer.person,
                answer.kind,
                self._label_names[answer.label] if isinstance(answer.label, int) else None,
                None if answer.marks is None else answer.marks[:LONGEST_PREVIEW],
            )
            for answer in list(answers)[:MOST_NAMED]
        ]
        starts = list(row.starts[:LONGEST_PREVIEW])
        return PreviewRow(row.line, external_id, text, list(tokens), starts, len(row.tokens), split, shown)
