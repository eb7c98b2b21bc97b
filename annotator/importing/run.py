"""Bring a file's sentences and answers into a project: all of it, or nothing.

The file is read once, and neither it nor its ids are held in memory:

1. every line is checked, by itself, against the rest of the file and against the project, and
   what is to be added goes into a spool;
2. new sentences are added in short transactions, invisible at first, then all become visible at once;
3. answers follow, then the slots, so that no one is handed a sentence whose answer is still to come,
   and last the words for the search.

If it is cut off at any point, running the same import again resumes where it stopped: docs/decisions/0005.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from annotator.errors import OutOfMemory
from annotator.formats.fields import Fields
from annotator.formats.files.layout import Layout
from annotator.formats.mending import split_of
from annotator.formats.registry import find_format
from annotator.importing.adding import AddedAnswers, AnsweredRow, add_answers, count_answers
from annotator.importing.answers import read_answers
from annotator.importing.before_reading import check_content, check_share
from annotator.importing.checks import check_file
from annotator.importing.folder_source import open_folder
from annotator.importing.left_out import LeftOut, written_to
from annotator.importing.report import ImportReport
from annotator.importing.settings import DEFAULT_SETTINGS, ImportSettings
from annotator.importing.source import MOST_ROWS, Progress, Source, open_source
from annotator.importing.survey import Survey
from annotator.names import is_gold
from annotator.project.permissions import Actor, check_may_act
from db import audit, imports, project, search, sentences, slots
from db.records import SPLITS, Label, Split, id_of
from db.spool import Spool, open_spool
from db.store import Store


def import_file(
    store: Store,
    path: Path,
    settings: ImportSettings = DEFAULT_SETTINGS,
    *,
    actor: Actor,
    progress: Progress | None = None,
    name: str | None = None,
    opened: Callable[[int], None] | None = None,
    aside: Path | None = None,
) -> ImportReport:
    """Import `path` and report what was added, or what would be by a dry run.

    `progress` is called with bytes read and bytes to read, `opened` with the import's id before it adds
    anything. `name` is what its owner calls the file, if that is not the path's name. Rows that the settings
    leave out because of a fault are written to `aside`, if it is given. Raises BadInput with the first faults of
    the file; then nothing was changed.
    """
    check_share(settings.asked_share)
    check_may_act(store, actor, least="researcher")
    path = Path(path)
    read_as = find_format(path, settings.format)
    with (
        _memory_errors_explained(),
        nullcontext() if settings.dry_run else store.importing(),
        _opened(path, read_as, settings.fields, progress, settings.layout) as opened_source,
        open_spool(store) as spool,
    ):
        source = opened_source.told_by_content() if settings.format is None else opened_source
        check_content(source, name or path.name, settings)
        ours = project.labels(store)
        with written_to(None if settings.dry_run else aside, path) as left_out:
            takes = left_out.take if settings.leave_out_faulty else None
            survey = check_file(store, source, spool, ours, settings, takes)
        task = _Import(store, source, spool, ours, settings, survey, name or path.name, faulty=left_out, aside=aside)
        if settings.dry_run:
            return task.dry_run_report()
        if survey.new or survey.new_answers or survey.asked or survey.tagged:
            task.carry_out(actor, opened)
        _finish(store, source, survey.new)
    return task.report()


def _opened(
    path: Path, format: str, fields: Fields, progress: Progress | None, layout: Layout
) -> AbstractContextManager[Source]:
    open_path = open_folder if path.is_dir() else open_source
    return open_path(path, format, fields, progress, layout)


@contextmanager
def _memory_errors_explained() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise OutOfMemory(
            "There was not enough memory, so the import is not complete; cut the file, or its longest lines, "
            "into smaller parts, and import them."
        ) from error


def _finish(store: Store, source: Source, new: int) -> None:
    """Create what every visible sentence must have, also for those of an import that was cut off."""
    slots.create_missing(store, progress=lambda done: source.report("make slots", done, new))
    search.index_missing(store, progress=lambda done: source.report("index words", done, new))
    imports.complete(store)
    source.finish()


@dataclass
class _Import:
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
    left_out: int = 0
    resumes: bool = False
    """Whether it continues an import of the same file that was cut off."""

    def carry_out(self, actor: Actor, opened: Callable[[int], None] | None) -> None:
        """Add the sentences, show them, add the answers."""
        import_id = self._open(id_of(actor))
        if opened is not None:
            opened(import_id)
        self._add_sentences(import_id)
        with self.store.writing():
            sentences.finish_import(self.store, import_id)
            detail = {"import": import_id, "source": self.source.path.name, "sentences": self.by_split.total()}
            audit.record(self.store, actor, "import", detail)
        if self.survey.answered:
            self.answers = add_answers(self.store, self._answered_rows(), self.labels, import_id)

    def dry_run_report(self) -> ImportReport:
        """Return what `carry_out` would add, and the first sentences."""
        shown = {row.id: row.split for row in self.survey.remarks.first}
        for chunk in self.spool.new_sentences(size=MOST_ROWS):
            self.by_split.update(sentence.split for sentence in chunk)
            shown |= {sentence.external_id: sentence.split for sentence in chunk if sentence.external_id in shown}
        self.answers = count_answers(self.store, self._answered_rows(), self.labels)
        preview = [replace(row, split=shown[row.id]) for row in self.survey.remarks.first]
        return replace(self.report(), dry_run=True, preview=preview)

    def report(self) -> ImportReport:
        """Return what was added."""
        remarks = self.survey.remarks
        return ImportReport(
            added=self.by_split.total(),
            skipped=self.survey.rows - self.by_split.total() - self.survey.skipped_texts,
            answers_kept=self.answers.kept,
            answers_without_marks=self.answers.without_marks,
            asked_again=self.answers.asked,
            tags=self.answers.tags,
            answers_surplus=self.answers.surplus,
            corrections_admitted=self.answers.corrections_admitted,
            answers_left_out=self.left_out + self.survey.left_out,
            by_split={split: self.by_split[split] for split in SPLITS},
            set_aside={split: self.survey.placement.set_aside[split] for split in SPLITS if split != "pool"},
            moved={f"{given} to {got}": number for (given, got), number in self.survey.placement.moved.items()},
            duplicate_texts=self.survey.duplicate_texts,
            known_texts=self.survey.known_texts,
            skipped_texts=self.survey.skipped_texts,
            turned_texts=self.survey.turned_texts,
            kept_test_set=self.survey.keeps_test_set and self.survey.new > 0 and not self.survey.has_splits,
            tokenizer=self.survey.tokenizer,
            went_on=self.resumes,
            labels=remarks.labels,
            unused_labels=remarks.unused_labels,
            respelled_labels=remarks.respelled_labels,
            kept=remarks.kept,
            not_answers=dict(remarks.verdicts),
            changed=remarks.changed,
            unnamed=remarks.unnamed,
            without_split=remarks.without_split if self.survey.has_splits else 0,
            odd_ids=remarks.odd_ids if remarks.odd_ids.count else None,
            named_split=None if self.survey.has_splits or not self.survey.new else _named_split(self.name),
            joined=remarks.joined,
            format=self.source.format,
            notes=dict(remarks.notes),
            unlabelled_spans=dict(remarks.unlabelled_spans),
            sentences_with_unlabelled_spans=remarks.sentences_with_unlabelled_spans,
            single_tokens=remarks.single_tokens,
            new_people=remarks.new_people,
            unread=_unread(self.source.path),
            read_as=self.survey.notes.read_as,
            read_remarks=self.survey.notes.remarks,
            repairs=self.survey.notes.repairs(),
            more_answers=self.survey.repeats,
            faulty=self.faulty.rows,
            fault_kinds=self.faulty.kinds(),
            faulty_file=None if self.aside is None else str(self.aside),
        )

    def _open(self, actor_id: int | None) -> int:
        """Return the import to add to: a new one, or the unfinished one of the same file."""
        kept = self._kept_settings()
        source_hash, tokenizer = self.source.sha256(), self.survey.tokenizer
        unfinished = imports.find_unfinished(self.store, source_hash=source_hash, tokenizer=tokenizer, settings=kept)
        if unfinished is not None:
            self.resumes = True
            return unfinished
        return sentences.begin_import(
            self.store,
            source=self.source.path.name,
            source_hash=source_hash,
            tokenizer=tokenizer,
            person_id=actor_id,
            settings=kept,
        )

    def _kept_settings(self) -> dict[str, Any]:
        """Return everything that decides which rows a file becomes, and that the import is not complete yet."""
        return {
            "format": self.source.format,
            "fields": self.source.fields.record(),
            "keep_answers": self.settings.answers == "keep",
            "hold_out": self.settings.asked_share,
            "duplicates": self.settings.duplicates,
            "complete": False,
            **self.settings.labels.chosen(),
            **self.settings.layout.chosen(),
            **({"people": list(self.settings.people)} if self.settings.people else {}),
            **({"leave_out_faulty": True} if self.settings.leave_out_faulty else {}),
            **({} if self.settings.split is None else {"split": self.settings.split}),
        }

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
            self.source.report("add answers", place, self.survey.answered)
            answers, asked, tags = read_answers(written)
            # For a sentence that the project had, only wanted answers get this far.
            own = bool(answers) and not answers[0].key and is_gold(answers[0].person)
            if is_new and not self.settings.keeps(own, split):
                self.left_out += 1
                answers = []
            if answers or asked or tags:
                yield AnsweredRow(external_id, answers, asked, tags, len(written))


def _named_split(name: str) -> str | None:
    """Return the split in a file's name, such as `reviews-test.csv`."""
    words = re.split("[^a-z]+", name.lower())
    return next((word for word in words if split_of(word) is not None and word != "pool"), None)


def _unread(path: Path) -> str | None:
    """Return the name of the file in which brat keeps the annotations of a text."""
    annotations = path.with_suffix(".ann")
    return annotations.name if annotations.is_file() else None
