"""Slots: a sentence's places for answers, the queue they form, and the leases on them.

The queue is the order `priority DESC, id` over the open slots. Every slot has a `shuffle` in
[0, 1), a fixed random place; before the first round that is its priority. A round lifts the head
of the queue above 1 and leaves the rest shuffled, so refilling costs the head, not the pool.
Held-out sentences (dev, test) keep their shuffle for ever: they are never acquired.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat

from sqlite_utils import Database

from db.people import GOLD
from db.records import Lease, Reason, Slot, Split
from db.store import Store, now_ms

_COLUMNS = "id, sentence_id, split, reason, score, round_id, person_id, lease_until_ms"

CLAIM = """
    UPDATE slots SET person_id = :person, lease_until_ms = :until,
        leased_under = (SELECT serving_round FROM project)
    WHERE id = (
        SELECT s.id FROM slots s INDEXED BY slots_open
        WHERE s.held_out = :held_out AND s.annotation_id IS NULL AND s.lease_until_ms < :now
            AND NOT EXISTS (
                SELECT 1 FROM annotations a WHERE a.sentence_id = s.sentence_id AND a.person_id = :person)
            AND NOT EXISTS (
                SELECT 1 FROM slots mine
                WHERE mine.sentence_id = s.sentence_id AND mine.person_id = :person AND mine.lease_until_ms >= :now)
        ORDER BY s.priority DESC, s.id LIMIT 1)
    RETURNING id, sentence_id, split, reason, score, round_id, person_id, lease_until_ms
"""

# The `+` keeps the planner off `slots_open`: there it would read all of the pool for each sentence.
REFILL = """
    UPDATE slots SET priority = ?, reason = ?, score = ?, round_id = ?
    WHERE sentence_id = ? AND +held_out = 0 AND annotation_id IS NULL
"""

OPEN_SENTENCES = """
    SELECT DISTINCT sentence_id FROM slots
    WHERE +held_out = 0 AND annotation_id IS NULL AND sentence_id > ? ORDER BY sentence_id LIMIT ?
"""


@dataclass(frozen=True)
class QueueEntry:
    """One sentence of the queue's new head: why it is there, and the acquisition's score."""

    sentence_id: int
    reason: Reason
    score: float


def create_missing(store: Store, *, chunk: int = 500, progress: Callable[[int], None] | None = None) -> int:
    """Give every visible sentence that has none its slots, in short transactions; count them.

    Answers that a sentence came with take its slots. A sentence answered by an import's gold
    labels needs nobody, and gets no slot. Cut off in the middle, the next call goes on.
    """
    created = 0
    for without in _without_slots(store, chunk):
        with store.writing() as db:
            _create(db, without)
        created += len(without)
        if progress is not None:
            progress(created)
    return created


def claim(store: Store, person_id: int, *, held_out: bool, lease_ms: int) -> Slot | None:
    """Lease the next open slot to this person, or give None when there is none for them."""
    now = now_ms()
    with store.writing() as db:
        row = db.execute(
            CLAIM, {"person": person_id, "held_out": held_out, "now": now, "until": now + lease_ms}
        ).fetchone()
    return Slot(*row) if row else None


def renew(store: Store, person_id: int, *, lease_ms: int) -> list[Slot]:
    """Lengthen all of this person's leases that nobody else has taken since, and give them in queue order."""
    with store.writing() as db:
        db.execute(
            "UPDATE slots SET lease_until_ms = ? WHERE person_id = ? AND annotation_id IS NULL",
            [now_ms() + lease_ms, person_id],
        )
        rows = db.execute(
            f"""
            SELECT {_COLUMNS} FROM slots WHERE person_id = ? AND annotation_id IS NULL
            ORDER BY held_out, priority DESC, id
            """,
            [person_id],
        ).fetchall()
    return [Slot(*row) for row in rows]


def release(store: Store, person_id: int, sentence_id: int) -> None:
    """Give this person's unanswered slot of this sentence back to the queue."""
    with store.writing() as db:
        db.execute(
            """
            UPDATE slots SET person_id = NULL, lease_until_ms = 0, leased_under = NULL
            WHERE person_id = ? AND sentence_id = ? AND annotation_id IS NULL
            """,
            [person_id, sentence_id],
        )


def release_outdated(store: Store, person_id: int, *, keep: Sequence[int]) -> None:
    """Give back the pool sentences leased before the round that serves now, apart from those in `keep`."""
    places = ", ".join("?" * len(keep))
    with store.writing() as db:
        db.execute(
            f"""
            UPDATE slots SET person_id = NULL, lease_until_ms = 0, leased_under = NULL
            WHERE person_id = ? AND annotation_id IS NULL AND held_out = 0
                AND leased_under IS NOT (SELECT serving_round FROM project) AND sentence_id NOT IN ({places})
            """,
            [person_id, *keep],
        )


def place_for(store: Store, person_id: int, sentence_id: int) -> int | None:
    """Give the slot that this person's answer may take: their own, else a free one, else None."""
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
    """Give the slot that this answer fills, or None."""
    row = store.db.execute("SELECT id FROM slots WHERE annotation_id = ?", [annotation_id]).fetchone()
    return None if row is None else int(row[0])


def fill(store: Store, slot_id: int, person_id: int, annotation_id: int) -> None:
    """Let this answer fill the slot."""
    with store.writing() as db:
        db.execute(
            "UPDATE slots SET annotation_id = ?, person_id = ?, lease_until_ms = 0 WHERE id = ?",
            [annotation_id, person_id, slot_id],
        )


def empty(store: Store, slot_id: int) -> None:
    """Open the slot again: its answer was taken back."""
    with store.writing() as db:
        db.execute(
            """
            UPDATE slots SET annotation_id = NULL, person_id = NULL, lease_until_ms = 0, leased_under = NULL
            WHERE id = ?
            """,
            [slot_id],
        )


def refill(store: Store, round_id: int, head: Sequence[QueueEntry]) -> None:
    """Put these pool sentences at the head of the queue, first one first; the rest is shuffled again."""
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
                (1 + len(head) - rank, entry.reason, entry.score, round_id, entry.sentence_id)
                for rank, entry in enumerate(head)
            ],
        )


def upcoming(store: Store, limit: int) -> list[Slot]:
    """Give the open pool slots that nobody has leased, in the order in which they will be handed out."""
    rows = store.db.execute(
        f"""
        SELECT {_COLUMNS} FROM slots INDEXED BY slots_open
        WHERE held_out = 0 AND annotation_id IS NULL AND lease_until_ms < ? ORDER BY priority DESC, id LIMIT ?
        """,
        [now_ms(), limit],
    )
    return [Slot(*row) for row in rows]


def open_sentences(store: Store, *, after_id: int = 0, size: int = 1000) -> list[int]:
    """Give a page of pool sentences that still want an answer, by id."""
    rows = store.db.execute(OPEN_SENTENCES, [after_id, size])
    return [row[0] for row in rows]


def leased_sentences(store: Store) -> list[int]:
    """Give the pool sentences that somebody holds and has not answered yet."""
    rows = store.db.execute(
        """
        SELECT DISTINCT sentence_id FROM slots INDEXED BY slots_leased
        WHERE held_out = 0 AND annotation_id IS NULL AND person_id IS NOT NULL
        """
    )
    return [row[0] for row in rows]


def leases(store: Store, *, sentence_id: int | None = None) -> list[Lease]:
    """Give what people hold and have not answered, of one sentence or of all; the lease that ends first leads."""
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
    """Give back what people hold and let expire, and count it."""
    with store.writing() as db:
        rows = db.execute(
            """
            UPDATE slots SET person_id = NULL, lease_until_ms = 0, leased_under = NULL
            WHERE annotation_id IS NULL AND person_id IS NOT NULL AND lease_until_ms < ? RETURNING id
            """,
            [now_ms()],
        ).fetchall()
    return len(rows)


def counts(store: Store) -> dict[str, int]:
    """Count the slots: `open` (leased ones too), `leased` now, `filled`, and `held_out_open`.

    Each count reads an index that has just the slots it counts: the screen asks after every answer.
    """
    row = store.db.execute(
        """
        SELECT
            (SELECT count(*) FROM slots INDEXED BY slots_open WHERE annotation_id IS NULL),
            (SELECT count(*) FROM slots INDEXED BY slots_leased
                WHERE annotation_id IS NULL AND person_id IS NOT NULL AND lease_until_ms >= :now),
            (SELECT count(*) FROM slots INDEXED BY slots_done WHERE annotation_id IS NOT NULL),
            (SELECT count(*) FROM slots INDEXED BY slots_open WHERE annotation_id IS NULL AND held_out = 1)
        """,
        {"now": now_ms()},
    ).fetchone()
    return dict(zip(("open", "leased", "filled", "held_out_open"), row, strict=True))


def _without_slots(store: Store, size: int) -> Iterator[list[tuple[int, str, Split]]]:
    """Give id, id of the source and split of visible sentences that should have slots and have none.

    They are looked for outside of any transaction: where most have theirs, that takes a while.
    """
    after_id = 0
    while True:
        rows = store.db.execute(
            """
            SELECT v.id, v.external_id, v.split FROM visible_sentences v
            WHERE v.id > ? AND NOT EXISTS (SELECT 1 FROM slots WHERE sentence_id = v.id)
                AND NOT EXISTS (
                    SELECT 1 FROM annotations a JOIN people p ON p.id = a.person_id
                    WHERE a.sentence_id = v.id AND p.name = ?)
            ORDER BY v.id LIMIT ?
            """,
            [after_id, GOLD, size],
        ).fetchall()
        if not rows:
            return
        yield rows
        after_id = rows[-1][0]


def _create(db: Database, sentences: Sequence[tuple[int, str, Split]]) -> None:
    (overlap, uid) = db.execute("SELECT overlap, uid FROM project").fetchone()
    answers = _answers(db, [sentence_id for sentence_id, _, _ in sentences])
    rows = []
    for sentence_id, external_id, split in sentences:
        shuffle, reason = _shuffle(uid, external_id), "start" if split == "pool" else "held out"
        for number, answer in enumerate(islice(chain(answers[sentence_id], repeat((None, None))), overlap)):
            rows.append((sentence_id, number, split, shuffle, shuffle, reason, *answer))
    db.conn.executemany(
        """
        INSERT INTO slots (sentence_id, number, split, shuffle, priority, reason, annotation_id, person_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        rows,
    )


def _answers(db: Database, sentence_ids: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """Give the answers that fill slots as (annotation, person), oldest first, by sentence."""
    rows = db.execute(
        """
        SELECT a.sentence_id, a.id, a.person_id FROM json_each(?) ids JOIN annotations a ON a.sentence_id = ids.value
        WHERE a.kind = 'answer' AND NOT EXISTS (SELECT 1 FROM annotations newer WHERE newer.supersedes = a.id)
        ORDER BY a.id
        """,
        [json.dumps(sentence_ids)],
    )
    found = defaultdict(list)
    for sentence_id, annotation_id, person_id in rows:
        found[sentence_id].append((annotation_id, person_id))
    return found


def _shuffle(uid: str, external_id: str) -> float:
    """Give a place in [0, 1) that depends on the project and the sentence alone."""
    digest = hashlib.blake2b(f"{uid} {external_id}".encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48
