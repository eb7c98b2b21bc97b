"""Why a round, or an order before the first round, chose each sentence of its queue: written with it, never changed.

Only pool sentences that still need an answer have an entry, whatever a round asks for.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db.queue.slots import QueueEntry
from db.records import Reason
from db.store import Store, now_ms

_COLUMNS = "q.round_id, q.sentence_id, q.place, q.reason, q.score, q.probability, q.parts, q.why"

# The `+` keeps the planner off `slots_open`, where it would read the whole pool for each sentence.
_ADD = """
    INSERT INTO queue_entries (round_id, sentence_id, place, reason, score, probability, parts, why)
    SELECT :round, :sentence, :place, :reason, :score, :probability, :parts, :why
    WHERE EXISTS (SELECT 1 FROM slots WHERE sentence_id = :sentence AND +held_out = 0 AND annotation_id IS NULL)
"""


@dataclass(frozen=True)
class Chosen:
    """A sentence that a round, or an order before the first round, chose, its place from 1 on, and why."""

    round_id: int | None
    """None for an order before the first round."""
    sentence_id: int
    place: int
    reason: Reason
    score: float | None
    probability: float | None
    """The chance that it had; None if it was not a matter of chance (`learner/acquisition/choosing.py`)."""
    parts: Mapping[str, float]
    """Acquisition → its score."""
    why: str


def add(store: Store, round_id: int, head: Sequence[QueueEntry]) -> None:
    """Record why a round chose these sentences, in this order; part of the transaction that refills the queue."""
    with store.writing() as db:
        db.conn.executemany(_ADD, [_values(round_id, place, entry) for place, entry in enumerate(head, start=1)])


def add_order(store: Store, head: Sequence[QueueEntry], *, acquisition: str, seed: int, person_id: int | None) -> None:
    """Record why an order before the first round chose these sentences; part of the transaction that refills."""
    with store.writing() as db:
        (order_id,) = db.execute(
            "INSERT INTO queue_orders (acquisition, seed, person_id, at_ms) VALUES (?, ?, ?, ?) RETURNING id",
            [acquisition, seed, person_id, now_ms()],
        ).fetchone()
        add = _ADD.replace("queue_entries (round_id", "order_entries (order_id")
        rows = [_values(order_id, place, entry) for place, entry in enumerate(head, start=1)]
        # Only what the acquisition chose has a score; the rest of the head was drawn.
        reasons: list[Reason] = ["random" if entry.score is None else "start" for entry in head]
        db.conn.executemany(add, [row | {"reason": reason} for row, reason in zip(rows, reasons, strict=True)])


def _values(chosen_by: int, place: int, entry: QueueEntry) -> dict[str, Any]:
    return {
        "round": chosen_by,
        "sentence": entry.sentence_id,
        "place": place,
        "reason": entry.reason,
        "score": entry.score,
        "probability": entry.probability,
        "parts": json.dumps(dict(entry.parts)),
        "why": entry.why,
    }


def of_round(store: Store, round_id: int) -> list[Chosen]:
    """Return what a round chose, in order."""
    return _read(store, "q.round_id = ? ORDER BY q.place", [round_id])


def of_sentence(store: Store, sentence_id: int) -> list[Chosen]:
    """Return why rounds chose this sentence, the newest first, and after them orders before the first round."""
    of_rounds = _read(store, "q.sentence_id = ? ORDER BY q.round_id DESC", [sentence_id])
    return of_rounds + _of_orders(store, "q.sentence_id = ? ORDER BY q.order_id DESC", [sentence_id])


def of_newest_order(store: Store, sentence_id: int) -> Chosen | None:
    """Return why the newest order before the first round chose this sentence, or None if it did not."""
    where = "q.sentence_id = ? AND q.order_id = (SELECT max(id) FROM queue_orders)"
    return next(iter(_of_orders(store, where, [sentence_id])), None)


def find(store: Store, round_id: int, sentence_id: int) -> Chosen | None:
    """Return why a round chose this sentence, or None if it did not."""
    return next(iter(_read(store, "q.round_id = ? AND q.sentence_id = ?", [round_id, sentence_id])), None)


def _of_orders(store: Store, where: str, values: Sequence[int]) -> list[Chosen]:
    columns = _COLUMNS.replace("q.round_id", "NULL")
    return _chosen(store.db.execute(f"SELECT {columns} FROM order_entries q WHERE {where}", list(values)))


def _read(store: Store, where: str, values: Sequence[int]) -> list[Chosen]:
    return _chosen(store.db.execute(f"SELECT {_COLUMNS} FROM queue_entries q WHERE {where}", list(values)))


def _chosen(rows: Iterable[Sequence[Any]]) -> list[Chosen]:
    return [
        Chosen(round_id, sentence_id, place, reason, score, probability, json.loads(parts), why)
        for round_id, sentence_id, place, reason, score, probability, parts, why in rows
    ]
