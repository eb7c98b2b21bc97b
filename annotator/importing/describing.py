"""The report of an import that was carried out, or tried out."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from annotator.formats.faults import show_name
from annotator.formats.notes import Notes
from annotator.formats.tools.foreign import ADVICE
from annotator.importing.carrying_out import Import
from annotator.importing.remarks import PreviewRow
from annotator.importing.report import ImportReport
from annotator.importing.survey import Survey
from db.records import SPLITS
from learner.data.split_names import split_of


def describe(task: Import, *, preview: Sequence[PreviewRow] | None = None) -> ImportReport:
    """Return what was added; with a `preview`, what an import would add."""
    return ImportReport(
        dry_run=preview is not None,
        preview=preview or (),
        went_on=task.resumes,
        faulty=task.faulty.rows,
        fault_kinds=task.faulty.kinds(),
        faulty_file=None if task.aside is None else show_name(str(task.aside)),
        **_of_sentences(task),
        **_of_texts(task.survey),
        **_of_answers(task),
        unread=_unread(task.source.path),
        **describe_reading(task.source.format, task.survey.notes, _with_advice(task.survey.remarks.notes)),
    )


def _of_sentences(task: Import) -> dict[str, Any]:
    survey, remarks, added = task.survey, task.survey.remarks, task.by_split.total()
    return {
        "added": added,
        "skipped": survey.rows - added - survey.skipped_texts,
        "by_split": {split: task.by_split[split] for split in SPLITS},
        "set_aside": {split: survey.placement.set_aside[split] for split in SPLITS if split != "pool"},
        "moved": {f"{given} to {got}": number for (given, got), number in survey.placement.moved.items()},
        "unused_share": bool(task.settings.hold_out) and survey.has_splits and survey.new > 0,
        "kept_test_set": survey.keeps_test_set and survey.new > 0 and not survey.has_splits,
        "without_split": remarks.without_split if survey.has_splits else 0,
        "named_split": None if survey.has_splits or not survey.new else _named_split(task.name),
        "split_folders": () if survey.has_splits or not survey.new else _split_folders(task.source.path),
        "changed": {name: change for name, change in remarks.changed.items() if name not in task.settings.update},
        "updated": task.updated,
        "texts": task.texts,
        "kept": remarks.kept,
        "unnamed": remarks.unnamed,
        "odd_ids": remarks.odd_ids if remarks.odd_ids.count else None,
        "joined": remarks.joined,
        "single_tokens": remarks.single_tokens,
    }


def _of_texts(survey: Survey) -> dict[str, Any]:
    return {
        "duplicate_texts": survey.duplicate_texts,
        "known_texts": survey.known_texts,
        "skipped_texts": survey.skipped_texts,
        "turned_texts": survey.turned_texts,
        "removed": survey.removed,
        "outdated": survey.outdated,
        "tokenizer": survey.tokenizer,
    }


def _of_answers(task: Import) -> dict[str, Any]:
    answers, remarks = task.answers, task.survey.remarks
    return {
        "answers_kept": answers.kept,
        "answers_without_marks": answers.without_marks,
        "answers_surplus": answers.surplus,
        "answers_left_out": task.left_out + task.survey.left_out,
        "newer_in_file": answers.newer_in_file,
        "newer_in_project": answers.newer_in_project,
        "corrections_admitted": answers.corrections_admitted,
        "asked_again": answers.asked,
        "tags": answers.tags,
        "more_answers": task.survey.repeats,
        "not_answers": dict(remarks.verdicts),
        "new_people": remarks.new_people,
        "labels": remarks.labels,
        "unused_labels": remarks.unused_labels,
        "unused_span_names": remarks.unused_span_names,
        "respelled_labels": remarks.respelled_labels,
        "unlabelled_spans": dict(remarks.unlabelled_spans),
        "sentences_with_unlabelled_spans": remarks.sentences_with_unlabelled_spans,
    }


def describe_reading(format: str, notes: Notes, of_rows: Mapping[str, int]) -> dict[str, Any]:
    """Return what was guessed and repaired in reading a file, for it as a whole and for its rows."""
    return {
        "format": format,
        "notes": dict(of_rows),
        "read_as": notes.read_as,
        "read_remarks": notes.remarks,
        "repairs": notes.repairs(),
    }


def _with_advice(notes: Mapping[str, int]) -> dict[str, int]:
    """Return notes of rows with what an option of an import does about them."""
    return {f"{note}{ADVICE.get(note, '')}": count for note, count in notes.items()}


def _named_split(name: str) -> str | None:
    """Return the split in a file's name, such as `reviews-test.csv`."""
    words = re.split("[^a-z]+", name.lower())
    return next((word for word in words if split_of(word) is not None and word != "pool"), None)


def _split_folders(path: Path) -> list[str]:
    """Return the folders in an imported folder that are named after splits, such as `train` and `dev`."""
    if not path.is_dir():
        return []
    return sorted(inner.name for inner in path.iterdir() if inner.is_dir() and split_of(inner.name) is not None)


def _unread(path: Path) -> str | None:
    """Return the name of the file in which brat keeps the annotations of a text."""
    annotations = path.with_suffix(".ann")
    return show_name(annotations.name) if annotations.is_file() else None
