"""From the browser to the store: read what the word marker sent, once, and store its answers.

The browser is not trusted: its message is read field by field, and what cannot be stored is
rejected with a reason, so that it is not sent for ever.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, TypeGuard

from annotator.answering.queue import LONGEST_KEY, Receipt, is_key, reject, submit
from annotator.errors import BadGuidelines
from annotator.formats.answers.observed import read_observed
from annotator.formats.faults import Unfit
from annotator.formats.files.lines import check_characters
from annotator.project import guidelines
from db.records import LONGEST_NOTE, NewAnnotation, Person
from db.store import Store

MOST_ANSWERS_AT_ONCE = 200
MOST_HELD = 20
_BELOW = 2**53


class Neighbours(NamedTuple):
    """Which of their own answers a person asks for: those before, or `later` than, the one with this key."""

    key: str
    later: bool


@dataclass(frozen=True)
class Message:
    """What a browser sent; each part that is not as expected is empty."""

    project: str | None = None
    person: str | None = None
    number: int = 0
    """The number of the message on its page, so that a redraw can say which one it answers."""
    outbox: tuple[dict[str, Any], ...] = ()
    """The answers that get a receipt, because they have a key; each is read when it is stored, and may be unfit."""
    sent: int = 0
    """How many answers the browser's outbox holds, including those that are not taken this time."""
    holding: tuple[int, ...] = ()
    """The sentences that the browser holds, the one on screen first."""
    has: dict[int, int | None] = field(default_factory=dict)
    """Those that it has as a whole, and the round whose saliency it has of each."""
    neighbours: Neighbours | None = None
    wants_newest: bool = False
    """Whether the browser asks for the newest answers again."""

    def belongs_to(self, *, project: str, person: str) -> bool:
        """Return whether this person sent it in this project.

        After a restart a page may still send for the person who was signed in before.
        """
        return (self.project, self.person) == (project, person)


def read_message(sent: object) -> Message:
    """Return the message in what a browser sent, whatever that is."""
    if not isinstance(sent, dict):
        return Message()
    outbox = sent["outbox"] if isinstance(sent.get("outbox"), list) else []
    return Message(
        project=_text(sent.get("project")),
        person=_text(sent.get("person")),
        number=sent["number"] if _is_count(sent.get("number")) else 0,
        outbox=tuple(filter(_has_key, outbox[:MOST_ANSWERS_AT_ONCE])),
        sent=len(outbox),
        holding=_holding(sent.get("holding")),
        has=_has(sent.get("has")),
        neighbours=_neighbours(sent.get("beside")),
        wants_newest=sent.get("anew") is True,
    )


def names_answer(key: object) -> TypeGuard[str]:
    """Return whether an answer may have this key; imported answers have the keys from their files."""
    if not isinstance(key, str) or len(key) > LONGEST_KEY:
        return False
    try:
        check_characters("key", key)
    except Unfit:
        return False
    return True


def receive(store: Store, person: Person, message: Message) -> list[dict[str, str]]:
    """Store the answers of a message and return a receipt for each."""
    return [asdict(_receive_one(store, person, item)) for item in message.outbox]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < _BELOW


def _is_round(value: object) -> bool:
    return type(value) is int and -_BELOW < value < _BELOW


def _has_key(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("key"), str)


def _holding(value: object) -> tuple[int, ...]:
    return tuple(filter(_is_count, value))[:MOST_HELD] if isinstance(value, list) else ()


def _has(value: object) -> dict[int, int | None]:
    pairs = value[:MOST_HELD] if isinstance(value, list) else []
    return {each[0]: each[1] for each in pairs if _is_pair(each)}


def _is_pair(value: object) -> bool:
    """Return whether this is a sentence's id with a round's or with None."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and _is_count(value[0])
        and (value[1] is None or _is_round(value[1]))
    )


def _neighbours(value: object) -> Neighbours | None:
    key, later = (value.get("key"), value.get("later")) if isinstance(value, dict) else (None, None)
    return Neighbours(key, later) if names_answer(key) and isinstance(later, bool) else None


def _receive_one(store: Store, person: Person, item: dict[str, Any]) -> Receipt:
    try:
        answer = _read_answer(person, item)
        version = answer.observed.guidelines_version
        if version is not None:
            guidelines.read_version(store, version)
    except Unfit as unfit:
        return reject(store, person, item["key"], _why_unfit(unfit, item))
    except (ValueError, BadGuidelines) as error:
        return reject(store, person, item["key"], str(error))
    return submit(store, person, answer)


def _read_answer(person: Person, item: Mapping[str, Any]) -> NewAnnotation:
    kind = item.get("kind")
    if kind not in ("answer", "skip"):
        raise ValueError("The answer's kind is neither answer nor skip.")
    if not is_key(item["key"]):
        raise ValueError("The submission key is not as a browser makes it: 8 to 64 letters, digits and hyphens.")
    label = _typed(item, "label", int)
    if (kind == "answer") != (label is not None):
        raise ValueError("An answer has a label, and a skip has none.")
    return NewAnnotation(
        sentence_id=_typed(item, "sentence_id", int) or 0,
        person_id=person.id,
        kind=kind,
        submission_key=item["key"],
        label=label,
        marks=_typed(item, "marks", str) if kind == "answer" else None,
        observed=read_observed(item, strict=False),
    )


def _typed(item: Mapping[str, Any], field: str, kind: type) -> Any:
    value = item.get(field)
    fits = type(value) is kind and (not isinstance(value, int) or 0 <= value < _BELOW)
    if value is not None and not fits:
        raise ValueError(f"The answer's {field} is not what was expected.")
    return value


def _why_unfit(unfit: Unfit, item: Mapping[str, Any]) -> str:
    note = item.get("note")
    if unfit.field != "note" or not isinstance(note, str):
        return f"The answer's {unfit.field} is not what was expected."
    if len(note) > LONGEST_NOTE:
        return f"The note has {len(note)} characters, more than {LONGEST_NOTE}; shorten it."
    return f"The note has {unfit.found}; take it out."
