"""Label Studio: a folder with the tasks, their annotations and predictions, and the labelling configuration."""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from annotator.exporting.example import ExampleRow, GivenAnswer, Prediction
from annotator.exporting.tools.json_array import JsonItems
from annotator.exporting.tools.losses import EVERYWHERE, count_lost, metadata_of, own_tokens
from annotator.exporting.tools.marked import Run, answers_of, characters, runs
from annotator.exporting.tools.names import number_of
from annotator.exporting.tools.predicted import likeliest, strong_runs
from annotator.exporting.writing import About, NotCarried
from annotator.formats.tools.predictions import FIELD, are_predictions

TASKS, CONFIG = "tasks.json", "config.xml"
ASKED = "whether an answer without marked words was asked for them"
MATTERS = "matters"
"""The name of the spans."""
MOST_PEOPLE = 1_000
"""Who answer one sentence; so every annotation has a number of its own, as the tool's own converter wants."""
_OURS = ("text", "id", "split", "query", "tokens")


def write(rows: Iterable[ExampleRow], folder: Path, *, about: About, lost: NotCarried) -> None:
    """Write the tasks as an array, and the configuration that shows them."""
    have_queries, any_row = True, False
    with (folder / TASKS).open("wb") as file, JsonItems(file, "[", "]") as items:
        for number, row in enumerate(rows, 1):
            any_row, have_queries = True, have_queries and row.query is not None
            count_lost(row, lost, EVERYWHERE)
            if any(answer.marks is not None and "+" not in answer.marks for answer in answers_of(row)):
                lost[ASKED] += 1
            items.add(json.dumps(_task(number, row, about.label_names, lost), ensure_ascii=False))
    (folder / CONFIG).write_text(config(about.label_names, with_query=any_row and have_queries), "utf-8")


def config(labels: Iterable[str], *, with_query: bool) -> str:
    """Return the labelling configuration: the text, the query if all sentences have one, the words, the label."""
    query = '  <Text name="query" value="$query"/>\n' if with_query else ""
    choices = "".join(f"    <Choice value={quoteattr(label)}/>\n" for label in labels)
    return (
        f'<View>\n{query}  <Text name="text" value="$text" granularity="word"/>\n'
        f'  <Labels name="marks" toName="text">\n    <Label value="{MATTERS}"/>\n  </Labels>\n'
        f'  <Choices name="label" toName="text" choice="single">\n{choices}  </Choices>\n</View>\n'
    )


def _task(number: int, row: ExampleRow, labels: Collection[str], lost: NotCarried) -> dict[str, Any]:
    data: dict[str, Any] = {"id": row.id, "text": row.text, "split": row.split}
    if row.query is not None:
        data["query"] = row.query
    if (tokens := own_tokens(row)) is not None:
        data["tokens"] = tokens
    metadata = metadata_of(row, lost, _OURS)
    earlier = _earlier(row, metadata.get(FIELD), labels)
    if earlier:
        del metadata[FIELD]
    task: dict[str, Any] = {"id": number, "data": data | metadata}
    task["annotations"] = [
        {"id": number * MOST_PEOPLE + place, **_annotation(row, answer)} for place, answer in enumerate(answers_of(row))
    ]
    newest = [] if row.prediction is None else [_prediction(row, row.prediction)]
    if earlier or newest:
        task["predictions"] = [*earlier, *newest]
    return task


def _annotation(row: ExampleRow, answer: GivenAnswer) -> dict[str, Any]:
    annotation = {**_person(answer.person), "was_cancelled": False, "ground_truth": False}
    if answer.seconds is not None:
        annotation["lead_time"] = answer.seconds
    results = [_label(answer.label), *(_marked(row, run) for run in runs(answer.marks))]
    return annotation | {"result": _numbered(results)}


def _person(name: str) -> dict[str, Any]:
    """Return who answered as Label Studio knows people, by email or number; it refuses people whom it does not know.

    Others are named in a field that it leaves out, so that the person who imports the file becomes the annotator.
    """
    if "@" in name:
        return {"completed_by": {"email": name}}
    number = number_of(name)
    return {"person": name} if number is None else {"completed_by": number}


def _prediction(row: ExampleRow, prediction: Prediction) -> dict[str, Any]:
    best = likeliest(prediction)
    saliency = prediction.saliency or ()
    marked = [_marked(row, run, max(saliency[run.first : run.end])) for run in strong_runs(saliency)]
    score = prediction.probabilities[best]
    return {
        "model_version": f"round-{prediction.round}",
        "score": score,
        "result": _numbered([_label(best, score), *marked]),
    }


def _earlier(row: ExampleRow, kept: object, labels: Collection[str]) -> list[dict[str, Any]]:
    """Return predictions that came with an earlier export of ours, as it had them; none if the configuration lacks one.

    Those of other models have names of their own; they stay in the task's data.
    """
    if not are_predictions(kept):
        return []
    try:
        return [_as_before(row, prediction, labels) for prediction in kept]
    except (KeyError, TypeError, ValueError):
        return []


def _as_before(row: ExampleRow, prediction: Mapping[str, Any], labels: Collection[str]) -> dict[str, Any]:
    """Return a prediction; raises KeyError, TypeError or ValueError for one that an export of ours did not have."""
    label, score = prediction["label"], prediction["score"]
    if label not in labels:
        raise ValueError(label)
    results = [_label(label, score)]
    for start, end, name, strength in prediction.get("spans", ()):
        if name != MATTERS or not 0 <= start < end <= len(row.text):
            raise ValueError(name)
        results.append(_span(row, start, end, strength))
    return {"model_version": prediction["model_version"], "score": score, "result": _numbered(results)}


def _label(label: str, score: float | None = None) -> dict[str, Any]:
    return _result("label", "choices", {"choices": [label]}, score)


def _marked(row: ExampleRow, run: Run, score: float | None = None) -> dict[str, Any]:
    return _span(row, *characters(row, run), score)


def _span(row: ExampleRow, start: int, end: int, score: float | None) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": row.text[start:end], "labels": [MATTERS]}
    return _result("marks", "labels", value, score)


def _result(control: str, kind: str, value: dict[str, Any], score: float | None) -> dict[str, Any]:
    result = {"from_name": control, "to_name": "text", "type": kind, "value": value}
    return result if score is None else result | {"score": score}


def _numbered(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": f"r{number}", **result} for number, result in enumerate(results)]
