"""ERASER: a folder with the documents, the annotations of each split with their evidences, and predictions."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from annotator.exporting.example import ExampleRow, Prediction
from annotator.exporting.tools.losses import SPACES, WHITE_SPACE, WITHOUT_PEOPLE, count_lost, count_unasked, metadata_of
from annotator.exporting.tools.marked import Run, runs
from annotator.exporting.tools.names import one_word
from annotator.exporting.tools.predicted import likeliest, strong_runs
from annotator.exporting.tools.put_aside import PutAside
from annotator.exporting.writing import About, NotCarried
from annotator.formats.tools.eraser import DOCUMENTS, SPLITS, USED

PREDICTIONS = "predictions"

_LOST = (*WITHOUT_PEOPLE, SPACES)
_FILES = {split: name for name, split in SPLITS.items()}


def write(rows: Iterable[ExampleRow], folder: Path, *, about: About, lost: NotCarried) -> None:
    """Write a document of one line per row, and its annotation into the file of its split."""
    with PutAside(folder) as aside:
        for row in rows:
            count_lost(row, lost, _LOST)
            count_unasked(row, lost, about)
            _put_aside(row, aside, lost)
        for name in _FILES.values():  # the benchmark's own reader wants all three
            _write_lines(folder / name, aside.lines(name))
        # In the order in which the annotations are read, whatever the order of the rows was.
        _write_lines(folder / DOCUMENTS, (line for split in _FILES for line in aside.lines(split)))
        for name in [f"{PREDICTIONS}/{name}" for name in _FILES.values()]:
            if name in aside:
                (folder / PREDICTIONS).mkdir(exist_ok=True)
                _write_lines(folder / name, aside.lines(name))


def _put_aside(row: ExampleRow, aside: PutAside, lost: NotCarried) -> None:
    words = [one_word(token) for token in row.tokens]
    if words != list(row.tokens):
        lost[WHITE_SPACE] += 1
    aside.add(_FILES[row.split], _json(_annotation(row, words, lost)))
    aside.add(row.split, _json({"docid": row.id, "document": " ".join(words)}))
    if row.prediction is not None:
        aside.add(f"{PREDICTIONS}/{_FILES[row.split]}", _json(_predicted(row, row.prediction)))


def _write_lines(path: Path, lines: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(lines)


def _annotation(row: ExampleRow, words: list[str], lost: NotCarried) -> dict[str, Any]:
    evidences = [_evidence(row.id, run, words) for run in runs(row.marks)]
    fields = {
        "annotation_id": row.id,
        "classification": row.label,
        "docids": [row.id],
        "evidences": [evidences] if evidences else [],
        "query": row.query or "",
        "query_type": None,
    }
    return fields | metadata_of(row, lost, (*USED, "query_type"))


def _evidence(docid: str, run: Run, words: list[str]) -> dict[str, Any]:
    place = {"start_token": run.first, "end_token": run.end, "start_sentence": 0, "end_sentence": 1}
    return {"docid": docid, "text": " ".join(words[run.first : run.end]), **place}


def _predicted(row: ExampleRow, prediction: Prediction) -> dict[str, Any]:
    """Return what the benchmark's own measures read: words chosen (hard), and a score for each word (soft)."""
    fields: dict[str, Any] = {"annotation_id": row.id, "classification": likeliest(prediction)}
    fields["classification_scores"] = dict(prediction.probabilities)
    if prediction.saliency is not None:
        hard = [{"start_token": run.first, "end_token": run.end} for run in strong_runs(prediction.saliency)]
        soft = list(prediction.saliency)
        fields["rationales"] = [
            {"docid": row.id, "hard_rationale_predictions": hard, "soft_rationale_predictions": soft}
        ]
    return fields


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)
