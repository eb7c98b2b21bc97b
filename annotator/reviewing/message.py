"""From the browser: the decisions, withdrawals and admissions that the review sheet sends, read once, field by field.

The browser is not trusted. What did not arrive as it was sent is kept with its key, so that it is
refused in words and not sent for ever.
"""

from dataclasses import dataclass
from typing import Any, TypeGuard

from annotator.answering.queue import is_key

MOST_AT_ONCE = 100
_BELOW = 2**63


@dataclass(frozen=True)
class Decision:
    """What a researcher decides a sentence's answer is."""

    key: str
    sentence_id: int
    label: int
    marks: str | None


@dataclass(frozen=True)
class Admission:
    """That a surplus answer shall count, or no longer."""

    key: str
    answer: int
    admitted: bool


@dataclass(frozen=True)
class Withdrawal:
    """That a decision is taken back, or put back."""

    key: str
    decision: int
    withdrawn: bool


@dataclass(frozen=True)
class Garbled:
    """A decision, a withdrawal or an admission that did not arrive as it was sent."""

    key: str


@dataclass(frozen=True)
class ReviewMessage:
    """What the sheet sent; what has no key gets no receipt and is left out."""

    decisions: tuple[Decision | Garbled, ...] = ()
    admissions: tuple[Admission | Garbled, ...] = ()
    withdrawals: tuple[Withdrawal | Garbled, ...] = ()


def read_review_message(sent: object) -> ReviewMessage:
    """Return the message in what a browser sent, whatever that is."""
    return ReviewMessage(
        decisions=tuple(map(_read_decision, _items(sent, "decisions"))),
        admissions=tuple(map(_read_admission, _items(sent, "admissions"))),
        withdrawals=tuple(map(_read_withdrawal, _items(sent, "withdrawals"))),
    )


def receipt(key: str, *, refused: str = "") -> dict[str, str]:
    """Return what the sheet gets about what it sent under this key: why it was refused, if it was."""
    return {"key": key, "refused": refused}


def refuse_garbled(garbled: Garbled) -> dict[str, str]:
    """Return the receipt of what did not arrive as it was sent."""
    return receipt(
        garbled.key, refused="The page's message did not arrive as it was sent; reload the page and try again."
    )


def _items(sent: object, name: str) -> list[dict[str, Any]]:
    items = sent.get(name) if isinstance(sent, dict) else None
    return list(filter(_has_key, items[:MOST_AT_ONCE])) if isinstance(items, list) else []


def _has_key(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("key"), str)


def _read_decision(item: dict[str, Any]) -> Decision | Garbled:
    key, sentence_id, label, marks = (item.get(name) for name in ("key", "sentence_id", "label", "marks"))
    if is_key(key) and _is_number(sentence_id) and _is_number(label) and isinstance(marks, str | None):
        return Decision(key, sentence_id, label, marks)
    return Garbled(item["key"])


def _read_admission(item: dict[str, Any]) -> Admission | Garbled:
    key, answer, admitted = (item.get(name) for name in ("key", "answer", "admitted"))
    if is_key(key) and _is_number(answer) and isinstance(admitted, bool):
        return Admission(key, answer, admitted)
    return Garbled(item["key"])


def _read_withdrawal(item: dict[str, Any]) -> Withdrawal | Garbled:
    key, decision, withdrawn = (item.get(name) for name in ("key", "decision", "withdrawn"))
    if is_key(key) and _is_number(decision) and isinstance(withdrawn, bool):
        return Withdrawal(key, decision, withdrawn)
    return Garbled(item["key"])


def _is_number(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < _BELOW
