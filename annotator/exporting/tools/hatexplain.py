"""HateXplain: a folder with all posts as one object, each with everyone's label and marks, and the splits."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from annotator.exporting.example import ExampleRow, GivenAnswer
from annotator.exporting.tools.json_array import JsonItems
from annotator.exporting.tools.losses import EVERYWHERE, PREDICTION, SECONDS, SPACES, count_lost, metadata_of
from annotator.exporting.tools.marked import answers_of, signs
from annotator.exporting.tools.names import number_of
from annotator.exporting.tools.put_aside import PutAside
from annotator.exporting.writing import About, NotCarried
from annotator.formats.tools.hatexplain import NORMAL

POSTS, DIVISIONS = "dataset.json", "post_id_divisions.json"
ASKED = "that some people were not asked for marks and others were"
UNDER_NORMAL = f"marks under the label {NORMAL}"

_LOST = (*EVERYWHERE, SECONDS, PREDICTION, SPACES)
_OURS = ("annotators", "rationales", "post_tokens", "post_id", "split", "query")
_TARGETS = "targets"
_SPLITS = {"train": "train", "dev": "val", "test": "test"}


def write(rows: Iterable[ExampleRow], folder: Path, *, about: About, lost: NotCarried) -> None:
    """Write the posts, and the ids of each split."""
    with PutAside(folder) as ids:
        with (folder / POSTS).open("wb") as file, JsonItems(file, "{", "}") as posts:
            for row in rows:
                count_lost(row, lost, _LOST)
                posts.add(f"{_json(row.id)}: {_json(_post(row, lost))}")
                ids.add(row.split, _json(row.id))
        _write_divisions(folder / DIVISIONS, ids)


def _write_divisions(path: Path, ids: PutAside) -> None:
    with path.open("wb") as file, JsonItems(file, "{", "}") as splits:
        for split, name in _SPLITS.items():
            splits.add(f"{_json(name)}: [")
            for number, line in enumerate(ids.lines(split)):
                file.write((b", " if number else b"") + line.removesuffix(b"\n"))
            file.write(b"]")


def _post(row: ExampleRow, lost: NotCarried) -> dict[str, Any]:
    answers, metadata = answers_of(row), metadata_of(row, lost, _OURS)
    targets = _taken(metadata, answers)
    fields: dict[str, Any] = {"post_id": row.id, "annotators": [_annotator(answer, targets) for answer in answers]}
    fields |= {"rationales": _rationales(row, answers, lost), "post_tokens": row.tokens, "split": row.split}
    if row.query is not None:
        fields["query"] = row.query
    return fields | metadata


def _taken(metadata: dict[str, Any], answers: Sequence[GivenAnswer]) -> Mapping[str, Any]:
    """Return whom each person said that a post is about, and take it out of the metadata, where an import keeps it."""
    targets = metadata.get(_TARGETS)
    if not isinstance(targets, dict) or not set(targets) <= {str(_annotator_id(answer)) for answer in answers}:
        return {}
    del metadata[_TARGETS]
    return targets


def _annotator_id(answer: GivenAnswer) -> int | str:
    number = number_of(answer.person)
    return answer.person if number is None else number


def _annotator(answer: GivenAnswer, targets: Mapping[str, Any]) -> dict[str, Any]:
    who = _annotator_id(answer)
    return {"label": answer.label, "annotator_id": who, "target": targets.get(str(who), [])}


def _rationales(row: ExampleRow, answers: Sequence[GivenAnswer], lost: NotCarried) -> list[list[int]]:
    """Return the marks of the people whose label is not normal, in their order; none if no one was asked for any."""
    if any("+" in (answer.marks or "") for answer in answers if answer.label == NORMAL):
        lost[UNDER_NORMAL] += 1
    markers = [answer for answer in answers if answer.label != NORMAL]
    asked = [answer.marks is not None for answer in markers]
    if not any(asked):
        return []
    if not all(asked):
        lost[ASKED] += 1
    return [signs(answer.marks, len(row.tokens)) for answer in markers]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
