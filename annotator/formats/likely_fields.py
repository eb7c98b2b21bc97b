"""Which fields of a file look like ids and labels, where their names alone don't say so."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from annotator.formats.first_look import FirstLook
from annotator.names import label_key

FEWEST_LABELS = 2
"""Rows with a label that a column must have to look like one of labels."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ID_WORDS = frozenset(("id", "ids", "nr"))


def is_like_id(name: str) -> bool:
    """Return whether a field's name sounds like one of ids: `Nr`, `tweetId`, `rowID`."""
    return not _ID_WORDS.isdisjoint(word.casefold() for word in _WORDS.findall(name)) or name.endswith("ID")


def with_likely_fields(look: FirstLook, labels: Iterable[str]) -> FirstLook:
    """Return the look with the fields that look like ids and labels as guesses; `labels` are the project's."""
    if look.is_of_a_tool or "annotations" in look.columns:
        return look
    likely: dict[str, str] = {}
    for part, column in (("label", _like_labels(look, labels)), ("id", _like_ids(look))):
        if part in look.parts and part not in look.guessed and column is not None:
            likely[part] = column
    return replace(look, guessed={**look.guessed, **likely}, likely=tuple(likely))


def _like_labels(look: FirstLook, labels: Iterable[str]) -> str | None:
    known = {label_key(label) for label in labels}
    return next(
        (
            column
            for column, values in _free(look).items()
            if len(values) >= FEWEST_LABELS and all(label_key(value) in known for value in values)
        ),
        None,
    )


def _like_ids(look: FirstLook) -> str | None:
    return next(
        (
            column
            for column, values in _free(look).items()
            if is_like_id(column) and len(values) == len(look.sample) == len(set(values))
        ),
        None,
    )


def _free(look: FirstLook) -> Mapping[str, Sequence[str]]:
    """Return the values in the sample of the columns that are no guess yet, those that are not empty."""
    return {
        column: [row[place] for row in look.sample if row[place].strip()]
        for place, column in enumerate(look.columns)
        if column not in look.guessed.values()
    }
