"""Predictions in Label Studio's tasks: kept as the metadata `predictions`, never an answer."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from annotator.formats.answers.spans import Align, Span, placed_spans, read_span
from annotator.formats.faults import Unfit
from annotator.formats.fields import Fields
from annotator.formats.files.strict_json import part_or_text
from annotator.formats.rows import SentenceRow
from annotator.formats.sentence import check_size
from annotator.formats.words import Words

FIELD = "predictions"
"""The metadata that has them: a list of objects with some of `PARTS`, a span as `[start, end, name, score]`."""
PARTS = ("model_version", "score", "label", "spans")
KEPT = "Predictions of a model, kept as metadata"
EMPTY = "Predictions of a model with neither a label nor spans, left out"
TOO_LONG = "Predictions of a model that are too long to keep, left out"
UNREAD_SPANS = "Spans of a model's predictions that cannot be read, left out"
OTHER_RESULTS = "Results of a model's predictions of other types or controls, left out"
UNREAD_VERSIONS = "Versions of models that are neither a text nor a number, left out of their predictions"
UNREAD_SCORES = "Scores of a model's predictions or spans that are no numbers, left out"
OTHER_SCORES = "Scores of a model's choices that are not that of the whole prediction, left out"
LOSSES = (EMPTY, UNREAD_SPANS, OTHER_RESULTS, UNREAD_VERSIONS, UNREAD_SCORES, OTHER_SCORES)
"""What of a prediction is not kept."""

_SPANS = ("labels", "hypertextlabels")
_MOST_NUMBER = 2**53


def read_predictions(
    given: Iterable[object], words: Words, fields: Fields, notes: Counter[str]
) -> list[dict[str, Any]]:
    """Return the predictions of a task as its sentence's metadata has them."""
    return [prediction for one in given if (prediction := read_prediction(one, words, fields, notes))]


def read_prediction(given: object, words: Words, fields: Fields, notes: Counter[str]) -> dict[str, Any]:
    """Return the parts of a prediction; none of one that only has a number, or results of other kinds."""
    results = given.get("result") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(results, list):
        notes[EMPTY] += 1
        return {}
    chosen = fields.chosen()
    choices = [one for one in results if choices_of(one) and _is_of(one, chosen.get("label"))]
    names = [name for one in choices for name in choices_of(one)]
    marked = [one for one in results if is_span(one) and _is_of(one, chosen.get("marks"))]
    prediction: dict[str, Any] = {}
    if names:
        prediction["label"] = names[0] if len(names) == 1 else names
    if spans := _spans(marked, words, notes):
        prediction["spans"] = spans
    if not prediction:
        notes[EMPTY] += 1
        return {}
    notes[OTHER_RESULTS] += len(results) - len(choices) - len(marked)
    notes[OTHER_SCORES] += sum(one.get("score") not in (None, given.get("score")) for one in choices)
    return _about(given, notes) | prediction


def with_predictions(row: SentenceRow, predictions: Sequence[dict[str, Any]]) -> SentenceRow:
    """Return the row with predictions, unless its metadata has no room for them; another field gets a prefix."""
    if not predictions:
        return row
    other = FIELD
    while other in row.metadata:
        other = f"data.{other}"
    metadata = {other if name == FIELD else name: value for name, value in row.metadata.items()}
    metadata[FIELD] = list(predictions)
    try:
        check_size(metadata)
    except Unfit:
        return replace(row, notes={**row.notes, TOO_LONG: len(predictions)})
    return replace(row, metadata=metadata, notes={**row.notes, KEPT: len(predictions)})


def are_predictions(value: object) -> TypeGuard[list[dict[str, Any]]]:
    """Return whether this is what the metadata has of predictions."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(one, dict) and one.keys() <= {*PARTS} and not one.keys().isdisjoint(PARTS[2:]) for one in value
        )
    )


def are_spans(value: object) -> bool:
    """Return whether a field of JSON_MIN has spans."""
    parts = list_of(value)
    return bool(parts) and all(is_of_region(part) for part in parts)


def is_of_region(value: object) -> bool:
    """Return whether a value is about a part of the text, as a span is, and a choice for each region."""
    return isinstance(value, dict) and "start" in value and "end" in value


def list_of(value: object) -> list[Any]:
    """Return a list, also one that the CSV-like exports write as a text with JSON in it."""
    value = part_or_text(value)
    return value if isinstance(value, list) else []


def is_span(result: object) -> bool:
    """Return whether a result is a span with its labels."""
    return isinstance(result, dict) and result.get("type") in _SPANS


def choices_of(result: object) -> list[str]:
    """Return the names that a result chooses for the text; none if it is of another kind, or one is no text."""
    if not isinstance(result, dict) or result.get("type") != "choices":
        return []
    value = result.get("value")
    choices = value.get("choices") if isinstance(value, dict) and not is_of_region(value) else None
    return choices if isinstance(choices, list) and all(isinstance(name, str) and name for name in choices) else []


def score_of(given: Mapping[str, Any]) -> float | None:
    """Return the score of a prediction, a result or a span; None if it has none that is a number."""
    return _number(given.get("score"))


def span_of(value: object, place: str) -> Span:
    """Return a span; where HTML was labelled, its offsets in the whole text."""
    if isinstance(value, dict) and isinstance(value.get("globalOffsets"), dict):
        value = {**value, **value["globalOffsets"]}
    if isinstance(value, dict):
        value = {**value, "label": value.get("labels") or value.get("hypertextlabels")}
    return read_span(value, place)


def _about(given: Mapping[str, Any], notes: Counter[str]) -> dict[str, Any]:
    """Return the model's version and the score, as far as they can be read; what cannot is counted."""
    written, about = given.get("model_version"), {}
    version = written if isinstance(written, str) else _number(written)
    notes[UNREAD_VERSIONS] += version is None and written is not None
    if version not in (None, ""):
        about["model_version"] = version
    if (score := _counted_score(given, notes)) is not None:
        about["score"] = score
    return about


def _number(value: object) -> float | None:
    is_number = type(value) is float or (type(value) is int and abs(value) <= _MOST_NUMBER)
    return value if is_number else None  # type: ignore[return-value]


def _counted_score(given: Mapping[str, Any], notes: Counter[str]) -> float | None:
    """Return the score; one that is no number is counted."""
    score = score_of(given)
    notes[UNREAD_SCORES] += score is None and given.get("score") not in (None, "")
    return score


def _is_of(result: Mapping[str, Any], control: str | None) -> bool:
    return control is None or result.get("from_name") == control


def _spans(results: Sequence[Mapping[str, Any]], words: Words, notes: Counter[str]) -> list[list[Any]]:
    """Return the spans in code points of the sentence's text, without those that cannot be placed."""
    placed = _placed_together(results, words, notes)
    if placed is None:
        alone = [_placed_alone(result, words) for result in results]
        results = [result for result, span in zip(results, alone, strict=True) if span is not None]
        notes[UNREAD_SPANS] += len(alone) - len(results)
        # Together, the others may still show that they were counted in another way.
        placed = _placed_together(results, words, notes) or [span for span in alone if span is not None]
    return [
        [span.start, span.end, span.name] + ([] if score is None else [score])
        for span, score in zip(placed, [_score_of_span(result, notes) for result in results], strict=True)
    ]


def _placed_together(
    results: Iterable[Mapping[str, Any]], words: Words, notes: Counter[str], align: Align = "strict"
) -> list[Span] | None:
    """Return the spans of results in code points; None if one of them cannot be read or placed."""
    counted = Counter[str]()
    try:
        spans = [span_of(result.get("value"), FIELD) for result in results]
        placed = placed_spans(spans, words, align, counted, FIELD)
    except Unfit:
        return None
    notes.update(counted)
    return placed


def _placed_alone(result: Mapping[str, Any], words: Words) -> Span | None:
    """Return one span; `expand`, because one alone does not show that it was counted in another way."""
    placed = _placed_together([result], words, Counter(), "expand")
    return placed[0] if placed else None


def _score_of_span(result: Mapping[str, Any], notes: Counter[str]) -> float | None:
    value = result.get("value")
    score = _counted_score(result, notes)
    return score if score is not None or not isinstance(value, dict) else _counted_score(value, notes)
