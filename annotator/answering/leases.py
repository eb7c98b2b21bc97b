"""Who holds which sentences, and why nothing may be left for others."""

from dataclasses import dataclass

from annotator.answering.emptiness import TEXTS, reason_for
from annotator.project.permissions import Actor, check_may_act
from db.corpus import sentences
from db.queue import claims, slots
from db.records import Lease
from db.store import Store, now_ms
from db.team import audit, project


@dataclass(frozen=True)
class HeldSentence:
    """A lease, and for how long its person has been silent."""

    person: str
    sentence: str
    split: str
    silent_s: int
    """Seconds since the lease was taken, or renewed by the person's page."""
    abandoned: bool
    """True once it has expired: anyone may be given the sentence."""


def held_sentences(store: Store, *, actor: Actor) -> list[HeldSentence]:
    """Return every sentence that a person holds and has not answered, the longest silent first."""
    check_may_act(store, actor, least="researcher")
    now, lease_ms = now_ms(), project.read(store).lease_minutes * 60_000
    return [_held(lease, now, lease_ms) for lease in claims.leases(store)]


def release_abandoned(store: Store, *, actor: Actor) -> int:
    """Release the sentences whose leases have expired and return how many; live leases stay."""
    with store.writing():
        check_may_act(store, actor, least="researcher")
        released = claims.release_abandoned(store)
        if released:
            audit.record(store, actor, "abandoned leases released", {"leases": released})
    return released


def why_nothing_is_next(store: Store) -> str:
    """Return why the queue of pool sentences is empty, or an empty text if it is not."""
    if slots.upcoming(store, 1):
        return ""
    reason = reason_for(slots.counts(store), sentences.count(store))
    return TEXTS[reason] + (" Add some with `whylight import`." if reason == "no sentences" else "")


def _held(lease: Lease, now: int, lease_ms: int) -> HeldSentence:
    silent_s = max(0, now - (lease.until_ms - lease_ms)) // 1000
    return HeldSentence(lease.person, lease.external_id, lease.split, silent_s, lease.until_ms < now)
