"""Labels that are only the names of spans: an answer where the project has such a label, otherwise metadata."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from annotator.formats.rows import SentenceRow
from annotator.importing.label_reading import LabelReader


def without_unknown_spans(row: SentenceRow, labels: LabelReader) -> tuple[SentenceRow, list[str]]:
    """Return the row without the answers whose label is the name of spans and no label of the project, and the names.

    Their spans become the row's metadata, so that nothing is lost.
    """
    spans: list[list[Any]] = []
    names: list[str] = []
    if row.label_of_spans and row.label is not None and not labels.knows(row.label):
        spans += _spans(row, row.marks, row.label)
        names.append(str(row.label))
        row = replace(row, label=None, marks=None)
    kept = []
    for answer in row.annotations:
        if answer.label_of_spans and answer.label is not None and not labels.knows(answer.label):
            spans += _spans(row, answer.marks, answer.label)
            names.append(str(answer.label))
        else:
            kept.append(answer)
    if not names:
        return row, names
    return replace(row, annotations=tuple(kept), metadata=row.metadata | {_free_name(row): spans}), names


def _spans(row: SentenceRow, marks: str | None, name: str | int) -> Sequence[list[Any]]:
    """Return the marked words as spans of characters with their name, neighbours together."""
    spans: list[list[Any]] = []
    last = -2
    for place, mark in enumerate(marks or ""):
        if mark != "+":
            continue
        end = row.starts[place] + len(row.tokens[place])
        if place == last + 1:
            spans[-1][1] = end
        else:
            spans.append([row.starts[place], end, name])
        last = place
    return spans


def _free_name(row: SentenceRow) -> str:
    return "spans" if "spans" not in row.metadata else "spans_of_marks"
