"""Predictions in the columns of JSON_MIN: what is wholly understood; the rest stays as the file has it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotator.formats.fields import Fields
from annotator.formats.files.strict_json import part_or_text
from annotator.formats.tools.predictions import LOSSES, are_spans, choices_of, list_of, read_prediction, score_of
from annotator.formats.words import Words

COLUMNS = ("prediction", "predictions")
"""The columns that may have them."""
CHOICES = ("choice", "sentiment", "class", "category")
"""What JSON_MIN may call the label, as the tool's own templates do, next to `label`."""

_ABOUT = ("model_version", "score")
_OF_SPANS = {"start", "end", "text", "labels", "hypertextlabels", "score", "globalOffsets", "startOffset", "endOffset"}
_NOTHING: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True)
class PredictionsInMin:
    """Reads the predictions of one sentence."""

    words: Words
    fields: Fields
    labels: Collection[str]
    """The labels of the file's annotations: another text is no prediction."""
    notes: Counter[str]

    def read(
        self, rows: Iterable[Mapping[str, Any]], columns: Iterable[str]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return the different predictions of a sentence's rows, and by column what is left, as the file has it."""
        predictions, left = [], {}
        rows = list(rows)
        for column in columns:
            not_understood = []
            for value in _different(row.get(column) for row in rows):
                read = self._understood(value)
                predictions += read or []
                not_understood += [value] if read is None else []
            if not_understood:
                left[column] = not_understood[0] if len(not_understood) == 1 else not_understood
        return predictions, left

    def _understood(self, value: object) -> list[dict[str, Any]] | None:
        """Return the predictions that a value holds; None unless all that it says is kept."""
        value = part_or_text(value)
        predictions, notes = [], Counter[str]()
        for part in value if isinstance(value, list) else [value]:
            predictions.append(read_prediction(self._with_results(part), self.words, self.fields, notes))
        if not predictions or any(notes[loss] for loss in LOSSES):
            return None
        self.notes.update(notes)
        return predictions

    def _with_results(self, part: object) -> dict[str, Any] | None:
        """Return a prediction as the other export has it; None for one with something that we do not know.

        It is such an object, one with a control's name for each value, or a label alone.
        """
        if isinstance(part, str):
            label = self.fields.chosen().get("label", "label")
            return {"result": [_choice(label, part)]} if part in self.labels else None
        if not isinstance(part, dict) or not _is_known(part):
            return None
        values = {name: value for name, value in part.items() if name not in _ABOUT and value not in _NOTHING}
        results = values["result"] if values.keys() == {"result"} else self._results(values)
        return None if results is None else {name: part.get(name) for name in _ABOUT} | {"result": results}

    def _results(self, values: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """Return what the controls say as results; None if one is not known, or if several have choices."""
        results: list[dict[str, Any]] = []
        choices = [name for name, value in values.items() if not are_spans(value)]
        if len(choices) > 1 or not {*choices} <= {self.fields.label, "label", *CHOICES}:
            return None
        for name, value in values.items():
            if name in choices:
                results.append(_choice(name, value))
            elif all(_is_known_span(span) for span in list_of(value)):
                results += [{"type": "labels", "from_name": name, "value": span} for span in list_of(value)]
            else:
                return None
        return results


def _different(values: Iterable[object]) -> list[object]:
    different: list[object] = []
    for value in values:
        if value not in _NOTHING and value not in different:
            different.append(value)
    return different


def _is_known(prediction: Mapping[str, Any]) -> bool:
    """Return whether its version is a text, and its score a number that is not another one in its choices."""
    version, score = (prediction.get(name) for name in _ABOUT)
    results = prediction.get("result")
    inner = [one["score"] for one in results if choices_of(one) and "score" in one] if isinstance(results, list) else []
    return (
        isinstance(version, str | None)
        and score_of(prediction) == score
        and all(other in (None, score) for other in inner)
    )


def _is_known_span(span: Mapping[str, Any]) -> bool:
    return span.keys() <= _OF_SPANS and score_of(span) == span.get("score")


def _choice(control: str, value: object) -> dict[str, Any]:
    if not (isinstance(value, dict) and value.keys() == {"choices"}):
        value = {"choices": value if isinstance(value, list) else [value]}
    return {"type": "choices", "from_name": control, "value": value}
