"""JSON of files and cells, read as strictly everywhere: `learner/data/strict_json.py` says what is refused."""

from collections.abc import Callable
from typing import Any

from annotator.formats.faults import Unfit, show
from learner.data.strict_json import BadJson, parse_json

_OBJECT = "one JSON object on the line"
_PART = "a list or an object as JSON"


def parse_object(line: str, *, on_nan: Callable[[], None] | None = None) -> dict[str, Any]:
    """Return the JSON object that `line` holds; raises Unfit for anything else.

    With `on_nan`, a NaN is null, and `on_nan` is called for each.
    """
    value = _parsed(line, _OBJECT, on_nan)
    if not isinstance(value, dict):
        raise Unfit(None, show(value), _OBJECT)
    return value


def parse_part(text: str, field: str | None = None) -> Any:
    """Return the JSON value that a cell, or a text in a field, holds; raises Unfit, in `field`, for anything else."""
    try:
        return _parsed(text, _PART)
    except Unfit as unfit:
        raise Unfit(field or unfit.field, unfit.found, unfit.expected) from None


def is_like_part(value: object) -> bool:
    """Return whether a value is a text that begins as a list or an object does; it may still be other text."""
    return isinstance(value, str) and value.startswith(("[", "{"))


def part_or_text(value: object) -> Any:
    """Return the list or object that a text holds as JSON; any other value, and any other text, as it is."""
    if not (isinstance(value, str) and is_like_part(value)):
        return value
    try:
        return parse_part(value)
    except Unfit:
        return value


def _parsed(text: str, expected: str, on_nan: Callable[[], None] | None = None) -> Any:
    try:
        return parse_json(text, expected=expected, on_nan=on_nan)
    except BadJson as bad:
        raise Unfit(bad.field, bad.found, bad.expected) from None
