"""An example's fields as JSON has them, for the formats that hold everything."""

from typing import Any

from annotator.exporting.example import ExampleRow, GivenAnswer, Prediction
from annotator.formats.examples import FIELDS


def fields_of(row: ExampleRow) -> dict[str, Any]:
    """Return all the fields of a row, in the order of `FIELDS`."""
    values = (
        *(row.id, row.text, row.tokens, row.split, row.query, row.query_tokens, row.label, row.marks, row.words),
        [span._asdict() for span in row.spans],
        *(row.votes, row.soft_label, row.soft_marks, row.decided, row.chosen, row.seconds),
        annotations_of(row),
        *(row.tags, row.metadata, prediction_of(row.prediction)),
    )
    return dict(zip(FIELDS, values, strict=True))


def annotations_of(row: ExampleRow) -> list[dict[str, Any]]:
    """Return everybody's answers that count, as an import reads them, and last the decision if there is one."""
    own = row.overruled if row.decided else row.answers
    decisions = row.answers if row.decided else ()
    return [*(_answer(given, "answer") for given in own), *(_answer(given, "adjudicated") for given in decisions)]


def prediction_of(prediction: Prediction | None) -> dict[str, Any] | None:
    """Return what the model says, as JSON has it."""
    if prediction is None:
        return None
    return {
        "round": prediction.round,
        "probabilities": dict(prediction.probabilities),
        "explained": prediction.explained,
        "saliency": prediction.saliency,
    }


def _answer(given: GivenAnswer, kind: str) -> dict[str, Any]:
    return {
        "person": given.person,
        "kind": kind,
        "label": given.label,
        "marks": given.marks,
        "seconds": given.seconds,
    }
