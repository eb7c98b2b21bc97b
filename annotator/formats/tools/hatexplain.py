"""HateXplain's data: one object of posts, each with the labels of three people and the words that some marked."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from annotator.formats.answers.answer import read_label
from annotator.formats.faults import Faults, Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.files.json_items import read_items
from annotator.formats.files.strict_json import parse_object
from annotator.formats.rows import SentenceRow
from annotator.formats.tools.foreign import ForeignAnswer, Task, check_choices, kept, name_of, text_fields, to_row
from annotator.formats.words import read_words

WHOSE = "Posts whose marks do not say whose they are, read without them"

NORMAL = "normal"
"""The label under which people mark no words."""


def read(file: BinaryIO, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the posts with everyone's answers."""
    if not check_choices(fields, (), faults, "hatexplain"):
        return
    for item in read_items(file, faults):
        try:
            row = _post(item.line, item.key, parse_object(item.text), fields, len(item.text))
        except Unfit as unfit:
            faults.add(unfit.at(item.line))
            continue
        yield row


def _post(line: int, key: str | None, given: Mapping[str, Any], fields: Fields, size: int) -> SentenceRow:
    notes: Counter[str] = Counter()
    words = read_words(None, given.get("post_tokens"), tokens_field="post_tokens")
    if words is None:
        raise Unfit("post_tokens", "null", "a list of words")
    annotators = given.get("annotators")
    if not isinstance(annotators, list) or not all(isinstance(each, dict) for each in annotators):
        raise Unfit("annotators", show(annotators), "a list of objects with a label and an annotator_id")
    labels = [read_label(each.get("label"), f"annotators[{index}].label") for index, each in enumerate(annotators)]
    marks = _marks(given.get("rationales") or [], labels, len(words.tokens), notes)
    answers = [
        ForeignAnswer(name_of(each.get("annotator_id"), "annotator", notes) or f"annotator {index}", label, own)
        for index, (each, label, own) in enumerate(zip(annotators, labels, marks, strict=True), 1)
    ]
    post_id = given.get("post_id") or (json.loads(key) if key is not None else None)
    task = Task(line, words, post_id, given.get("split"), size=size)
    more = text_fields(given, words._replace(given=False))
    task.query = more.get("query")
    task.metadata = kept(given, "post", ("annotators", "rationales", "post_tokens", "post_id", "split", *more))
    if targets := _targets(annotators):
        task.metadata["targets"] = targets
    return to_row(task, answers, fields, notes)


def _marks(
    rationales: Sequence[Any], labels: Sequence[object], count: int, notes: Counter[str]
) -> Sequence[str | None]:
    """Return each person's marks: the lists are those of the people whose label is not normal, in their order."""
    if not isinstance(rationales, list):
        raise Unfit("rationales", show(rationales), "a list of lists with 0 or 1 for each token")
    lists = [_signs(signs, count, f"rationales[{index}]") for index, signs in enumerate(rationales)]
    markers = [place for place, label in enumerate(labels) if label != NORMAL]
    if len(lists) == len(labels):
        markers = list(range(len(labels)))
    if len(lists) != len(markers):
        notes[WHOSE] += bool(lists)
        return [None] * len(labels)
    own = dict(zip(markers, lists, strict=True))
    return [own.get(place) if labels[place] != NORMAL else None for place in range(len(labels))]


def _signs(signs: object, count: int, place: str) -> str:
    if not isinstance(signs, list) or len(signs) != count or any(sign not in (0, 1) for sign in signs):
        raise Unfit(place, show(signs), f"a list with 0 or 1 for each of the {count} tokens")
    return "".join("+" if sign else "." for sign in signs)


def _targets(annotators: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        str(each.get("annotator_id")): each["target"]
        for each in annotators
        if each.get("target") not in (None, [], ["None"])
    }
