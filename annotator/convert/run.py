"""Convert corpora of the paper, which a user must own, to the JSON lines that projects and the learner read."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from annotator.convert import cloze, events
from annotator.errors import CannotConvert
from annotator.exporting.target import check_target, written_aside
from annotator.progress import Progress
from learner.data.suffixes import contradiction

Format = Literal["ace", "ere", "cbt"]
Row = dict[str, Any]


@dataclass(frozen=True)
class Conversion:
    """Counts of what was written, and of what was left out, by reason."""

    documents: int
    sentences: int
    positive: int
    marked_words: int
    left_out: dict[str, int]


def convert(
    format: Format,
    source: Path,
    target: Path,
    *,
    all_sentences: bool = False,
    split: str | None = None,
    progress: Progress | None = None,
) -> Conversion:
    """Write the sentences of a corpus to `target`, all of them or none; gzip if its name ends in .gz.

    `all_sentences` keeps the context sentences of a cloze question that have no candidate.
    `split` is written on every line, in place of the one that a file's name stands for. `progress` is
    called with how much of how much has been read, in documents or bytes.
    """
    if all_sentences and format != "cbt":
        raise CannotConvert("--all-sentences is for cbt: the other formats keep every sentence.")
    if target.resolve() == source.resolve():
        raise CannotConvert(f"{target} is the file to convert; give another name.")
    if problem := contradiction(target, "JSON lines"):
        raise CannotConvert(problem)
    tally, left_out = Counter[str](), Counter[str]()
    report = progress or (lambda done, total: None)
    try:
        check_target(target.resolve())
        with written_aside(target.resolve()) as file:
            rows = _rows(format, source, left_out, tally, report, all_sentences=all_sentences)
            for row in _counted(rows, tally):
                line = row if split is None else {**row, "split": split}
                file.write((json.dumps(line, ensure_ascii=False) + "\n").encode())
            if not tally["sentences"]:
                raise CannotConvert(f"{source} has no sentences.")
    except OSError as error:
        raise CannotConvert(f"{error.filename or target}: {error.strerror}.") from error
    return Conversion(
        tally["documents"], tally["sentences"], tally["positive"], tally["marked"], dict(sorted((+left_out).items()))
    )


def _rows(
    format: Format, source: Path, left_out: Counter[str], tally: Counter[str], report: Progress, *, all_sentences: bool
) -> Iterator[Row]:
    if format == "cbt":
        yield from _questions(source, left_out, tally, report, all_sentences=all_sentences)
        return
    corpus = events.ACE if format == "ace" else events.ERE
    documents = events.documents(source, corpus, left_out)
    for number, document in enumerate(documents, start=1):
        yield from events.rows(document, corpus, left_out)
        tally["documents"] += 1
        report(number, len(documents))


def _questions(
    source: Path, left_out: Counter[str], tally: Counter[str], report: Progress, *, all_sentences: bool
) -> Iterator[Row]:
    files = cloze.files(source)
    total, before = sum(file.stat().st_size for file in files), 0
    for file in files:
        progress = partial(_report_bytes, report, before, total)
        yield from cloze.rows(file, left_out, all_sentences=all_sentences, progress=progress)
        tally["documents"] += 1
        before += file.stat().st_size


def _report_bytes(report: Progress, before: int, total: int, read: int) -> None:
    report(before + read, total)


def _counted(rows: Iterable[Row], tally: Counter[str]) -> Iterator[Row]:
    for row in rows:
        tally["sentences"] += 1
        tally["positive"] += row["label"]
        tally["marked"] += row["marks"].count("+")
        yield row
