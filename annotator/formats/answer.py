"""One answer as a line spells it: a label by name or index, and marks in one of three ways."""

from collections.abc import Mapping
from typing import Any

from annotator.formats.faults import Unfit, show

_ONE_LABEL = (
    "one label for each sentence; for several labels make a project for each with yes and no, and for spans give the "
    "marked words as rationale"
)


def read_label(value: object, field: str = "label") -> str | int | None:
    """Return a label as its name or its number; a number with a point, true and false as they are written."""
    if value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool | float):
        return show(value)
    if isinstance(value, list):
        raise Unfit(field, show(value), _ONE_LABEL)
    raise Unfit(field, show(value), "a label's name, or its index, which --label-base explains")


def read_marks(fields: Mapping[str, Any], count: int, marks_field: str = "marks") -> str | None:
    """Return the marks over `count` tokens, from the one of the marks' field, z and rationale that is given."""
    spelling = {marks_field: check_marks, "z": _from_z, "rationale": _from_rationale}
    given = [name for name in spelling if fields.get(name) is not None]
    if len(given) > 1:
        raise Unfit(given[1], f"{given[1]} as well as {given[0]}", f"one of {marks_field}, z and rationale")
    if not given:
        return None
    return spelling[given[0]](fields[given[0]], count, given[0])


def check_marks(value: object, count: int, field: str) -> str:
    """Return `value` if it has one of + - . for each of `count` tokens; raises Unfit otherwise."""
    if not isinstance(value, str):
        raise Unfit(field, show(value), "a string with one of + - . for each token")
    if wrong := [letter for letter in value if letter not in "+-."]:
        raise Unfit(field, f"the letter {show(wrong[0])}", "one of + - . for each token")
    _check_length(len(value), count, field)
    return value


def _from_z(value: object, count: int, field: str) -> str:
    if not isinstance(value, list):
        raise Unfit(field, show(value), "a list with 0 or 1 for each token")
    for index, mark in enumerate(value):
        if not isinstance(mark, int) or mark not in (0, 1):
            raise Unfit(f"{field}[{index}]", show(mark), "0 or 1")
    _check_length(len(value), count, field)
    return "".join("+" if mark else "." for mark in value)


def _from_rationale(value: object, count: int, field: str) -> str:
    if not isinstance(value, list):
        raise Unfit(field, show(value), "a list of token indices")
    for index, place in enumerate(value):
        if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < count:
            raise Unfit(f"{field}[{index}]", show(place), f"the index of a token, 0 to {count - 1}")
    marked = set(value)
    return "".join("+" if place in marked else "." for place in range(count))


def _check_length(found: int, count: int, field: str) -> None:
    if found != count:
        raise Unfit(field, f"{found} marks for {count} tokens", "one mark for each token")
