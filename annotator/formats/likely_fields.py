"""Which fields of a file look like ids and labels, where their names alone don't say so."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from annotator.formats.first_look import FirstLook
from annotator.names import label_key

FEWEST_LABELS = 2
"""Different labels that a column must have to look like one of labels."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ID_WORDS = frozenset(("id", "ids", "nr"))


def is_like_id(name: str) -> bool:
    """Return whether a field's name sounds like one of ids: `Nr`, `tweetId`, `rowID`."""
    return not _ID_WORDS.isdisjoint(word.casefold() for word in _WORDS.findall(name)) or name.endswith("ID")


def with_likely_fields(look: FirstLook, labels: Iterable[str]) -> FirstLook:
    """Return the look with the fields that look like ids and labels as guesses; `labels` are the project's.

    Where two fields look like the same, neither is a guess, and no field is both.
    """
    if look.is_of_a_tool or "annotations" in look.columns:
        return look
    free = _free(look)
    ids = [column for column, values in free.items() if is_like_id(column) and _differ(values, rows=len(look.sample))]
    others = {column: values for column, values in free.items() if column not in ids}
    found = {"label": _like_labels(others, labels), "id": ids[0] if len(ids) == 1 else None}
    likely = {
        part: column
        for part, column in found.items()
        if part in look.parts and part not in look.guessed and column is not None
    }
    return replace(look, guessed={**look.guessed, **likely}, likely=tuple(likely))


def _differ(values: Sequence[str], *, rows: int) -> bool:
    return len(values) == rows == len(set(values))


def _like_labels(columns: Mapping[str, Sequence[str]], labels: Iterable[str]) -> str | None:
    known = {label_key(label) for label in labels}
    keys = {column: {label_key(value) for value in values} for column, values in columns.items()}
    alike = [column for column in columns if keys[column] and keys[column] <= known]
    return alike[0] if len(alike) == 1 and len(keys[alike[0]]) >= FEWEST_LABELS else None


def _free(look: FirstLook) -> Mapping[str, Sequence[str]]:
    """Return the values in the sample, without the empty ones, of the columns that are not guessed yet."""
    return {
        column: [row[place] for row in look.sample if row[place].strip()]
        for place, column in enumerate(look.columns)
        if column not in look.guessed.values()
    }
