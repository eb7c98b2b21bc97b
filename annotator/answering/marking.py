"""Both directions between the word marker in the browser and the queue.

The browser is not trusted: what comes in is read field by field, and what cannot be stored is
answered with a reason, so that it is not sent for ever.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, TypeGuard

from annotator.answering.queue import LONGEST_KEY, Assignment, Receipt, is_key, lease_ahead, reject, submit
from annotator.errors import BadGuidelines
from annotator.formats.faults import Unfit
from annotator.formats.lines import check_characters
from annotator.project import guidelines
from db import annotations, predictions, project, sentences, slots
from db.records import LONGEST_NOTE, Annotation, Label, NewAnnotation, Person, Prediction, Project, Reason, Sentence
from db.store import Store

BOOT = uuid.uuid4().hex
"""Names this server process; a browser that sees another one sends its unsaved answers again."""

MOST_ANSWERS_AT_ONCE = 200
EARLIER_AT_ONCE = 12
MOST_HELD = 20
MOST_SHOWN = 200
VIEWS = ("input_x_gradient", "gradient")
MOST_STRENGTH = 2

_WHY: dict[Reason, str] = {
    "start": "Next in random order.",
    "unsure": "Chosen because the model was unsure.",
    "random": "Chosen at random, so that the model's taste isn't the only one.",
    "held out": "",
}
_NOT_WHY: dict[Reason, str] = {reason: "Next in line." if why else "" for reason, why in _WHY.items()}
"""For projects whose people see nothing of the model, not even that it was unsure."""
_BELOW = 2**53


class Beside(NamedTuple):
    """Which of their own answers somebody asks for: those before, or `later` than, the one with this submission key."""

    key: str
    later: bool


def receive(store: Store, person: Person, message: object) -> list[dict[str, str]]:
    """Store what the browser's outbox holds and give a receipt for each answer that has a key."""
    outbox = message.get("outbox") if isinstance(message, dict) else None
    if not isinstance(outbox, list):
        return []
    items = [
        item for item in outbox[:MOST_ANSWERS_AT_ONCE] if isinstance(item, dict) and isinstance(item.get("key"), str)
    ]
    return [asdict(_receive_one(store, person, item)) for item in items]


def count_sent(message: object) -> int:
    """Return how many answers the browser's outbox holds."""
    outbox = message.get("outbox") if isinstance(message, dict) else None
    return len(outbox) if isinstance(outbox, list) else 0


def held_sentences(message: object) -> list[int]:
    """Give the sentences that the browser says it holds, the one on screen first."""
    holding = message.get("holding") if isinstance(message, dict) else None
    if not isinstance(holding, list):
        return []
    return [each for each in holding if type(each) is int and 0 <= each < _BELOW][:MOST_HELD]


def asked_beside(message: object) -> Beside | None:
    """Give which earlier answers the browser asks for, or None."""
    asked = message.get("beside") if isinstance(message, dict) else None
    key, later = (asked.get("key"), asked.get("later")) if isinstance(asked, dict) else (None, None)
    return Beside(key, later) if names_answer(key) and isinstance(later, bool) else None


def names_answer(key: object) -> TypeGuard[str]:
    """Whether an answer can be looked for under this key: imported ones have those that their files gave them."""
    if not isinstance(key, str) or len(key) > LONGEST_KEY:
        return False
    try:
        check_characters("key", key)
    except Unfit:
        return False
    return True


def asks_anew(message: object) -> bool:
    """Whether the browser asks for the newest answers once more."""
    return isinstance(message, dict) and message.get("anew") is True


def screen(
    store: Store,
    person: Person,
    *,
    holding: Sequence[int] = (),
    receipts: Sequence[dict[str, str]] = (),
    earlier: bool = True,
    beside: Beside | None = None,
    reopen: str | None = None,
) -> dict[str, Any]:
    """Give everything that the word marker draws: sentences ahead, earlier answers, labels, progress, receipts.

    The newest `earlier` answers are needed once by each page; `beside` says which it asks for instead.
    `reopen` is the key of one that this person goes back to.
    """
    settings = project.read(store)
    why = _NOT_WHY if settings.saliency_mode == "never" else _WHY
    ahead = lease_ahead(store, person, holding=holding, rng=random.Random())
    shades = _shades(store, settings, [assignment.sentence.id for assignment in ahead])
    counts = slots.counts(store)
    return {
        "project": settings.uid,
        "person": person.uid,
        "formerly": formerly(person),
        "boot": BOOT,
        "labels": [_drawn_label(label) for label in project.labels(store)],
        "saliency_mode": settings.saliency_mode,
        "guidelines": _drawn_guidelines(store),
        "queue": [_drawn(assignment, shades.get(assignment.sentence.id), why) for assignment in ahead],
        "earlier": _earlier(store, person, settings, beside) if earlier or beside else None,
        "beside": beside and beside._asdict(),
        "reopen": _reopened(store, person, settings, reopen),
        "answered_elsewhere": annotations.answered_of(store, person.id, holding),
        "receipts": list(receipts),
        "answered": counts["filled"],
        "open": counts["open"],
        "notice": "" if ahead else why_empty(counts, sentences.count(store)),
    }


def formerly(person: Person) -> dict[str, int]:
    """Return how browsers named this person before, and since when they are named so: what is older was another's."""
    return {"person": person.id, "since_ms": person.created_ms}


def why_empty(counts: dict[str, int], number: int) -> str:
    """Say why nothing is handed out, from the counts of the slots and the number of sentences."""
    if not number:
        return "This project has no sentences yet. Bring some with `whylight import`."
    if counts["leased"]:
        return "The sentences that are left are with other people. Come back in a few minutes."
    if counts["open"]:
        return "You have answered or skipped everything that is left. Thank you."
    return "Every sentence has been answered. Thank you."


def _receive_one(store: Store, person: Person, item: dict[str, Any]) -> Receipt:
    try:
        answer = _read_answer(person, item)
        if answer.guidelines_version is not None:
            guidelines.read_version(store, answer.guidelines_version)
    except (ValueError, BadGuidelines) as error:
        return reject(store, person, item["key"], str(error))
    return submit(store, person, answer)


def _read_answer(person: Person, item: dict[str, Any]) -> NewAnnotation:
    kind = item.get("kind")
    if kind not in ("answer", "skip"):
        raise ValueError("The answer is neither an answer nor a skip.")
    if not is_key(item["key"]):
        raise ValueError("The submission key is not one that a browser makes: 8 to 64 letters, digits and hyphens.")
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
        seconds=_seconds(item.get("seconds")),
        seconds_to_first_mark=_seconds(item.get("seconds_to_first_mark")),
        edits=_typed(item, "edits", int),
        shown=_shown(item.get("shown")),
        guidelines_version=_typed(item, "guidelines_version", int),
        saliency_round=_typed(item, "saliency_round", int),
        marks_at_reveal=_typed(item, "marks_at_reveal", str),
        note=_note(item),
        flagged=_typed(item, "flagged", bool) or False,
    )


def _typed(item: dict[str, Any], field: str, kind: type) -> Any:
    value: Any = item.get(field)
    fits = type(value) is kind and (not isinstance(value, int) or 0 <= value < _BELOW)
    if value is not None and not fits:
        raise ValueError(f"The answer's {field} is not what was expected.")
    return value


def _note(item: dict[str, Any]) -> str | None:
    note: str | None = _typed(item, "note", str)
    if note is not None and len(note) > LONGEST_NOTE:
        raise ValueError(f"The note has {len(note)} characters, more than {LONGEST_NOTE}; shorten it.")
    try:
        check_characters("note", note or "")
    except Unfit as unfit:
        raise ValueError(f"The note has {unfit.found}; take it out.") from None
    return note or None


def _seconds(value: Any) -> float | None:
    """Give a duration that a person can have needed; a browser's clock may jump, and that is no reason to refuse."""
    believable = type(value) in (int, float) and 0 <= value < 1e6
    return float(value) if believable else None


def _shown(value: Any) -> tuple[dict[str, Any], ...] | None:
    """Give what was in view from when on, as the browser kept note of it."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise ValueError("The answer's shown is not what was expected.")
    return tuple(map(_one_shown, value[:MOST_SHOWN]))


def _one_shown(each: Any) -> dict[str, Any]:
    fields = each if isinstance(each, dict) else {}
    seconds, view, strength = _seconds(fields.get("seconds")), fields.get("view"), fields.get("strength")
    if view not in (*VIEWS, None) or type(strength) is not int or not 0 <= strength <= MOST_STRENGTH:
        raise ValueError("The answer's shown is not what was expected.")
    return {"seconds": seconds, "view": view, "strength": strength}


def _shades(store: Store, settings: Project, sentence_ids: Sequence[int]) -> dict[int, Prediction]:
    if settings.serving_round is None or settings.saliency_mode == "never":
        return {}
    return predictions.find(store, settings.serving_round, sentence_ids)


def _drawn_guidelines(store: Store) -> dict[str, Any] | None:
    now = guidelines.current(store)
    return None if now is None else {"version": now.version, "html": guidelines.guidelines_html(now.text)}


def _drawn_label(label: Label) -> dict[str, Any]:
    # Retired ones too: an answer's label is a place in this list.
    return {"name": label.name, "takes_rationale": label.takes_rationale, "retired": label.retired}


def _drawn(assignment: Assignment, shade: Prediction | None, why: dict[Reason, str]) -> dict[str, Any]:
    if assignment.slot.split != "pool":
        shade = None
    return _drawn_sentence(assignment.sentence, shade) | {"reason": why[assignment.slot.reason]}


def _drawn_sentence(sentence: Sentence, shade: Prediction | None) -> dict[str, Any]:
    return {
        "sentence_id": sentence.id,
        "text": sentence.text,
        "tokens": list(sentence.tokens),
        "starts": list(sentence.starts),
        "query": sentence.query,
        "saliency": None if shade is None else {view: _scaled(getattr(shade, view)) for view in VIEWS},
        "guess": None if shade is None else shade.label,
        "round": None if shade is None else shade.round_id,
    }


def _scaled(saliency: Sequence[float]) -> list[float]:
    """Scale signed scores to [-1, 1] by the sentence's strongest word; all zeros stay zeros."""
    strongest = max(abs(score) for score in saliency)
    return [round(score / strongest, 3) if strongest else 0.0 for score in saliency]


def _earlier(store: Store, person: Person, settings: Project, beside: Beside | None) -> list[dict[str, Any]]:
    """Give what the person has answered or skipped, the oldest of them first."""
    bound = annotations.find(store, beside.key) if beside else None
    if beside and (bound is None or bound.person_id != person.id):
        return []
    after, before = None, None
    if beside and bound:
        after, before = (bound.id, None) if beside.later else (None, bound.id)
    found = annotations.of_person(store, person.id, before=before, after=after, limit=EARLIER_AT_ONCE)
    read = {each.id: each for each in sentences.of_ids(store, [answer.sentence_id for answer in found])}
    shades = _shades(store, settings, [sentence.id for sentence in read.values() if sentence.split == "pool"])
    return [_drawn_answer(each, read[each.sentence_id], shades.get(each.sentence_id)) for each in reversed(found)]


def _reopened(store: Store, person: Person, settings: Project, key: str | None) -> dict[str, Any] | None:
    """Give an own answer as it stands now, which may be a later one than was chosen."""
    chosen = annotations.find(store, key) if key is not None else None
    if chosen is None or chosen.person_id != person.id:
        return None
    now = annotations.newest(store, chosen.sentence_id, person.id)
    if now is None or now.kind not in ("answer", "skip"):
        return None
    sentence = sentences.read(store, now.sentence_id)
    shades = _shades(store, settings, [sentence.id]) if sentence.split == "pool" else {}
    return _drawn_answer(now, sentence, shades.get(sentence.id))


def _drawn_answer(answer: Annotation, sentence: Sentence, shade: Prediction | None) -> dict[str, Any]:
    given = {
        "key": answer.submission_key,
        "kind": answer.kind,
        "label": answer.label,
        "marks": answer.marks,
        "note": answer.note,
        "flagged": answer.flagged,
    }
    return _drawn_sentence(sentence, shade) | {"reason": ""} | given
