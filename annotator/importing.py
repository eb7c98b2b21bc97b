"""Bring a file's sentences and answers into a project: all of it, or nothing.

The file is read up to three times and never held in memory, only its ids are:

1. every line is checked, by itself, against the rest of the file and against the project;
2. new sentences are added in short transactions that nobody sees, then become visible at once;
3. answers follow, and last the slots, so that nobody is handed a sentence whose answer is on its way.

Cut off after the second reading, the same import run again adds what is missing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from annotator.errors import BadShare
from annotator.formats.faults import Faults
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.registry import find_format
from annotator.formats.rows import AnnotationRow, SentenceRow
from annotator.import_checks import Known, Rules, Survey, check_file
from annotator.import_source import Progress, Source, open_source
from annotator.imported_answers import missing_answers, resolve_answers
from annotator.people import refuse_inactive
from db import annotations, audit, people, project, sentences, slots
from db.records import SPLITS, Label, NewAnnotation, NewSentence, Person, Split
from db.store import Store

MOST_HELD_OUT = 0.45

AnswerPolicy = Literal["held-out", "keep"]


@dataclass(frozen=True)
class ImportReport:
    """What an import did."""

    added: int
    skipped: int
    """Sentences that the project had already."""
    answers_kept: int
    """Answers that were added."""
    answers_without_marks: int
    """Added answers without marks whose label takes them: nobody was asked, or the file has left them out."""
    answers_left_out: int
    """Answers to pool sentences, which only `answers="keep"` adds."""
    by_split: Mapping[Split, int]
    """Added sentences by split."""
    set_aside: Mapping[Split, int]
    """How many of them went to dev and test because no line of the file has a split."""
    duplicate_texts: int
    """Sentences of the file whose text an earlier one has too; they are added all the same."""
    turned_texts: int
    """Sentences of the file with invisible characters that turn the direction of writing; added to the letter."""
    tokenizer: str


def import_file(
    store: Store,
    path: Path,
    *,
    actor: Person | None,
    format: str | None = None,
    fields: Fields = DEFAULT_FIELDS,
    answers: AnswerPolicy = "held-out",
    hold_out: float = 0.1,
    progress: Progress | None = None,
) -> ImportReport:
    """Import `path` in the named format, or in the one its suffix stands for, and report what was added.

    `fields` says which of the file's fields holds what. `hold_out` is the share set aside for dev, and
    as much again for test, when no line has a split. `progress` is called with bytes read and bytes
    to read. Raises BadInput with the first faults of the file, and then nothing was changed.
    """
    if not 0 <= hold_out <= MOST_HELD_OUT:
        raise BadShare(f"hold_out is {hold_out}; expected 0 to {MOST_HELD_OUT}: it is taken twice, for dev and test.")
    refuse_inactive(store, actor)
    path, rules = Path(path), Rules(answers == "keep", hold_out)
    with store.importing(), open_source(path, find_format(path, format), fields, progress) as source:
        labels = project.labels(store)
        survey = check_file(store, source, labels, rules)
        task = _Import(store, source, labels, rules, survey)
        if survey.new or survey.new_answers:
            task.carry_out(actor)
        slots.create_missing(store)
        source.finish()
    return task.report()


@dataclass
class _Import:
    """The second and the third reading of a file without faults, and what they have added so far."""

    store: Store
    source: Source
    labels: list[Label]
    rules: Rules
    survey: Survey
    by_split: Counter[Split] = field(default_factory=Counter)
    set_aside: Counter[Split] = field(default_factory=Counter)
    answers_kept: int = 0
    answers_without_marks: int = 0
    answers_left_out: int = 0

    def carry_out(self, actor: Person | None) -> None:
        """Add the sentences, show them, add the answers."""
        actor_id = actor.id if actor else None
        import_id = sentences.begin_import(
            self.store,
            source=self.source.path.name,
            source_hash=self.source.sha256(),
            tokenizer=self.survey.tokenizer,
            person_id=actor_id,
        )
        if self.survey.new:
            self._add_sentences(import_id)
        self.source.check_unchanged()
        with self.store.writing():
            sentences.finish_import(self.store, import_id)
            detail = {"import": import_id, "source": self.source.path.name, "sentences": self.by_split.total()}
            audit.record(self.store, actor, "import", detail)
        if self.survey.has_answers:
            self._add_answers(import_id)

    def report(self) -> ImportReport:
        """Say what was added."""
        return ImportReport(
            added=self.by_split.total(),
            skipped=self.survey.rows - self.by_split.total(),
            answers_kept=self.answers_kept,
            answers_without_marks=self.answers_without_marks,
            answers_left_out=self.answers_left_out + self.survey.left_out,
            by_split={split: self.by_split[split] for split in SPLITS},
            set_aside={split: self.set_aside[split] for split in SPLITS if split != "pool"},
            duplicate_texts=self.survey.duplicate_texts,
            turned_texts=self.survey.turned_texts,
            tokenizer=self.survey.tokenizer,
        )

    def _add_sentences(self, import_id: int) -> None:
        faults = Faults(str(self.source.path))
        for chunk in self.source.chunks(2, faults):
            known = sentences.find(self.store, [external_id for external_id, _ in chunk])
            if new := [self._new_sentence(*pair) for pair in chunk if pair[0] not in known]:
                sentences.add(self.store, import_id, new)
        faults.raise_if_any()

    def _new_sentence(self, external_id: str, row: SentenceRow) -> NewSentence:
        split = row.split or "pool"
        if not self.survey.has_splits:
            split = self.rules.set_aside(external_id)
            self.set_aside[split] += 1
        self.by_split[split] += 1
        self.answers_left_out += row.label is not None and not self.rules.keeps(row, split)
        return NewSentence(
            external_id=external_id,
            text=row.text,
            tokens=row.tokens,
            starts=row.starts,
            split=split,
            query=row.query,
            query_tokens=row.query_tokens,
            metadata=row.metadata,
        )

    def _add_answers(self, import_id: int) -> None:
        faults = Faults(str(self.source.path))
        for chunk in self.source.chunks(3, faults):
            with self.store.writing():
                known = Known.read(self.store, [external_id for external_id, _ in chunk])
                for external_id, row in chunk:
                    if self.rules.keeps(row, known.sentences[external_id].split):
                        self._add_missing(external_id, row, known, import_id)
        faults.raise_if_any()

    def _add_missing(self, external_id: str, row: SentenceRow, known: Known, import_id: int) -> None:
        answers = resolve_answers(row, self.labels, self.source.fields)
        for answer in missing_answers(external_id, answers, known.answers_to(external_id)):
            new = self._new_annotation(answer, known.sentences[external_id].id, import_id)
            annotations.add(self.store, new, surplus=answer.surplus, created_ms=answer.at_ms)
            self.answers_kept += 1
            asks = new.label is not None and self.labels[new.label].takes_rationale
            self.answers_without_marks += asks and new.marks is None

    def _new_annotation(self, answer: AnnotationRow, sentence_id: int, import_id: int) -> NewAnnotation:
        return NewAnnotation(
            sentence_id=sentence_id,
            person_id=self._person(answer.person).id,
            kind=answer.kind,
            submission_key=answer.key,
            label=answer.label if isinstance(answer.label, int) else None,
            marks=answer.marks,
            seconds=answer.seconds,
            saliency_round=answer.round_shown,
            marks_at_reveal=answer.marks_at_reveal,
            import_id=import_id,
        )

    def _person(self, name: str) -> Person:
        """Return the person of that name; a new one may sign in, unless it is `gold`."""
        return people.find(self.store, name) or people.add(self.store, name, active=name.lower() != people.GOLD)
