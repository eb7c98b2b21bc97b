"""Claims: who holds which slot of the queue, and until when.

A claim leases the next open slot to a person, who renews the lease while they are there, and it ends with their answer
or when the slot is given back. `db/queue/slots.py` has the slots themselves and their order.
"""

import json
from collections.abc import Sequence

from db.opening.database import Database
from db.queue import leases as db_leases
from db.records import Lease, Slot
from db.slot_columns import COLUMNS, GIVEN_BACK
from db.store import Store, now_ms

_SERVING = "(SELECT serving_round FROM project)"
_REQUESTED = "(SELECT max(id) FROM set_requests WHERE asked_of IS NULL OR asked_of = :person)"
LEASED = f"""
    person_id = :person, lease_until_ms = :until, leased_under = {_SERVING}, requested_under = {_REQUESTED},
    request_id = :request
"""
"""The columns of a slot that is leased to `:person` until `:until`, because of `:request` or none."""
OPEN_TO_ANYONE = "s.annotation_id IS NULL AND s.lease_until_ms < :now"
_OUTDATED = f"""
    person_id = :person AND annotation_id IS NULL
    AND (requested_under IS NOT {_REQUESTED} OR (held_out = 0 AND leased_under IS NOT {_SERVING}))
    AND sentence_id NOT IN (SELECT value FROM json_each(:keep))
"""
"""Leased before the round that serves now, or before the person was last asked for a set or no longer was."""
_IN_ORDER = """
    request_id IS NULL, request_id DESC, iif(request_id IS NULL, held_out, sentence_id), priority DESC, id
"""
"""What people were asked for comes first, the last request leading."""

ANSWERED = """
    SELECT 1 FROM annotations a WHERE a.sentence_id = s.sentence_id AND a.person_id = :person
        AND NOT EXISTS (SELECT 1 FROM carried_answers c WHERE c.annotation_id = a.id AND c.marks_lost = 1)
"""
"""The condition, in EXISTS, that `:person` has answered the sentence of the slot `s`, or skipped it.

An answer that lost its marks when the text was corrected does not keep its person from being asked again.
"""

_CLAIM = """
    UPDATE slots SET {leased}
    WHERE id = (
        SELECT s.id FROM slots s INDEXED BY {index}
        WHERE s.held_out = :held_out AND s.shared = {shared} AND {open} AND s.priority BETWEEN :least AND :most
            AND NOT EXISTS ({answered})
            AND NOT EXISTS (
                SELECT 1 FROM slots mine
                WHERE mine.sentence_id = s.sentence_id AND mine.person_id = :person AND mine.lease_until_ms >= :now)
        ORDER BY s.priority DESC, s.id LIMIT 1)
    RETURNING {columns}
"""
_PARTS = {"columns": COLUMNS, "leased": LEASED, "open": OPEN_TO_ANYONE, "answered": ANSWERED}
CLAIMS = {
    False: _CLAIM.format(index="slots_open", shared=0, **_PARTS),
    True: _CLAIM.format(index="slots_shared", shared=1, **_PARTS),
}
"""The statements that lease the next slot: of sentences for one person, and of those for several."""

_HEAD = (1.0, 1e9)
"""The range of priorities of the sentences that a round chose; all others are below."""

_LOOKED_BACK = 30


def claim(store: Store, person_id: int, *, held_out: bool, shared: bool = False, lease_ms: int) -> Slot | None:
    """Lease the next open slot of that kind to this person, or return None if there is none for them.

    The same transaction records permanently that they were given the sentence.

    After a round's head they resume where they last answered. Slots given back before that place come
    to them at the end of the queue: so a claim does not search again through thousands of sentences
    that they have answered and others have not.
    """
    now = now_ms()
    values = {"person": person_id, "held_out": held_out, "now": now, "until": now + lease_ms, "request": None}
    with store.writing() as db:
        place = _place(db, person_id, held_out=held_out, shared=shared)
        for least, most in (_HEAD, (0, place), (place, 1)):
            row = db.execute(CLAIMS[shared], values | {"least": least, "most": most}).fetchone()
            if row is not None:
                slot = Slot(*row)
                db_leases.record(store, person_id, slot.sentence_id)
                return slot
    return None


def renew(store: Store, person_id: int, *, lease_ms: int) -> list[Slot]:
    """Extend all of this person's leases that no one else has taken since, and return them in queue order."""
    with store.writing() as db:
        db.execute(
            "UPDATE slots SET lease_until_ms = ? WHERE person_id = ? AND annotation_id IS NULL",
            [now_ms() + lease_ms, person_id],
        )
        rows = db.execute(
            f"""
            SELECT {COLUMNS} FROM slots WHERE person_id = ? AND annotation_id IS NULL
            ORDER BY {_IN_ORDER}
            """,
            [person_id],
        ).fetchall()
    return [Slot(*row) for row in rows]


def held(store: Store, person_id: int) -> list[Slot]:
    """Return this person's leased and unanswered slots in queue order, without extending the leases."""
    rows = store.db.execute(
        f"""
        SELECT {COLUMNS} FROM slots INDEXED BY slots_leased WHERE person_id = ? AND annotation_id IS NULL
        ORDER BY {_IN_ORDER}
        """,
        [person_id],
    )
    return [Slot(*row) for row in rows.fetchall()]


def holds_outdated(store: Store, person_id: int, *, keep: Sequence[int]) -> bool:
    """Return whether `release_outdated` would return any of this person's sentences to the queue."""
    values = {"person": person_id, "keep": json.dumps(list(keep))}
    row = store.db.execute(f"SELECT 1 FROM slots INDEXED BY slots_leased WHERE {_OUTDATED} LIMIT 1", values).fetchone()
    return row is not None


def release(store: Store, person_id: int, sentence_id: int) -> None:
    """Return this person's unanswered slot of this sentence to the queue."""
    with store.writing() as db:
        db.execute(
            f"""
            UPDATE slots SET {GIVEN_BACK}
            WHERE person_id = ? AND sentence_id = ? AND annotation_id IS NULL
            """,
            [person_id, sentence_id],
        )


def release_outdated(store: Store, person_id: int, *, keep: Sequence[int]) -> None:
    """Return this person's sentences to the queue, except those in `keep`, if another order holds for them now.

    These are the pool sentences leased before the round that serves now, and all those that were leased before the
    person was last asked for a set, or no longer was.
    """
    values = {"person": person_id, "keep": json.dumps(list(keep))}
    with store.writing() as db:
        db.execute(f"UPDATE slots SET {GIVEN_BACK} WHERE {_OUTDATED}", values)


def release_abandoned(store: Store) -> int:
    """Return expired, unanswered slots to the queue, and count them."""
    with store.writing() as db:
        rows = db.execute(
            f"""
            UPDATE slots SET {GIVEN_BACK}
            WHERE annotation_id IS NULL AND person_id IS NOT NULL AND lease_until_ms < ? RETURNING id
            """,
            [now_ms()],
        ).fetchall()
    return len(rows)


def leased_sentences(store: Store) -> list[int]:
    """Return the pool sentences that a person holds and has not answered yet."""
    rows = store.db.execute(
        """
        SELECT DISTINCT sentence_id FROM slots INDEXED BY slots_leased
        WHERE held_out = 0 AND annotation_id IS NULL AND person_id IS NOT NULL
        """
    )
    return [row[0] for row in rows]


def leases(store: Store, *, sentence_id: int | None = None) -> list[Lease]:
    """Return the unanswered leases that people hold, of one sentence or of all; the lease that ends first leads."""
    rows = store.db.execute(
        """
        SELECT p.name, v.external_id, s.split, s.lease_until_ms
        FROM slots s INDEXED BY slots_leased JOIN people p ON p.id = s.person_id
            JOIN visible_sentences v ON v.id = s.sentence_id
        WHERE s.annotation_id IS NULL AND s.person_id IS NOT NULL
            AND (:sentence_id IS NULL OR s.sentence_id = :sentence_id)
        ORDER BY s.lease_until_ms, s.id
        """,
        {"sentence_id": sentence_id},
    )
    return [Lease(*row) for row in rows]


def _place(db: Database, person_id: int, *, held_out: bool, shared: bool) -> float:
    """Return the place in the shuffle of the last such sentence that this person answered or skipped; 1 for none."""
    row = db.execute(
        """
        SELECT s.shuffle
        FROM (SELECT id, sentence_id FROM annotations WHERE person_id = ? ORDER BY id DESC LIMIT ?) last
            JOIN slots s ON s.sentence_id = last.sentence_id
        WHERE +s.held_out = ? AND s.shared = ? AND s.priority < 1
        ORDER BY last.id DESC, s.annotation_id IS NOT last.id, s.shuffle DESC LIMIT 1
        """,
        [person_id, _LOOKED_BACK, held_out, shared],
    ).fetchone()
    return 1.0 if row is None else float(row[0])
