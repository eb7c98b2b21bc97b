"""Slots: a sentence's places for answers, and the queue they form; `db/queue/claims.py` leases them to people.

The queue is the order `priority DESC, id` over the open slots. Every slot has a `shuffle` in
[0, 1), a fixed random place; before the first round that is its priority. A round lifts the head
of the queue above 1 and leaves the rest shuffled, so the cost of a refill grows with the head, not the
pool. Held-out sentences (dev, test) always keep their shuffle: they are never acquired. The sentences
of the agreement sample, which need several people's answers, have `shared` slots.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from db.queue import new_slots
from db.records import Reason, Slot, Split
from db.slot_columns import COLUMNS, GIVEN_BACK
from db.store import Store, now_ms

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
        db.execute(f"UPDATE slots SET annotation_id = NULL, {GIVEN_BACK} WHERE id = ?", [slot_id])


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
