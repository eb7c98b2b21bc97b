"""Cells that have a type of their own, as JSON has them: dates as text, whole numbers whole, NaN as no value."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from annotator.formats.faults import Unfit

NAN = "NaN was read as no value"


def plain_values(names: Sequence[str], values: Sequence[object]) -> tuple[dict[str, Any], list[str]]:
    """Return a row's values by their names, and what was put right in them; raises Unfit for other types."""
    given: dict[str, Any] = {}
    repairs: list[str] = []
    for name, value in zip(names, values, strict=True):
        given[name] = _plain(name, value, repairs)
    return given, repairs[:1]


def size_of(value: object) -> int:
    """Return about how many characters a value has."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(size_of, value.values()))
    return sum(map(size_of, value)) if isinstance(value, list) else 1


def _plain(name: str, value: object, repairs: list[str]) -> object:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return _number(name, value, repairs)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | timedelta):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(name, part, repairs) for part in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(name, part, repairs) for key, part in value.items()}
    raise Unfit(name, f"a value of the type {type(value).__name__}", "text, a number, a date, a list or an object")


def _number(name: str, value: float, repairs: list[str]) -> float | None:
    if math.isnan(value):
        repairs.append(NAN)
        return None
    if math.isinf(value):
        raise Unfit(name, "an infinite number", "finite numbers")
    return value
