"""Examples as Arrow columns, described so that Hugging Face's `datasets` shows the names of labels and marks.

A list of numbers per label, such as the votes, is in the order of the labels.
"""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from annotator.exporting.example import ExampleRow
from annotator.exporting.fields import fields_of
from annotator.formats.examples import FIELDS

if TYPE_CHECKING:
    import pyarrow as pa

MARKS = (".", "+", "-")
"""Marks are numbers of these: 1 is a reason."""
_TEXT, _NUMBER, _WHOLE, _TRUTH = ({"dtype": name, "_type": "Value"} for name in ("string", "float64", "int64", "bool"))
_SPAN = {"start": _WHOLE, "end": _WHOLE, "mark": _TEXT}
_ANSWER = {"person": _TEXT, "kind": _TEXT, "label": _TEXT, "marks": _TEXT, "seconds": _NUMBER}
_MOST_ROWS = 500
_MOST_CHARACTERS = 2**22
"""A batch holds no more than these, apart from its last row."""


def features_of(labels: Sequence[str]) -> dict[str, Any]:
    """Return what `datasets` calls the features of the columns, in the order of `FIELDS`."""
    label = {"names": list(labels), "_type": "ClassLabel"}
    prediction = {"round": _WHOLE, "probabilities": _list(_NUMBER), "explained": _TEXT, "saliency": _list(_NUMBER)}
    texts = dict.fromkeys(("id", "text", "split", "query", "chosen", "metadata"), _TEXT)
    kinds = texts | {
        "tokens": _list(_TEXT),
        "query_tokens": _list(_TEXT),
        "label": label,
        "marks": _list({"names": list(MARKS), "_type": "ClassLabel"}),
        "words": _list(_TEXT),
        "spans": _list(_SPAN),
        "votes": _list(_WHOLE),
        "soft_label": _list(_NUMBER),
        "soft_marks": _list(_NUMBER),
        "decided": _TRUTH,
        "seconds": _NUMBER,
        "annotations": _list(_ANSWER),
        "sentence_tags": _list(_TEXT),
        "prediction": prediction,
    }
    return {name: kinds[name] for name in FIELDS}


def schema_of(labels: Sequence[str]) -> "pa.Schema":
    """Return the columns, with their description for `datasets`."""
    import pyarrow as pa

    features = features_of(labels)
    columns = [pa.field(name, _type_of(feature)) for name, feature in features.items()]
    described = json.dumps({"info": {"features": features}}, ensure_ascii=False)
    return pa.schema(columns, metadata={"huggingface": described})


class Batcher:
    """Makes batches of rows, a few hundred rows each, fewer if they are long."""

    def __init__(self, schema: "pa.Schema", labels: Sequence[str]) -> None:
        self._schema, self._labels = schema, labels
        self._rows: list[ExampleRow] = []
        self._characters = 0

    def add(self, row: ExampleRow) -> Iterator["pa.RecordBatch"]:
        """Take a row, and yield the batch that is full with it, if one is."""
        self._rows.append(row)
        self._characters += len(row.text) * (1 + len(row.answers) + len(row.overruled))
        if len(self._rows) >= _MOST_ROWS or self._characters >= _MOST_CHARACTERS:
            yield from self.rest()

    def rest(self) -> Iterator["pa.RecordBatch"]:
        """Yield a batch of the rows that are left, if there are any."""
        import pyarrow as pa

        if self._rows:
            columns = [columns_of(row, self._labels) for row in self._rows]
            self._rows, self._characters = [], 0
            yield pa.RecordBatch.from_pylist(columns, schema=self._schema)


def columns_of(row: ExampleRow, labels: Sequence[str]) -> dict[str, Any]:
    """Return a row's values as the columns have them."""
    prediction = row.prediction
    fields = fields_of(row) | {
        "label": labels.index(row.label),
        "marks": None if row.marks is None else [MARKS.index(mark) for mark in row.marks],
        "votes": [row.votes.get(label, 0) for label in labels],
        "soft_label": [row.soft_label.get(label, 0.0) for label in labels],
        "metadata": json.dumps(row.metadata, ensure_ascii=False),
    }
    if prediction is not None:
        in_order = [prediction.probabilities[label] for label in labels if label in prediction.probabilities]
        fields["prediction"] = fields["prediction"] | {"probabilities": in_order}
    return fields


def _list(feature: object) -> list[object]:
    """Return the feature of a list, in the way that all versions of `datasets` read."""
    return [feature]


def _type_of(feature: Any) -> "pa.DataType":
    import pyarrow as pa

    if isinstance(feature, list):
        return pa.list_(_type_of(feature[0]))
    if not isinstance(feature.get("_type"), str):
        return pa.struct([pa.field(name, _type_of(inner)) for name, inner in feature.items()])
    kind = "int64" if feature["_type"] == "ClassLabel" else feature["dtype"]
    return {"string": pa.string(), "float64": pa.float64(), "int64": pa.int64(), "bool": pa.bool_()}[kind]
