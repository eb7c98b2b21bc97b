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
_CONSENTS = frozenset(("accept", "accepted", "submitted", "completed", "complete", "done"))
_SWITCHES = ("was_cancelled", "cancelled", "skipped", "rejected", "ignored", "discarded")
_ON = frozenset(("true", "1", "yes"))


def verdict(given: Mapping[str, Any], ours: Collection[str]) -> str | None:
    """Return how a line says that its label is not an answer, such as `answer "reject"`; None when it does not.

    Fields that hold what is `ours`, such as the label, say nothing of the kind.
    """
    for name, words in _ONE_WORD.items():
        value = given.get(name)
        if name not in ours and isinstance(value, str) and value.strip().casefold() in words:
            return f'{name} "{value.strip()}"'
    for name in _SWITCHES:
        if name not in ours and str(given.get(name, "")).strip().casefold() in _ON:
            return f"{name} {str(given[name]).strip().lower()}"
    return None


def is_verdict(name: str, value: object) -> bool:
    """Whether a field says, one way or the other, if its line's label is an answer."""
    if name in _SWITCHES:
        return value is None or isinstance(value, bool) or str(value).strip().casefold() in {*_ON, "false", "0", "no"}
    said = value.strip().casefold() if isinstance(value, str) else ""
    return name in _ONE_WORD and (said in _ONE_WORD[name] or said in _CONSENTS)
