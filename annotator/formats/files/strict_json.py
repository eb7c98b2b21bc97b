"""Turn one line into one JSON object, refusing what JSON parsers usually let pass."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, NoReturn

from annotator.formats.faults import Unfit, show
from annotator.formats.files.lines import check_whole

DEEPEST = 100
"""SQLite reads JSON of 1,000 levels and Python about as many; no sentence needs a tenth of it."""
MOST_VALUES = 200_000
"""Numbers, texts, lists and objects on one line, all levels together: a short line of `[],[],…` can fill the memory."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')


def parse_object(line: str, *, on_nan: Callable[[], None] | None = None) -> dict[str, Any]:
    """Return the JSON object that `line` holds; raises Unfit for anything else.

    With `on_nan`, a NaN, as pandas and `json.dumps` write it, is null, and `on_nan` is called for each.
    """
    _check_values(line)
    try:
        value = (_DECODER if on_nan is None or "NaN" not in line else _tolerant(on_nan)).decode(line)
    except json.JSONDecodeError as error:
        raise Unfit(None, f"broken JSON at column {error.colno} ({error.msg})", "one JSON object on the line") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        if isinstance(error, Unfit):
            raise
        raise Unfit(None, "a number of thousands of digits", "numbers of at most 4,300 digits") from None
    # Few lines can fail these checks at all; only those are walked through.
    if _SURROGATE.search(line) or line.count("[") + line.count("{") > DEEPEST:
        for name, inner in value.items() if isinstance(value, dict) else [("", value)]:
            _check(name, inner)
    if not isinstance(value, dict):
        raise Unfit(None, show(value), "one JSON object on the line")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unfit(Counter(name for name, _ in pairs).most_common(1)[0][0], "the field twice", "each field once")
    return found


def _check_values(line: str) -> None:
    """Raise Unfit for too many values, before any of them is created."""
    if _separators(line) > MOST_VALUES and (number := _separators(_STRING.sub("", line))) > MOST_VALUES:
        raise Unfit(
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
    raise Unfit(None, f"the number {name}", "finite numbers")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)


def _tolerant(on_nan: Callable[[], None]) -> json.JSONDecoder:
    def constant(name: str) -> None:
        if name != "NaN":
            _constant(name)
        on_nan()

    return json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=constant)


def _check(field: str, value: Any) -> None:
    """Walk through a value and raise Unfit for half a character or too many levels."""
    waiting = [(value, 2), (field, 1)]
    while waiting:
        inner, level = waiting.pop()
        if level > DEEPEST:
            raise _too_deep()
        if isinstance(inner, dict):
            waiting.extend((part, level + 1) for pair in inner.items() for part in pair)
        elif isinstance(inner, list):
            waiting.extend((part, level + 1) for part in inner)
        elif isinstance(inner, str):
            check_whole(show(field), inner)


def _too_deep() -> Unfit:
    return Unfit(None, f"JSON of more than {DEEPEST} levels", f"at most {DEEPEST}")
