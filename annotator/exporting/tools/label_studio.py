"""Label Studio: a folder with the tasks, their annotations and predictions, and the labelling configuration."""

import json
from collections import Counter
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
from annotator.formats.fields import DEFAULT_FIELDS
from annotator.formats.tools.predictions import FIELD, are_predictions, read_prediction
from annotator.formats.words import Words

TASKS, CONFIG = "tasks.json", "config.xml"
ASKED = "whether an answer without marked words was asked for them"
MATTERS = "matters"
"""The name of the spans."""
MOST_PEOPLE = 1_000
"""Who answer one sentence; so every annotation has a number of its own, as the tool's own converter wants."""
MOST_SCORE = 1
"""What the tool takes as a prediction's score, from 0; it refuses a file with others."""
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
    earlier, others = _earlier(row, metadata.get(FIELD), labels)
    if others:
        metadata[FIELD] = others
    elif earlier:
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


def _earlier(
    row: ExampleRow, kept: object, labels: Collection[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return imported predictions, of any model, as Label Studio has them, and those that it cannot have.

    The latter stay in the task's data.
    """
    if not are_predictions(kept):
        return [], []
    written = [(prediction, _as_before(row, prediction, labels)) for prediction in kept]
    earlier = [given for _, given in written if given is not None]
    return earlier, [prediction for prediction, given in written if given is None]


def _as_before(row: ExampleRow, prediction: Mapping[str, Any], labels: Collection[str]) -> dict[str, Any] | None:
    """Return a prediction; None if the configuration lacks its label, or if it would not be read back as it is.

    Nor is there one for a version that is no text, as the tool has them.
    """
    label, score = prediction.get("label"), prediction.get("score")
    if not isinstance(prediction.get("model_version"), str | None):
        return None
    results = []
    if label is not None:
        results.append(_label(label, score))
    try:
        results += [_span(row, start, end, *strength) for start, end, _, *strength in prediction.get("spans", ())]
    except (TypeError, ValueError):
        return None
    about = {name: prediction[name] for name in ("model_version", "score") if name in prediction}
    given = about | {"result": _numbered(results)}
    words = Words(row.text, row.tokens, row.starts, given=True)
    if read_prediction(given, words, DEFAULT_FIELDS, Counter()) != prediction:
        return None
    return given if label in (None, *labels) and (score is None or 0 <= score <= MOST_SCORE) else None


def _label(label: str, score: float | None = None) -> dict[str, Any]:
    return _result("label", "choices", {"choices": [label]}, score)


def _marked(row: ExampleRow, run: Run, score: float | None = None) -> dict[str, Any]:
    return _span(row, *characters(row, run), score)


def _span(row: ExampleRow, start: int, end: int, score: float | None = None) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": row.text[start:end], "labels": [MATTERS]}
    return _result("marks", "labels", value, score)


def _result(control: str, kind: str, value: dict[str, Any], score: float | None) -> dict[str, Any]:
    result = {"from_name": control, "to_name": "text", "type": kind, "value": value}
    return result if score is None else result | {"score": score}


def _numbered(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": f"r{number}", **result} for number, result in enumerate(results)]
