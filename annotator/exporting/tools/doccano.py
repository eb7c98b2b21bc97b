"""doccano's JSON lines for a project of the kind "Intent detection and slot filling": a label and spans in one text."""

import json
from collections.abc import Iterable
from typing import Any

from annotator.exporting.example import ExampleRow
from annotator.exporting.target import Output
from annotator.exporting.tools.losses import PREDICTION, WITHOUT_PEOPLE, count_lost, metadata_of, own_tokens
from annotator.exporting.tools.marked import characters, runs
from annotator.exporting.writing import About, NotCarried
from annotator.formats.tools.doccano import OURS

_LOST = (*WITHOUT_PEOPLE, PREDICTION)


def write(rows: Iterable[ExampleRow], file: Output, *, about: About, lost: NotCarried) -> None:
    """Write a line per row: the label is the text's category, and names the spans as well.

    Other letters than ASCII's are escaped, because doccano guesses the encoding of such a file, and often wrongly.
    """
    for row in rows:
        count_lost(row, lost, _LOST)
        file.write(json.dumps(_fields(row, lost)).encode() + b"\n")


def _fields(row: ExampleRow, lost: NotCarried) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": row.id, "text": row.text, "cats": [row.label]}
    if row.marks is not None:
        fields["entities"] = [[*characters(row, run), row.label] for run in runs(row.marks)]
    fields["split"] = row.split
    if row.query is not None:
        fields["query"] = row.query
    if (tokens := own_tokens(row)) is not None:
        fields["tokens"] = tokens
    return fields | metadata_of(row, lost, OURS)
