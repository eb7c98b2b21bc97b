"""A file without faults on its way from the spool into the project.

New sentences are added in short transactions, invisible at first, then all become visible at once; answers follow.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from annotator.importing.adding import AddedAnswers, AnsweredRow, add_answers, count_answers
from annotator.importing.answers import read_answers
from annotator.importing.left_out import LeftOut
from annotator.importing.new_texts import NewTexts, TextReplacement, count_texts
from annotator.importing.remarks import PreviewRow
from annotator.importing.settings import ImportSettings
from annotator.importing.source import MOST_ROWS, Source
from annotator.importing.survey import Survey
from annotator.importing.updating import Updates, count_updates, update_sentences
from annotator.names import is_gold
from annotator.project.permissions import Actor
from db.corpus import imports, sentences
from db.corpus.spool import Spool
from db.records import Label, Split, id_of
from db.store import Store
from db.team import audit


@dataclass
class Import:
    """A file without faults on its way from the spool into the project, and what has been added so far."""

    store: Store
    source: Source
    spool: Spool
    labels: list[Label]
    settings: ImportSettings
    survey: Survey
    name: str
    """What its owner calls the file."""
    faulty: LeftOut
    aside: Path | None
    """Where the faulty rows are."""
    by_split: Counter[Split] = field(default_factory=Counter)
    answers: AddedAnswers = field(default_factory=AddedAnswers)
    updated: Updates = field(default_factory=Updates)
    texts: NewTexts = field(default_factory=NewTexts)
    left_out: int = 0
    resumes: bool = False
    """Whether it continues an import of the same file that was cut off."""

    def carry_out(self, actor: Actor, opened: Callable[[int], None] | None) -> None:
        """Add the sentences, show them and the corrected texts in one transaction, add the answers.

        Raises a refusal, before anything is added, if texts are to be corrected while a model learns.
        """
        texts = TextReplacement(self.store, self.spool, actor) if self.survey.corrected else None
        import_id = self._open(id_of(actor))
        if opened is not None:
            opened(import_id)
        self._add_sentences(import_id)
        with self.store.writing():
            if texts is not None:
                self.texts = texts.carry_out(import_id)
            sentences.finish_import(self.store, import_id)
            detail = {"import": import_id, "source": self.name, "sentences": self.by_split.total()}
            detail |= {"texts": self.texts.sentences} if self.texts.sentences else {}
            audit.record(self.store, actor, "import", detail)
        self.updated = update_sentences(self.store, self.spool.changed_rows(size=MOST_ROWS), import_id)
        if self.survey.answered:
            self.answers = add_answers(
                self.store, self._answered_rows(), self.labels, import_id, self.settings.same_person
            )

    def try_out(self) -> list[PreviewRow]:
        """Count what `carry_out` would add, and return the first sentences."""
        shown = {row.id: row.split for row in self.survey.remarks.first}
        for chunk in self.spool.new_sentences(size=MOST_ROWS):
            self.by_split.update(sentence.split for sentence in chunk)
            shown |= {sentence.external_id: sentence.split for sentence in chunk if sentence.external_id in shown}
        self.updated = count_updates(self.store, self.spool.changed_rows(size=MOST_ROWS))
        self.answers = count_answers(
            self.store, self.spool, self._answered_rows(), self.labels, self.settings.same_person
        )
        self.texts = count_texts(self.store, self.spool)
        return [replace(row, split=shown[row.id]) for row in self.survey.remarks.first]

    def _open(self, actor_id: int | None) -> int:
        """Return the import to add to: a new one, or the unfinished one of the same file."""
        kept = {
            "format": self.source.format,
            "fields": self.source.fields.record(),
            "complete": False,
            **self.settings.chosen(),
        }
        source_hash, tokenizer = self.source.sha256(), self.survey.tokenizer
        unfinished = imports.find_unfinished(self.store, source_hash=source_hash, tokenizer=tokenizer, settings=kept)
        if unfinished is not None:
            self.resumes = True
            return unfinished
        return sentences.begin_import(
            self.store,
            source=self.name,
            source_hash=source_hash,
            tokenizer=tokenizer,
            person_id=actor_id,
            settings=kept,
        )

    def _add_sentences(self, import_id: int) -> None:
        for chunk in self.spool.new_sentences(size=MOST_ROWS):
            self.by_split.update(sentence.split for sentence in chunk)
            ids = [sentence.external_id for sentence in chunk]
            added = imports.added_by(self.store, import_id, ids) if self.resumes else ()
            if missing := [sentence for sentence in chunk if sentence.external_id not in added]:
                sentences.add_encoded(self.store, import_id, missing)
            self.source.report("add sentences", self.by_split.total(), self.survey.new)

    def _answered_rows(self) -> Iterator[AnsweredRow]:
        """Yield the rows with answers that are wanted, and count the others."""
        for place, (external_id, split, is_new, written) in enumerate(self.spool.answered_rows()):
            if place % MOST_ROWS == 0:
                self.source.report("add answers", place, self.survey.answered)
            answers, asked, tags = read_answers(written)
            # For a sentence that the project had, only wanted answers get this far.
            own = bool(answers) and not answers[0].key and is_gold(answers[0].person)
            if is_new and not self.settings.keeps(own, split):
                self.left_out += 1
                answers = []
            if answers or asked or tags:
                yield AnsweredRow(external_id, answers, asked, tags, len(written))
