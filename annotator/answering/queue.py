"""The queue: lease sentences to a person, and take their answers.

Work on a sentence that a person was given is never thrown away: an answer that comes too late, when the
sentence has all the answers it needs, is stored as surplus, and counts once a researcher admits it.
An answer to a sentence that they were never given is refused. An answer is acknowledged only after COMMIT.
"""

import random
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal, TypeGuard

from annotator.answering.reasons import acquisition_of
from annotator.answering.suggested import check_seen
from annotator.errors import AnsweredAlready, Deactivated, NeverGiven, NotSuggested, RetiredLabel, SentenceGone
from annotator.project.labels import check_in_use
from annotator.project.permissions import Actor, as_stored, check_may_act
from db.answers import admissions, annotations
from db.corpus import removals, sentences
from db.errors import MisalignedMarks, UnknownLabel, UnknownRound, UnknownSentence
from db.learning import rounds
from db.queue import claims, leases, queue_entries, set_requests, slots
from db.records import OWNER, Annotation, NewAnnotation, Person, Project, Sentence, Slot
from db.store import Store, now_ms
from db.team import audit, project

SENTENCES_AHEAD = 12
ENOUGH_AHEAD = 8
"""With fewer sentences than that, a page gets more."""
LEASE_LEFT = 0.9
"""A lease is extended once less than this share of its time is left."""
LONGEST_KEY = 64
_KEY = re.compile(rf"(?!gold-)[0-9a-z][0-9a-z-]{{7,{LONGEST_KEY - 1}}}", re.IGNORECASE)
_LONGEST_EXCERPT = 60
_REFUSED_ANSWERS = (UnknownSentence, UnknownLabel, UnknownRound, MisalignedMarks)
HELD_OUT_SHARE = 0.2
"""How often the next sentence is a held-out one, while those still need answers."""


@dataclass(frozen=True)
class Assignment:
    """A sentence that a person holds a lease on, and the slot that says why."""

    sentence: Sentence
    slot: Slot


@dataclass(frozen=True)
class Receipt:
    """What became of one submission: it is on the disk, or it was refused, with the reason."""

    key: str
    state: Literal["saved", "surplus", "rejected"]
    message: str = ""


def lease_ahead(
    store: Store, person: Person, *, holding: Sequence[int] = (), count: int = SENTENCES_AHEAD, rng: random.Random
) -> list[Assignment]:
    """Lease sentences until this person holds `count`, and return them: first those they are `holding`, in that order.

    The first of those is on their screen; the others are exchanged when a new round has landed, or when the person
    is asked to answer a set next, or no longer is. What they are asked for comes before everything else.
    Raises Deactivated for a person who may no longer answer.
    """
    held = lease_slots(store, person, holding=holding, count=count, rng=rng)
    return [Assignment(sentences.read(store, slot.sentence_id), slot) for slot in held]


def lease_slots(
    store: Store, person: Person, *, holding: Sequence[int], count: int = SENTENCES_AHEAD, rng: random.Random
) -> list[Slot]:
    """Do the same, and return the slots alone."""
    with store.writing():  # one transaction for all, because each one waits for the disk
        check_may_act(store, person)
        return _hold(store, person, holding, count, rng)


def keep_slots(store: Store, person: Person, *, holding: Sequence[int]) -> list[Slot]:
    """Return the same without writing if this person needs no other sentences yet; otherwise lease them.

    A lease waits for the disk, so it is neither extended nor followed by another one after every answer.
    """
    check_may_act(store, person)
    held = claims.held(store, person.id)
    lease_ms = project.read(store).lease_minutes * 60_000
    is_fresh = all(slot.lease_until_ms > now_ms() + LEASE_LEFT * lease_ms for slot in held)
    if len(held) < ENOUGH_AHEAD or not is_fresh or claims.holds_outdated(store, person.id, keep=holding[:1]):
        return lease_slots(store, person, holding=holding, rng=random.Random())
    return _in_order(held, holding)


def _in_order(held: Sequence[Slot], holding: Sequence[int]) -> list[Slot]:
    place = {sentence_id: number for number, sentence_id in enumerate(holding)}
    return sorted(held, key=lambda slot: place.get(slot.sentence_id, len(place)))


def sample_rate(settings: Project) -> float:
    """Return the share of all answers that goes to the agreement sample; it is the same for each person at any time.

    Of N sentences, share·N need `overlap` answers each and the others one.
    """
    wanted = settings.overlap * settings.overlap_share
    return wanted / (wanted + 1 - settings.overlap_share) if settings.overlap > 1 else 0.0


def is_key(key: object) -> TypeGuard[str]:
    """Return whether a browser may send this submission key; the keys of a file's own answers it may not."""
    return isinstance(key, str) and _KEY.fullmatch(key) is not None


def submit(store: Store, person: Person, answer: NewAnnotation) -> Receipt:
    """Store one person's answer or skip, and return its receipt once it is on the disk.

    A key that was stored before gets "saved" again. An answer to a sentence that this person has answered
    before supersedes the older one, and a skip does not. An answer to a sentence that they were given and no longer
    hold is work that was done: it takes a free slot, or is surplus. An answer to a sentence that they were never
    given and have not answered is refused, in the same words as one to a sentence that does not exist.
    Raises Deactivated for a person who may no longer answer: there is no receipt, so their browser
    keeps the answer. Refusals are in the audit.
    """
    if answer.person_id != person.id:
        return reject(store, person, answer.submission_key, f"{person.name} may not answer for someone else.")
    try:
        if answer.observed.saliency_round is not None:
            rounds.read(store, answer.observed.saliency_round)
        check_seen(store, answer)
        with store.writing():
            check_may_act(store, person)
            stored = annotations.find(store, answer.submission_key) or _append(store, answer)
    except (*_REFUSED_ANSWERS, RetiredLabel, AnsweredAlready, NeverGiven, NotSuggested, SentenceGone) as error:
        return reject(store, person, answer.submission_key, str(error))
    except Deactivated as error:
        _note_refusal(store, person, answer.submission_key, str(error))
        raise
    if stored.person_id != person.id:
        return reject(store, person, answer.submission_key, "This submission key belongs to someone else.")
    found = sentences.of_ids(store, [stored.sentence_id])  # a removed sentence has no text to quote
    if not stored.has_a_vote and found:
        begins = textwrap.shorten(found[0].text, _LONGEST_EXCERPT, placeholder=" …")
        return Receipt(answer.submission_key, "surplus", f"“{begins}” already had its answers; yours is kept as well.")
    return Receipt(answer.submission_key, "saved")


def reject(store: Store, person: Person, key: str, why: str) -> Receipt:
    """Refuse an answer for good, with the reason in the audit; raises Deactivated as `submit` does."""
    check_may_act(store, person)
    _note_refusal(store, person, key, why)
    return Receipt(key, "rejected", why)


def _note_refusal(store: Store, person: Person, key: str, why: str) -> None:
    known = as_stored(store, person)
    detail = {"key": key[:LONGEST_KEY], "why": why}
    # A person whom a restored backup does not know has no row to point at, so their name is written out.
    audit.record_once(store, known or OWNER, "answer refused", detail if known else detail | {"by": person.name})


def _hold(store: Store, person: Person, holding: Sequence[int], count: int, rng: random.Random) -> list[Slot]:
    settings = project.read(store)
    lease_ms, from_sample = settings.lease_minutes * 60_000, sample_rate(settings)
    claims.release_outdated(store, person.id, keep=holding[:1])
    held = _in_order(claims.renew(store, person.id, lease_ms=lease_ms), holding)
    held += set_requests.claim(store, person.id, count=count - len(held), lease_ms=lease_ms)
    while len(held) < count:
        first = (rng.random() < HELD_OUT_SHARE, rng.random() < from_sample)
        slot = _claim(store, person, lease_ms, *first)
        if slot is None:
            break
        held.append(slot)
    return held


def _claim(store: Store, person: Person, lease_ms: int, held_out_first: bool, shared_first: bool) -> Slot | None:
    kinds = product((held_out_first, not held_out_first), (shared_first, not shared_first))
    for held_out, shared in kinds:
        slot = claims.claim(store, person.id, held_out=held_out, shared=shared, lease_ms=lease_ms)
        if slot is not None:
            return slot
    return None


def _refuse_never_given(store: Store, answer: NewAnnotation) -> None:
    """Raise NeverGiven; to be called first, because any other refusal says something about the sentence."""
    if not leases.was_given(store, answer.person_id, answer.sentence_id):
        raise NeverGiven("You were never given this sentence; answer the one that your page shows.")


def _refuse_gone(store: Store, answer: NewAnnotation) -> None:
    """Raise SentenceGone, with what became of it, for a sentence that this person was given and that is gone now."""
    removal = removals.find(store, answer.sentence_id)
    if removal is None or not leases.was_given(store, answer.person_id, answer.sentence_id):
        return
    by = "" if removal.person is None else f" by {removal.person}"
    if removal.replaced_by is None:
        raise SentenceGone(f"This sentence was removed from the project{by}, so it needs no answer any more.")
    raise SentenceGone(f"The text of this sentence was corrected{by}; it comes again with the new text.")


def _append(store: Store, answer: NewAnnotation) -> Annotation:
    superseded = annotations.newest(store, answer.sentence_id, answer.person_id)
    if superseded is None:
        _refuse_never_given(store, answer)
    _refuse_gone(store, answer)
    check_in_use(project.labels(store), answer.label)  # a correction too: what it would replace stays as it is
    if answer.kind == "skip" and superseded and superseded.kind == "answer":
        # From a page that did not know of the answer: the screen lets people leave such a sentence, not skip it.
        raise AnsweredAlready("You have answered this sentence on another page; that answer stays.")
    slot_id = slots.held_by(store, superseded.id) if superseded else None
    if answer.kind != "answer":
        stored = annotations.add(store, answer)
        if slot_id is not None:
            slots.empty(store, slot_id)
        claims.release(store, answer.person_id, answer.sentence_id)
        return stored
    if slot_id is None:
        slot_id = slots.place_for(store, answer.person_id, answer.sentence_id)
    return _store(store, answer, superseded, slot_id)


def _store(store: Store, answer: NewAnnotation, superseded: Annotation | None, slot_id: int | None) -> Annotation:
    """Store an answer, in its slot if it has one; a correction counts, or is surplus, as the answer it corrects."""
    corrected = superseded if superseded and superseded.kind == "answer" and superseded.has_a_vote else None
    stored = annotations.add(store, answer, surplus=corrected.surplus if corrected else slot_id is None)
    if slot_id is not None:
        slots.fill(store, slot_id, answer.person_id, stored.id)
    if corrected is None or not corrected.admitted:
        return stored
    admissions.pass_on(store, corrected.id, stored.id)
    return replace(stored, admitted=True)


def upcoming(store: Store, limit: int, *, actor: Actor) -> list[dict[str, Any]]:
    """Return the sentences that are next in the queue, each with all that is known of why."""
    check_may_act(store, actor, least="researcher")
    return [_upcoming(store, slot) for slot in slots.upcoming(store, limit)]


def _upcoming(store: Store, slot: Slot) -> dict[str, Any]:
    if slot.round_id is not None:
        chosen = queue_entries.find(store, slot.round_id, slot.sentence_id)
    else:
        chosen = queue_entries.of_newest_order(store, slot.sentence_id)
    return {
        "sentence": slot.sentence_id,
        "reason": slot.reason,
        "acquisition": acquisition_of(store, slot),
        "score": slot.score,
        "round": slot.round_id,
        "place": chosen and chosen.place,
        "probability": chosen and chosen.probability,
        "parts": dict(chosen.parts) if chosen else {},
        "why": chosen.why if chosen else "",
        "text": sentences.read(store, slot.sentence_id).text,
    }
