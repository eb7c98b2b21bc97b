"""Prodigy's JSON lines: a line per answer, with tokens, spans and label, accepted."""

import json
from collections.abc import Iterable
from typing import Any

from annotator.exporting.example import ExampleRow, GivenAnswer
from annotator.exporting.target import Output
from annotator.exporting.tools.losses import EVERYWHERE, PREDICTION, SECONDS, count_lost, metadata_of
from annotator.exporting.tools.marked import answers_of, characters, runs
from annotator.exporting.tools.pieces import Piece, pieces
from annotator.exporting.writing import About, NotCarried

_LOST = (*EVERYWHERE, SECONDS, PREDICTION)


def write(rows: Iterable[ExampleRow], file: Output, *, about: About, lost: NotCarried) -> None:
    """Write a line per answer, those to one sentence after each other."""
    for row in rows:
        count_lost(row, lost, _LOST)
        cut, metadata = pieces(row), metadata_of(row, lost, ())
        for answer in answers_of(row):
            file.write(json.dumps(_task(row, answer, cut, metadata), ensure_ascii=False).encode() + b"\n")


def _task(row: ExampleRow, answer: GivenAnswer, cut: list[Piece], metadata: dict[str, Any]) -> dict[str, Any]:
    task: dict[str, Any] = {"id": row.id, "text": row.text, "tokens": [_token(*each) for each in enumerate(cut)]}
    if answer.marks is not None:
        task["spans"] = _spans(row, answer, cut)
    task |= {"label": answer.label, "answer": "accept", "_annotator_id": answer.person, "split": row.split}
    if row.query is not None:
        task["query"] = row.query
    if metadata:
        task["meta"] = metadata
    return task


def _token(number: int, piece: Piece) -> dict[str, Any]:
    token = {"text": piece.text, "start": piece.start, "end": piece.start + len(piece.text), "id": number}
    token["ws"] = piece.has_space
    if piece.token is None:
        token |= {"disabled": True, "gap": True}
    return token


def _spans(row: ExampleRow, answer: GivenAnswer, cut: list[Piece]) -> list[dict[str, Any]]:
    """Return the spans; `token_end` is a span's last token, as Prodigy counts."""
    number = {piece.token: number for number, piece in enumerate(cut)}
    spans = []
    for run in runs(answer.marks):
        start, end = characters(row, run)
        tokens = {"token_start": number[run.first], "token_end": number[run.end - 1]}
        spans.append({"start": start, "end": end, **tokens, "label": answer.label})
    return spans
