"""Write a project's sentences with all answers to them, so that an import can read them back."""

import io
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from annotator.errors import CannotExport
from annotator.exporting.chosen import number_of, pages_of
from annotator.exporting.target import (
    STANDARD_OUTPUT,
    Output,
    as_gzip,
    check_target,
    explained,
    without_name,
    written_aside,
)
from annotator.formats import native
from annotator.formats.rows import AnnotationRow, AskedAgainRow, SentenceRow
from annotator.progress import Progress
from annotator.project.permissions import Actor, check_may_act
from db.answers import annotations
from db.finding import tags
from db.finding.filters import EVERYTHING, SentenceFilter
from db.queue import asked_again
from db.queue.asked_again import Asked
from db.records import Annotation, Sentence
from db.store import Store
from db.team import audit, people, project
from learner.data.suffixes import contradiction


def export_project(
    store: Store,
    target: Path | str | Output,
    *,
    chosen: SentenceFilter = EVERYTHING,
    progress: Progress | None = None,
    actor: Actor,
) -> int:
    """Write one line per sentence to `target` and return how many; a file whose name ends in .gz is packed.

    Each of the `chosen` sentences is written whole, with all people's answers: a filter leaves out sentences,
    never answers, so that an import of the file counts them as this project does. A file is written
    under another name and renamed when it is complete, so that a reader never sees half of it; `-` is
    standard output. `progress` is called with sentences written and sentences to write.
    """
    check_may_act(store, actor, least="researcher")
    if target == STANDARD_OUTPUT:
        target = sys.stdout.buffer
    if not isinstance(target, Path | str):
        return _write_all(store, target, chosen, progress)
    path = Path(target).resolve()
    with explained(path):
        check_target(path)
        if refusal := contradiction(Path(target), "JSON lines"):
            raise CannotExport(refusal)
        with written_aside(path) as file:
            return _write_all(store, file, chosen, progress)


def export_for_download(store: Store, chosen: SentenceFilter, *, packed: bool, actor: Actor) -> io.FileIO:
    """Write the chosen sentences to a file without a name, which is gone once it is closed, and return it rewound."""

    def write(file: io.FileIO) -> None:
        with as_gzip(file) if packed else nullcontext(file) as output:
            written = export_project(store, output, chosen=chosen, actor=actor)
        record_export(store, actor, written=written, target="the browser")

    return without_name(write)


def record_export(store: Store, actor: Actor, *, written: int, target: str) -> None:
    """Record in the audit who took the data out; after the export, so that a full disk does not prevent the export."""
    audit.record(store, actor, "export", {"sentences": written, "to": target})


def _write_all(store: Store, file: Output, chosen: SentenceFilter, progress: Progress | None) -> int:
    names = [label.name for label in project.labels(store)]
    written, total = 0, number_of(store, chosen) if progress is not None else 0
    for page in pages_of(store, chosen):
        ids = [sentence.id for sentence in page]
        answers, asked = annotations.of_sentences(store, ids), asked_again.of_sentences(store, ids)
        tagged = tags.of_sentences(store, ids)
        persons = {person.id: person.name for person in people.all_of(store)}
        for sentence in page:
            given = answers[sentence.id]
            log = _asked_again(asked.get(sentence.id, ()), given, persons)
            row = replace(_row(sentence, given, log, names, persons), tags=tuple(tagged.get(sentence.id, ())))
            file.write(native.write(row))
        written += len(page)
        if progress is not None:
            progress(written, total)
    return written


def _row(
    sentence: Sentence,
    answers: Sequence[Annotation],
    asked: tuple[AskedAgainRow, ...],
    labels: Sequence[str],
    persons: dict[int, str],
) -> SentenceRow:
    keys = {answer.id: answer.submission_key for answer in answers}
    return SentenceRow(
        line=0,
        external_id=sentence.external_id,
        text=sentence.text,
        tokens=sentence.tokens,
        starts=sentence.starts,
        split=sentence.split,
        query=sentence.query,
        query_tokens=sentence.query_tokens,
        metadata=sentence.metadata,
        annotations=tuple(_answer_row(answer, labels, persons, keys) for answer in answers),
        asked_again=asked,
    )


def _answer_row(
    answer: Annotation, labels: Sequence[str], persons: dict[int, str], keys: dict[int, str]
) -> AnnotationRow:
    return AnnotationRow(
        person=persons[answer.person_id],
        kind=answer.kind,
        key=answer.submission_key,
        label=None if answer.label is None else labels[answer.label],
        marks=answer.marks,
        at_ms=answer.created_ms,
        supersedes=None if answer.supersedes is None else keys[answer.supersedes],
        observed=answer.observed,
        surplus=answer.surplus,
        admitted=answer.admitted if answer.surplus else None,
        withdrawn=answer.withdrawn,
    )


def _asked_again(
    log: Sequence[Asked], answers: Sequence[Annotation], persons: dict[int, str]
) -> tuple[AskedAgainRow, ...]:
    """Return the lines of a sentence's log: in another project, the answer that was its last one has another number."""
    return tuple(
        AskedAgainRow(
            asked=line.asked,
            person=None if line.person_id is None else persons[line.person_id],
            at_ms=line.at_ms,
            after=next((one.submission_key for one in reversed(answers) if one.id <= line.last_annotation), None),
        )
        for line in log
    )
