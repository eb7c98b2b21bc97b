"""Lines whose own fields say that their label is not an answer: rejected, ignored, skipped, cancelled."""

from collections.abc import Collection, Mapping
from typing import Any

_REFUSALS = frozenset(
    ("reject", "rejected", "ignore", "ignored", "skip", "skipped", "discard", "discarded", "cancelled", "canceled")
)
_ONE_WORD: Mapping[str, frozenset[str]] = {
    "answer": frozenset(("reject", "ignore")),  # Prodigy; elsewhere the field may hold an answer's own words
    **dict.fromkeys(("status", "state", "answer_status", "response_status", "annotation_status"), _REFUSALS),
}
_ACCEPTANCES = frozenset(("accept", "accepted", "submitted", "completed", "complete", "done"))
_SWITCHES = ("was_cancelled", "cancelled", "skipped", "rejected", "ignored", "discarded")
_ON = frozenset(("true", "1", "yes"))
_NAMES = frozenset((*_ONE_WORD, *_SWITCHES))


def verdict(given: Mapping[str, Any], ours: Collection[str]) -> str | None:
    """Return how a line says that its label is not an answer, such as `answer "reject"`; None if it does not.

    Fields that are `ours`, such as the label's, do not count.
    """
    if _NAMES.isdisjoint(given):
        return None
    for name, words in _ONE_WORD.items():
        value = given.get(name)
        if name not in ours and isinstance(value, str) and value.strip().casefold() in words:
            return f'{name} "{value.strip()}"'
    for name in _SWITCHES:
        if name not in ours and str(given.get(name, "")).strip().casefold() in _ON:
            return f"{name} {str(given[name]).strip().lower()}"
    return None


def is_verdict(name: str, value: object) -> bool:
    """Return whether a field says that its line's label is an answer, or that it is not."""
    if name in _SWITCHES:
        return value is None or isinstance(value, bool) or str(value).strip().casefold() in {*_ON, "false", "0", "no"}
    word = value.strip().casefold() if isinstance(value, str) else ""
    return name in _ONE_WORD and (word in _ONE_WORD[name] or word in _ACCEPTANCES)
