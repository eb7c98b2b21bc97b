"""What was observed while a person answered, in files and browsers' messages: read, checked and written only here."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from annotator.formats.answers.answer import check_marks
from annotator.formats.faults import Unfit, show
from annotator.formats.files.lines import check_characters
from annotator.formats.rows import MOST_METADATA_BYTES, MOST_TOKENS
from db.records import LONGEST_NOTE, LONGEST_VIEW, Observed

MOST_SHOWN = 1000
MOST_SHOWN_IN_A_BROWSER = 200
MOST_STRENGTH = 2
LONGEST_NAME = 200
"""Characters in the name of a language model or a label."""
_OF_A_SUGGESTION = {"model", "label", "words", "seconds", "label_before", "taken"}
_MOST_SECONDS = 1e9
_BELIEVABLE_SECONDS = 1e6
_BELOW = 2**53
_IN_FILES = {"saliency_round": "round_shown"}
OBSERVED_FIELDS = tuple(_IN_FILES.get(field.name, field.name) for field in fields(Observed))
"""The fields of an answer in a file that hold what was observed."""


def read_observed(given: Mapping[str, Any], *, strict: bool, tokens: int | None = None) -> Observed:
    """Return what the fields of one answer say was observed; raises Unfit for the first field that is not valid.

    `strict` is for files: a value out of range is a fault, and marks must fit the sentence's `tokens`. From a browser
    an odd clock, an empty note and a long log of what was in view are accepted; but the log must look like our own
    page's, and the store, which knows the sentence, checks the marks.
    """
    saliency_round = _IN_FILES["saliency_round"] if strict else "saliency_round"
    return Observed(
        seconds=_seconds("seconds", given, strict),
        saliency_round=_number(saliency_round, given, "the number of a round, or null"),
        marks_at_reveal=_marks("marks_at_reveal", given, tokens),
        note=_note("note", given, strict),
        seconds_to_first_mark=_seconds("seconds_to_first_mark", given, strict),
        edits=_number("edits", given, "how often the answer was changed, or null", least=0),
        shown=_shown_in_a_file("shown", given) if strict else _shown_in_a_browser("shown", given),
        guidelines_version=_number("guidelines_version", given, "a version, or null"),
        flagged=read_truth("flagged", given),
        suggestion=_suggestion("suggestion", given, strict, tokens),
    )


def write_observed(observed: Observed) -> dict[str, Any]:
    """Return the fields from which `read_observed` reads `observed` in a file; what is unknown has no field."""
    return {name: fact for name, fact in name_facts(observed).items() if fact is not None and fact is not False}


def name_facts(observed: Observed) -> dict[str, Any]:
    """Return every fact under its name in files; what is unknown is None, or False."""
    return dict(zip(OBSERVED_FIELDS, vars(observed).values(), strict=True))


def read_truth(field: str, given: Mapping[str, Any]) -> bool:
    """Return whether a field is true; one that is null or missing counts as false."""
    value = given.get(field)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise Unfit(field, show(value), "true or false")


def _seconds(field: str, given: Mapping[str, Any], strict: bool) -> float | None:
    value: Any = given.get(field)
    is_number = type(value) in (int, float)
    if not strict:
        return float(value) if is_number and 0 <= value < _BELIEVABLE_SECONDS else None
    if value is None:
        return None
    if not is_number or not 0 <= value <= _MOST_SECONDS:
        raise Unfit(field, show(value), "a number of seconds from 0 to 1,000,000,000")
    return float(value)


def _number(field: str, given: Mapping[str, Any], expected: str, *, least: int = 1) -> int | None:
    value = given.get(field)
    if value is not None and (type(value) is not int or not least <= value < _BELOW):
        raise Unfit(field, show(value), expected)
    return value


def _marks(field: str, given: Mapping[str, Any], tokens: int | None) -> str | None:
    value = given.get(field)
    if value is None or (tokens is None and isinstance(value, str)):
        return value
    return check_marks(value, tokens or 0, field)


def _note(field: str, given: Mapping[str, Any], strict: bool) -> str | None:
    value = given.get(field)
    if value is None or (value == "" and not strict):
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_NOTE:
        raise Unfit(field, show(value), f"a text of 1 to {LONGEST_NOTE} characters")
    check_characters(field, value)
    return value


def _shown_in_a_file(field: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], ...] | None:
    """Return the log of what was in view as it is written, because other tools may show other things."""
    value = given.get(field)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MOST_SHOWN or not all(isinstance(view, dict) for view in value):
        raise Unfit(field, show(value), f"a list of at most {MOST_SHOWN} objects")
    if (size := len(json.dumps(value))) > MOST_METADATA_BYTES:
        raise Unfit(field, f"{size:,} bytes", f"at most {MOST_METADATA_BYTES:,}")
    return tuple(value)


def _shown_in_a_browser(field: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], ...] | None:
    """Return the log of what was in view as our own page keeps it, the first entries of a long one."""
    value = given.get(field)
    if value is None:
        return None
    if not isinstance(value, list):
        raise Unfit(field, show(value), "a list of what was in view")
    return tuple(_view(field, entry) for entry in value[:MOST_SHOWN_IN_A_BROWSER])


def _suggestion(field: str, given: Mapping[str, Any], strict: bool, tokens: int | None) -> dict[str, Any] | None:
    """Return the suggestion that came into view; the store, which knows what was suggested, checks a browser's."""
    value = given.get(field)
    if value is None:
        return None
    entry = value if isinstance(value, dict) else {}
    names = [entry.get("model"), entry.get("label"), entry.get("label_before")]
    words = entry.get("words")
    is_one = set(entry) == _OF_A_SUGGESTION and isinstance(words, list) and _are_indices(words, tokens)
    if not is_one or not all(_is_name(name) for name in names[:2]) or not (names[2] is None or _is_name(names[2])):
        raise Unfit(field, show(value), f"an object of {', '.join(sorted(_OF_A_SUGGESTION))}")
    for name in names:
        check_characters(field, name or "")
    return entry | {name: _seconds(name, entry, strict) for name in ("seconds", "taken")}


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 1 <= len(name) <= LONGEST_NAME


def _are_indices(words: list[Any], tokens: int | None) -> bool:
    """Return whether these are indices of tokens, ascending and each once."""
    most = MOST_TOKENS if tokens is None else tokens
    return all(type(word) is int and 0 <= word < most for word in words) and words == sorted(set(words))


def _view(field: str, value: object) -> dict[str, Any]:
    entry = value if isinstance(value, dict) else {}
    view, strength = entry.get("view"), entry.get("strength")
    if not _is_view(view) or type(strength) is not int or not 0 <= strength <= MOST_STRENGTH:
        raise Unfit(field, show(value), f"a view and its strength, 0 to {MOST_STRENGTH}")
    if view is not None:
        check_characters(field, view)
    return {"seconds": _seconds("seconds", entry, strict=False), "view": view, "strength": strength}


def _is_view(name: object) -> bool:
    """Return whether this can be the name of a view: a model of another package may have one of its own."""
    return name is None or (isinstance(name, str) and 1 <= len(name) <= LONGEST_VIEW)
