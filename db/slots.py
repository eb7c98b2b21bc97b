"""Slots: a sentence's places for answers, the queue they form, and the leases on them.

The queue is the order `priority DESC, id` over the open slots. Every slot has a `shuffle` in
[0, 1), a fixed random place; before the first round that is its priority. A round lifts the head
of the queue above 1 and leaves the rest shuffled, so the cost of a refill grows with the head, not the
pool. Held-out sentences (dev, test) always keep their shuffle: they are never acquired. The sentences
of the agreement sample, which need several people's answers, have `shared` slots.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from db import leases as lease_record
from db import new_slots
from db.database import Database
from db.records import Lease, Reason, Slot, Split
from db.store import Store, now_ms

COLUMNS = "id, sentence_id, split, reason, score, round_id, person_id, lease_until_ms, request_id"
_SERVING = "(SELECT serving_round FROM project)"
_REQUESTED = "(SELECT max(id) FROM set_requests WHERE asked_of IS NULL OR asked_of = :person)"
LEASED = f"""
    person_id = :person, lease_until_ms = :until, leased_under = {_SERVING}, requested_under = {_REQUESTED},
    request_id = :request
"""
"""The columns of a slot that is leased to `:person` until `:until`, because of `:request` or none."""
_GIVEN_BACK = "person_id = NULL, lease_until_ms = 0, leased_under = NULL, requested_under = NULL, request_id = NULL"
"""The columns of a slot whose lease ends without an answer."""
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

CLOSED = -1.0
"""The priority of the slots of a removed sentence, below every range that a claim reads."""

_LOOKED_BACK = 30

# The `+` keeps the planner off `slots_open`, where it would read the whole pool for each sentence.
REFILL = """
    UPDATE slots SET priority = :priority, reason = :reason, score = :score, round_id = :round
    WHERE sentence_id = :sentence AND +held_out = 0 AND annotation_id IS NULL AND priority >= 0
"""

OPEN_SENTENCES = """
    SELECT DISTINCT sentence_id FROM slots
    WHERE +held_out = 0 AND annotation_id IS NULL AND priority >= 0 AND sentence_id > ? ORDER BY sentence_id LIMIT ?
"""


@dataclass(frozen=True)
class QueueEntry:
    """One sentence of the queue's new head, with the reason, the acquisition's score, and what is recorded of why."""

    sentence_id: int
    reason: Reason
    score: float | None
    probability: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    why: str = ""


def create_missing(store: Store, *, chunk: int = 200, progress: Callable[[int], None] | None = None) -> int:
    """Create the slots of every visible sentence that has none, `chunk` slots per transaction; count the sentences.

    Answers that a sentence came with fill its slots. A sentence answered by an import's gold
    labels needs no one and gets no slot. After an interruption, the next call resumes. Call it
    inside `store.importing()`, so that no other process does so at the same time.
    """
    created, (overlap,) = 0, store.db.execute("SELECT overlap FROM project").fetchone()
    for without in new_slots.without_slots(store, max(1, chunk // overlap)):
        with store.writing() as db:
            new_slots.create(db, without)
        created += len(without)
        if progress is not None:
            progress(created)
    return created


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
                lease_record.record(store, person_id, slot.sentence_id)
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
            UPDATE slots SET {_GIVEN_BACK}
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
        db.execute(f"UPDATE slots SET {_GIVEN_BACK} WHERE {_OUTDATED}", values)


def place_for(store: Store, person_id: int, sentence_id: int) -> int | None:
    """Return the slot that this person's answer may take: their own, else a free one, else None."""
    row = store.db.execute(
        """
        SELECT id FROM slots
        WHERE sentence_id = ? AND annotation_id IS NULL AND (person_id = ? OR lease_until_ms < ?)
        ORDER BY person_id IS NOT ?, id LIMIT 1
        """,
        [sentence_id, person_id, now_ms(), person_id],
    ).fetchone()
    return None if row is None else int(row[0])


def held_by(store: Store, annotation_id: int) -> int | None:
    """Return the slot that this answer fills, or None."""
    row = store.db.execute("SELECT id FROM slots WHERE annotation_id = ?", [annotation_id]).fetchone()
    return None if row is None else int(row[0])


def is_filled_by(store: Store, sentence_id: int, person_id: int) -> bool:
    """Return whether an answer of this person fills a slot of the sentence."""
    row = store.db.execute(
        "SELECT 1 FROM slots WHERE sentence_id = ? AND person_id = ? AND annotation_id IS NOT NULL",
        [sentence_id, person_id],
    )
    return row.fetchone() is not None


def fill(store: Store, slot_id: int, person_id: int, annotation_id: int) -> None:
    """Let this answer fill the slot."""
    with store.writing() as db:
        db.execute(
            "UPDATE slots SET annotation_id = ?, person_id = ?, lease_until_ms = 0 WHERE id = ?",
            [annotation_id, person_id, slot_id],
        )


def move(store: Store, sentence_id: int, split: Split) -> None:
    """Put the slots of a sentence into another split; what is held out has a random place in the queue alone."""
    reason = "start" if split == "pool" else "held out"
    with store.writing() as db:
        db.execute(
            """
            UPDATE slots SET split = :split, priority = shuffle, reason = :reason, score = NULL, round_id = NULL
            WHERE sentence_id = :sentence AND split <> :split
            """,
            {"sentence": sentence_id, "split": split, "reason": reason},
        )


def empty(store: Store, slot_id: int) -> None:
    """Open the slot again, because its answer was taken back."""
    with store.writing() as db:
        db.execute(f"UPDATE slots SET annotation_id = NULL, {_GIVEN_BACK} WHERE id = ?", [slot_id])


def refill(store: Store, round_id: int | None, head: Sequence[QueueEntry]) -> None:
    """Put these pool sentences, in order, at the head of the queue; all others return to their shuffled places.

    Without a round, before the first one, an entry has the reason `start` and a score, or the reason `random`.
    """
    with store.writing() as db:
        db.execute(
            """
            UPDATE slots SET priority = shuffle, reason = 'start', score = NULL, round_id = NULL
            WHERE held_out = 0 AND annotation_id IS NULL AND priority >= 1
            """
        )
        db.conn.executemany(
            REFILL,
            [
                {
                    "priority": 1 + len(head) - rank,
                    "reason": entry.reason,
                    "score": entry.score,
                    "round": round_id,
                    "sentence": entry.sentence_id,
                }
                for rank, entry in enumerate(head)
            ],
        )


def upcoming(store: Store, limit: int) -> list[Slot]:
    """Return the open pool slots that no one has leased, in queue order."""
    rows = store.db.execute(
        f"""
        SELECT {COLUMNS} FROM slots INDEXED BY slots_open
        WHERE held_out = 0 AND annotation_id IS NULL AND priority >= 0 AND lease_until_ms < ?
        ORDER BY priority DESC, id LIMIT ?
        """,
        [now_ms(), limit],
    )
    return [Slot(*row) for row in rows]


def open_sentences(store: Store, *, after_id: int = 0, size: int = 1000) -> list[int]:
    """Return a page of pool sentences that still need an answer, by id."""
    rows = store.db.execute(OPEN_SENTENCES, [after_id, size])
    return [row[0] for row in rows]


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


def release_abandoned(store: Store) -> int:
    """Return expired, unanswered slots to the queue, and count them."""
    with store.writing() as db:
        rows = db.execute(
            f"""
            UPDATE slots SET {_GIVEN_BACK}
            WHERE annotation_id IS NULL AND person_id IS NOT NULL AND lease_until_ms < ? RETURNING id
            """,
            [now_ms()],
        ).fetchall()
    return len(rows)


def counts(store: Store) -> dict[str, int]:
    """Count the slots: `open` (leased ones too), `leased` now, and `filled`.

    The screen calls this after every answer, so the open ones are not counted row by row: there may be
    millions. Their ids are without gaps, apart from those of undone imports, so the last one's id tells their number;
    those of removed sentences are none of these.
    """
    slots, filled, leased = store.db.execute(
        """
        SELECT
            max(
                coalesce((SELECT max(id) FROM slots), 0), coalesce((SELECT max(last_slot) FROM undone_imports), 0)
            ) - coalesce((SELECT sum(slots) FROM undone_imports), 0) - (
                SELECT count(*) FROM slots INDEXED BY slots_open
                WHERE annotation_id IS NULL AND held_out IN (0, 1) AND priority < 0),
            (SELECT count(*) FROM slots INDEXED BY slots_done WHERE annotation_id IS NOT NULL),
            (SELECT count(*) FROM slots INDEXED BY slots_leased
                WHERE annotation_id IS NULL AND person_id IS NOT NULL AND lease_until_ms >= :now)
        """,
        {"now": now_ms()},
    ).fetchone()
    return {"open": slots - filled, "leased": leased, "filled": filled}


def count_shared(store: Store) -> tuple[int, int]:
    """Count the sentences that need several people's answers, and all that need any; this reads every slot."""
    shared, every = store.db.execute(
        "SELECT coalesce(sum(number = 0 AND shared), 0), coalesce(sum(number = 0), 0) FROM slots WHERE priority >= 0"
    ).fetchone()
    return int(shared), int(every)


def count_held_out_open(store: Store) -> int:
    """Count the slots of held-out sentences that still need an answer."""
    (number,) = store.db.execute(
        """
        SELECT count(*) FROM slots INDEXED BY slots_open WHERE annotation_id IS NULL AND held_out = 1 AND priority >= 0
        """
    ).fetchone()
    return int(number)


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
