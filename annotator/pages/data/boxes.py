"""What the options of `whylight import` are called in the form: reports and refusals name the options."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from annotator.pages.data.import_options import WAYS_OF_ALIGNING

BOXES: Mapping[str, str] = {
    "format": "Format",
    "separator": "Cells are separated by",
    "encoding": "Encoding",
    "no-quotes": "Quotes are ordinary characters",
    "text-field": "Sentence",
    "label-field": "Label",
    "id-field": "Id",
    "split-field": "Split",
    "marks-field": "Marks",
    "query-field": "Query",
    "tokens-field": "Words",
    "person-field": "Columns with people",
    "align": "A marked span that cuts a word",
    "span-name": "Only these spans are marks",
    "marked-label": "If a word is marked",
    "unmarked-label": "If no word is marked",
    "label-map": "Labels as written",
    "label-base": "Numbers mean",
    "answers": "Answers in the file",
    "split": "Split of all sentences",
    "hold-out": "Share set aside for dev, and again for test, if no line names a split",
    "duplicates": "New sentences whose text the project already has",
    "update": "Sentences that the project has take from the file",
    "same-person": "Of a person's answers, the newer counts",
    "leave-out-faulty": "Leave out rows with a fault",
}
"""The box for each option."""
_OPTION = re.compile(r"(?<![\w-])--(?P<name>[a-z]+(?:-[a-z]+)*)(?: newer| (?P<way>expand|contract))?(?![\w-])")


def in_boxes(lines: Iterable[str]) -> list[str]:
    """Return the lines with the names of the boxes in the place of options."""
    return [_OPTION.sub(_box, line) for line in lines]


def _box(option: re.Match[str]) -> str:
    name, way = BOXES.get(option["name"]), option["way"]
    if name is None:
        return option[0]
    ways: Mapping[Any, str] = WAYS_OF_ALIGNING
    return f"“{name}”" if way is None else f"“{name}: {ways[way]}”"
