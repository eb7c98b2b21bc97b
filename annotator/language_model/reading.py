"""Read a language model's answer: exactly what was asked for, or nothing.

An index stands for one word, so a repeated word is never mistaken for another, and no text is searched for.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from annotator.formats.faults import Unfit
from annotator.formats.files.strict_json import parse_object
from db.answers.suggestions import WhyNone
from db.records import Label

_FENCE = re.compile(r"```(?:json)?\s*\n(.*)\n\s*```", re.DOTALL)
"""Many models put JSON into a block of Markdown."""


class Unusable(Exception):
    """An answer that is not a suggestion."""

    def __init__(self, why: WhyNone) -> None:
        super().__init__(why)
        self.why: WhyNone = why


class Reading(NamedTuple):
    """A label that is offered, and the indices of words, ascending."""

    label: int
    words: tuple[int, ...]


def read_answer(content: str, labels: Sequence[Label], *, tokens: int) -> Reading:
    """Return the suggestion in an answer about a sentence of that many tokens; raise Unusable if there is none.

    `labels` are those that are offered. The answer is one JSON object, alone or in one block of Markdown, with `label`,
    exactly as written, and `words`, a list of whole numbers. Other fields do not matter.
    """
    fenced = _FENCE.fullmatch(content.strip())
    try:
        given = parse_object(fenced[1] if fenced else content.strip())
    except Unfit:
        raise Unusable("bad JSON") from None
    words = given.get("words")
    if not isinstance(given.get("label"), str) or not isinstance(words, list):
        raise Unusable("bad JSON")
    label = next((label for label in labels if label.name == given["label"]), None)
    if label is None:
        raise Unusable("unknown label")
    return Reading(label.index, _words(words, label, tokens))


def _words(given: list[Any], label: Label, tokens: int) -> tuple[int, ...]:
    if not all(type(index) is int for index in given):
        raise Unusable("bad JSON")
    if not all(0 <= index < tokens for index in given):
        raise Unusable("index outside")
    if given and not label.takes_rationale:
        raise Unusable("words without need")
    return tuple(sorted(set(given)))
