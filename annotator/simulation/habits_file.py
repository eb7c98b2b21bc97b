"""Read the people of a simulation, and tables of confused labels, from files."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from annotator.errors import CannotSimulate
from annotator.names import broken_rule
from annotator.simulation.habits import Habits
from learner.data.strict_json import BadJson, parse_json

_RATES = ("label_error", "missed", "marks")
_NUMBERS = (*_RATES, "extra", "share", "minutes")
_KNOWN = ("name", *_NUMBERS, "confusion")

Confusion = tuple[tuple[float, ...], ...]


def read_people(path: Path, labels: Sequence[str]) -> tuple[Habits, ...]:
    """Return the people of a JSON file, a list of objects, each with a `name` and the habits that differ."""
    found = _json(path)
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise CannotSimulate(f'{path.name} does not hold people; give a list of objects such as [{{"name": "Ann"}}].')
    people = tuple(_person(path, one, labels) for one in found)
    names = [person.name.casefold() for person in people]
    for name in names:
        if names.count(name) > 1:
            raise CannotSimulate(f"{path.name} has two people called {name!r}; give each a name of their own.")
    return people


def read_confusion(path: Path, labels: Sequence[str]) -> Confusion:
    """Return, for each gold label, how often each label is given, from a table of counts or shares.

    In CSV, the first row names the labels that are given and the first column the gold ones; in JSON, it is an object
    of objects. A gold label that is missing is never confused.
    """
    table = _json(path) if path.suffix.lower() == ".json" else _csv(path)
    return _confusion(path.name, table, labels)


def check_rates(habits: Habits) -> Habits:
    """Return these habits; raise CannotSimulate for a rate that is none."""
    for name in _RATES:
        if not 0 <= getattr(habits, name) <= 1:
            raise CannotSimulate(f"{habits.name}: {name} is {getattr(habits, name):g}; give a rate from 0 to 1.")
    if not 0 <= habits.extra < float("inf"):
        raise CannotSimulate(f"{habits.name}: extra is {habits.extra:g}; give a number of words, 0 or more.")
    for name in ("share", "minutes"):
        value = getattr(habits, name)
        if value is not None and not 0 < value < float("inf"):
            raise CannotSimulate(f"{habits.name}: {name} is {value:g}; give a number above 0.")
    if habits.label_error and habits.confusion is not None:
        raise CannotSimulate(
            f"{habits.name} has an error rate as well as a table of confused labels; give one of them."
        )
    return habits


def _person(path: Path, given: Mapping[str, Any], labels: Sequence[str]) -> Habits:
    name = given.get("name")
    broken = broken_rule(name) if isinstance(name, str) else "has no name"
    if broken is not None:
        raise CannotSimulate(f"{path.name}: a person cannot be called {name!r}: {broken}")
    for field, value in given.items():
        if field not in _KNOWN:
            raise CannotSimulate(f"{path.name}: {name} has {field!r}; people have {', '.join(_KNOWN)}.")
        if field in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise CannotSimulate(f"{path.name}: {name} has {value!r} as {field}; give a number.")
    numbers = {field: float(given[field]) for field in _NUMBERS if field in given}
    table = given.get("confusion")
    confusion = None if table is None else _confusion(f"{path.name}, {name}", table, labels)
    return check_rates(Habits(name=str(name), confusion=confusion, **numbers))


def _confusion(where: str, table: object, labels: Sequence[str]) -> Confusion:
    if not isinstance(table, dict) or not table or not all(isinstance(row, dict) for row in table.values()):
        raise CannotSimulate(
            f'{where} has no table of labels; give {{"gold label": {{"given label": rate}}}}, or the same as CSV.'
        )
    for name in [*table, *(given for row in table.values() for given in row)]:
        if name not in labels:
            raise CannotSimulate(f"{where} names the label {name!r}, and the data has {', '.join(labels)}.")
    return tuple(_row(where, table.get(gold), gold, labels) for gold in labels)


def _row(where: str, row: Mapping[str, Any] | None, gold: str, labels: Sequence[str]) -> tuple[float, ...]:
    if row is None:
        return tuple(float(name == gold) for name in labels)
    values = [row.get(name, 0) for name in labels]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < len(values) or min(numbers) < 0 or not 0 < sum(numbers) < float("inf"):
        raise CannotSimulate(
            f"{where}: the row of {gold!r} is {values}; give counts or shares, 0 or more, some above 0."
        )
    return tuple(float(value) / sum(numbers) for value in numbers)


def _json(path: Path) -> object:
    try:
        found: object = parse_json(_text(path))
    except BadJson as error:
        field = f" in {error.field!r}" if error.field else ""
        raise CannotSimulate(
            f"{path.name} is not JSON that can be read ({error.found}{field}); correct the file."
        ) from None
    return found


def _csv(path: Path) -> dict[str, dict[str, float]]:
    rows = [row for row in csv.reader(_text(path).splitlines()) if row]
    if len(rows) < 2 or any(len(row) != len(rows[0]) for row in rows):
        raise CannotSimulate(f"{path.name} is not a table; give a row of labels, then a row for each gold label.")
    names = [name.strip() for name in rows[0][1:]]
    return {row[0].strip(): dict(zip(names, map(_number, row[1:]), strict=True)) for row in rows[1:]}


def _number(cell: str) -> Any:
    try:
        return float(cell)
    except ValueError:
        return cell


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise CannotSimulate(f"There is no file {path}; give the path of one.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CannotSimulate(f"{path} cannot be read as text ({error}); give a file of UTF-8 text.") from error
