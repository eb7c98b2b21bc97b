"""Small things that people's files have and that can mean only one thing: they are put right, and counted."""

from collections.abc import Mapping
from typing import Any

from annotator.formats.faults import show
from annotator.formats.fields import Fields
from annotator.formats.files.line_breaks import BREAKS, with_newlines
from learner.data.split_names import split_of

_EXACT = 2**53
"""Up to here a number with a point is exactly the whole number that it shows."""
_OURS = ("pool", "train", "dev", "test")


def mend(given: Mapping[str, Any], fields: Fields) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the fields of a line put right, and what was done to them."""
    changed: dict[str, Any] = {}
    repairs = []
    for name in (fields.text, fields.query):
        text = given.get(name)
        if isinstance(text, str) and (better := with_newlines(text)) != text:
            changed[name] = better
            repairs.append(BREAKS)
    number = given.get(fields.id)
    if isinstance(number, float) and number.is_integer() and abs(number) < _EXACT:
        changed[fields.id] = int(number)
        repairs.append("an id like 101.0 was read as 101")
    split = given.get(fields.split)
    if isinstance(split, str) and split not in _OURS and (name := split_of(split) or ""):
        changed[fields.split] = name
        repairs.append(f"the split {show(split)} was read as {name}")
    return ({**given, **changed} if changed else given), tuple(dict.fromkeys(repairs))
