"""From the store to the browser: everything that the word marker draws."""

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from annotator.answering.emptiness import TEXTS, Reason, next_steps, reason_for
from annotator.answering.message import Neighbours
from annotator.answering.queue import keep_slots, lease_slots
from annotator.answering.reasons import picked_lines, reason_lines
from annotator.answering.shading import UNSHADED, shades
from annotator.answering.suggested import suggested, suggests
from annotator.project import guidelines
from annotator.project.permissions import ranks_as
from db.answers import annotations
from db.corpus import sentences
from db.queue import slots
from db.records import Annotation, Label, Person, Project, Sentence, Slot
from db.store import Store
from db.team import project

BOOT = uuid.uuid4().hex
"""The name of this server process; a browser that sees a new one sends its unsaved answers again."""

EARLIER_AT_ONCE = 12


@dataclass(frozen=True)
class ScreenRequest:
    """What a page has, and what it asks for besides the sentences ahead."""

    holding: Sequence[int] = ()
    """The sentences that the browser holds, the one on screen first."""
    has: Mapping[int, int | None] = field(default_factory=dict)
    """Those that it has as a whole, and the round whose saliency came with each; they are not sent again."""
    receipts: Sequence[dict[str, str]] = ()
    """What became of the answers that it sent."""
    earlier: bool = True
    """Whether it needs the newest earlier answers, as each page does once."""
    neighbours: Neighbours | None = None
    """Which earlier answers it asks for instead."""
    reopen: str | None = None
    """The key of the answer that this person goes back to."""
    picked: int = 0
    """The sentence that they have chosen to answer next; 0 for none."""


NEW_PAGE = ScreenRequest()


def screen(store: Store, person: Person, asked: ScreenRequest = NEW_PAGE) -> dict[str, Any]:
    """Return everything that the word marker draws: sentences ahead, earlier answers, labels, progress, receipts."""
    settings = project.read(store)
    holding = [asked.picked, *asked.holding] if asked.picked else asked.holding
    if asked.earlier:
        ahead = lease_slots(store, person, holding=holding, rng=random.Random())
    else:
        ahead = keep_slots(store, person, holding=holding)
    counts = slots.counts(store)
    drawn = {
        "project": settings.uid,
        "person": person.uid,
        "formerly": formerly(person),
        "boot": BOOT,
        "labels": [_drawn_label(label) for label in project.labels(store)],
        "saliency_mode": settings.saliency_mode,
        "chooses_view": ranks_as(person, "researcher"),
        "guidelines": _drawn_guidelines(store),
        "queue": _drawn_queue(store, person, settings, ahead, asked.has),
        "earlier": _earlier(store, person, settings, asked.neighbours) if asked.earlier or asked.neighbours else None,
        "beside": asked.neighbours and asked.neighbours._asdict(),
        "picked": asked.picked or None,
        "reopen": _reopened(store, person, settings, asked.reopen),
        "answered_elsewhere": annotations.answered_of(store, person.id, asked.holding),
        "receipts": list(asked.receipts),
        "answered": counts["filled"],
        "open": counts["open"],
    }
    if suggests(store, settings):
        drawn["suggests"] = True
    return drawn | _drawn_emptiness(None if ahead else reason_for(counts, sentences.count(store)), person)


def formerly(person: Person) -> dict[str, int]:
    """Return how browsers used to name this person, and since when: anything older belongs to someone else."""
    return {"person": person.id, "since_ms": person.created_ms}


def _drawn_emptiness(reason: Reason | None, person: Person) -> dict[str, Any]:
    if reason is None:
        return {"notice": "", "next_steps": []}
    return {"notice": TEXTS[reason], "next_steps": [asdict(step) for step in next_steps(reason, person)]}


def _drawn_guidelines(store: Store) -> dict[str, Any] | None:
    now = guidelines.current(store)
    return None if now is None else {"version": now.version, "html": guidelines.guidelines_html(now.text)}


def _drawn_label(label: Label) -> dict[str, Any]:
    # Retired ones too: an answer's label is an index into this list.
    return {"name": label.name, "takes_rationale": label.takes_rationale, "retired": label.retired}


def _drawn_queue(
    store: Store, person: Person, settings: Project, ahead: Sequence[Slot], has: Mapping[int, int | None]
) -> list[dict[str, Any]]:
    """Return the sentences ahead; of those that the browser has as they are now, only the id and the reason.

    A suggestion comes with its sentence every time: without it, the browser shows none, or no longer.
    """
    why = reason_lines(store, ahead, of_model=settings.saliency_mode != "never") | picked_lines(store, ahead, person)
    serving = settings.serving_round if settings.saliency_mode != "never" else None
    perhaps_new = [slot for slot in ahead if not _has(has, slot, serving if slot.split == "pool" else None)]
    shaded = shades(store, settings, [slot.sentence_id for slot in perhaps_new if slot.split == "pool"])
    # The round that serves may have no prediction for a sentence that the browser has without one.
    new = [slot.sentence_id for slot in perhaps_new if slot.sentence_id in shaded or not _has(has, slot, None)]
    opens_data = ranks_as(person, "researcher")
    drawn = {
        each.id: _drawn_sentence(each, shaded.get(each.id)) | ({"id": each.external_id} if opens_data else {})
        for each in sentences.of_ids(store, new)
    }
    known = [slot for slot in ahead if slot.sentence_id in drawn or slot.sentence_id in has]
    second = suggested(store, settings, [slot.sentence_id for slot in known if slot.split == "pool"])
    return [
        drawn.get(slot.sentence_id, {"sentence_id": slot.sentence_id})
        | {"reason": why[slot.id]}
        | second.get(slot.sentence_id, {})
        for slot in known
    ]


def _has(has: Mapping[int, int | None], slot: Slot, round_id: int | None) -> bool:
    """Return whether the browser has the slot's sentence with the saliency of that round, or with none."""
    return slot.sentence_id in has and has[slot.sentence_id] == round_id


def _drawn_sentence(sentence: Sentence, shade: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "sentence_id": sentence.id,
        "text": sentence.text,
        "tokens": list(sentence.tokens),
        "starts": list(sentence.starts),
        "query": sentence.query,
    } | (shade or UNSHADED)


def _earlier(store: Store, person: Person, settings: Project, asked: Neighbours | None) -> list[dict[str, Any]]:
    """Return what the person has answered or skipped, the oldest first."""
    bound = annotations.find(store, asked.key) if asked else None
    if asked and (bound is None or bound.person_id != person.id):
        return []
    after, before = None, None
    if asked and bound:
        after, before = (bound.id, None) if asked.later else (None, bound.id)
    answers = annotations.of_person(store, person.id, before=before, after=after, limit=EARLIER_AT_ONCE)
    return _drawn_answers(store, settings, answers[::-1])


def _reopened(store: Store, person: Person, settings: Project, key: str | None) -> dict[str, Any] | None:
    """Return the person's own answer as it is now, which may be later than the one that was chosen."""
    chosen = annotations.find(store, key) if key is not None else None
    if chosen is None or chosen.person_id != person.id:
        return None
    now = annotations.newest(store, chosen.sentence_id, person.id)
    if now is None or now.kind not in ("answer", "skip"):
        return None
    return next(iter(_drawn_answers(store, settings, [now])), None)


def _drawn_answers(store: Store, settings: Project, answers: Sequence[Annotation]) -> list[dict[str, Any]]:
    by_id = {sentence.id: sentence for sentence in sentences.of_ids(store, [answer.sentence_id for answer in answers])}
    of_pool = [sentence.id for sentence in by_id.values() if sentence.split == "pool"]
    shaded, second = shades(store, settings, of_pool), suggested(store, settings, of_pool)
    return [
        _drawn_answer(answer, by_id[answer.sentence_id], shaded.get(answer.sentence_id))
        | second.get(answer.sentence_id, {})
        for answer in answers
        if answer.sentence_id in by_id
    ]


def _drawn_answer(answer: Annotation, sentence: Sentence, shade: dict[str, Any] | None) -> dict[str, Any]:
    given = {
        "key": answer.submission_key,
        "kind": answer.kind,
        "label": answer.label,
        "marks": answer.marks,
        "note": answer.observed.note,
        "flagged": answer.observed.flagged,
    }
    return _drawn_sentence(sentence, shade) | {"reason": ""} | given
