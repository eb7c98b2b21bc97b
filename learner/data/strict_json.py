"""JSON that can be read in one way only: the one place that says what is refused, though most parsers let it pass.

It is a field twice, a number that is not finite, half a character, too many levels or values, and a number of
thousands of digits. Lines of files, lists in cells and JSON in texts are all read by this.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, NoReturn

DEEPEST = 100
"""SQLite reads JSON of 1,000 levels and Python about as many; no sentence needs a tenth of it."""
MOST_VALUES = 200_000
"""Numbers, texts, lists and objects on one line, all levels together: a short line of `[],[],…` can fill the memory."""

_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile(r"[\ud800-\udfff]")
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_LONGEST_FIELD = 60


class BadJson(ValueError):
    """Raised for a text that is not such JSON: what was found in which field, and what was expected."""

    def __init__(self, field: str | None, found: str, expected: str) -> None:
        super().__init__(f"found {found}, expected {expected}")
        self.field, self.found, self.expected = field, found, expected


class BrokenJson(BadJson):
    """Raised for a text that is no JSON at all."""


class NotFinite(BadJson):
    """Raised for a number that is not finite: `fields_with` finds its field."""


def parse_json(text: str, *, expected: str = "JSON", on_nan: Callable[[], None] | None = None) -> Any:
    """Return the value that `text` holds; raises BadJson, and BrokenJson with `expected` for what is no JSON at all.

    With `on_nan`, a NaN, as pandas and `json.dumps` write it, is null, and `on_nan` is called for each.
    """
    _check_values(text)
    try:
        value = (_DECODER if on_nan is None or "NaN" not in text else _tolerant(on_nan)).decode(text)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise BrokenJson(None, f"broken JSON at {line}column {error.colno} ({error.msg})", expected) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        if isinstance(error, BadJson):
            raise
        raise BadJson(None, "a number of thousands of digits", "numbers of at most 4,300 digits") from None
    # Few texts can fail these checks at all; only those are walked through.
    if _ESCAPED_HALF.search(text) or text.count("[") + text.count("{") > DEEPEST:
        for name, inner in value.items() if isinstance(value, dict) else [("", value)]:
            _check(name, inner)
    return value


def fields_with(text: str, is_wanted: Callable[[float], bool]) -> list[str]:
    """Return the fields of an object that have such a number, at any level; none of a text that is no such JSON."""
    try:
        value = json.loads(text)  # as Python reads it, with NaN and Infinity
    except (ValueError, RecursionError):
        return []
    return [name for name, part in value.items() if _has(part, is_wanted)] if isinstance(value, dict) else []


def _has(value: Any, is_wanted: Callable[[float], bool]) -> bool:
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, float) and is_wanted(inner):
            return True
        waiting.extend(inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ())
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadJson(Counter(name for name, _ in pairs).most_common(1)[0][0], "the field twice", "each field once")
    return found


def _check_values(text: str) -> None:
    """Raise BadJson for too many values, before any of them is created."""
    if _separators(text) > MOST_VALUES and (number := _separators(_STRING.sub("", text))) > MOST_VALUES:
        raise BadJson(
            None, f"{number:,} values", f"at most {MOST_VALUES:,} on a line, those in lists and objects included"
        )


def _separators(text: str) -> int:
    return text.count(",") + text.count("[") + text.count("{")


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        _constant(digits)
    return number


def _constant(name: str) -> NoReturn:
    raise NotFinite(None, f"the number {name}", "finite numbers")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)


def _tolerant(on_nan: Callable[[], None]) -> json.JSONDecoder:
    def constant(name: str) -> None:
        if name != "NaN":
            _constant(name)
        on_nan()

    return json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=constant)


def _check(field: str, value: Any) -> None:
    """Walk through a value and raise BadJson for half a character or too many levels."""
    waiting = [(value, 2), (field, 1)]
    while waiting:
        inner, level = waiting.pop()
        if level > DEEPEST:
            raise _too_deep()
        if isinstance(inner, dict):
            waiting.extend((part, level + 1) for pair in inner.items() for part in pair)
        elif isinstance(inner, list):
            waiting.extend((part, level + 1) for part in inner)
        elif isinstance(inner, str) and (half := _HALF.search(inner)):
            raise BadJson(_shown(field), f"half a character, U+{ord(half[0]):04X}", "whole characters")


def _shown(field: str) -> str:
    shown = repr(field)
    return shown if len(shown) <= _LONGEST_FIELD else f"{shown[:_LONGEST_FIELD]}…"


def _too_deep() -> BadJson:
    return BadJson(None, f"JSON of more than {DEEPEST} levels", f"at most {DEEPEST}")
