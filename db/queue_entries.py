"""Why a round chose each sentence of its queue: written with the queue, and never changed.

Only pool sentences that still need an answer have an entry, whatever a round asks for.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db.records import Reason
from db.slots import QueueEntry
from db.store import Store

_COLUMNS = "q.round_id, q.sentence_id, q.place, q.reason, q.score, q.probability, q.parts, q.why"

# The `+` keeps the planner off `slots_open`, where it would read the whole pool for each sentence.
_ADD = """
    INSERT INTO queue_entries (round_id, sentence_id, place, reason, score, probability, parts, why)
    SELECT :round, :sentence, :place, :reason, :score, :probability, :parts, :why
    WHERE EXISTS (SELECT 1 FROM slots WHERE sentence_id = :sentence AND +held_out = 0 AND annotation_id IS NULL)
"""


@dataclass(frozen=True)
class Chosen:
    """A sentence that a round chose, its place from 1 on, and why."""

    round_id: int
    sentence_id: int
    place: int
    reason: Reason
    score: float | None
    probability: float | None
    """The chance that it had; None if it was no matter of chance (`learner/acquisition/choosing.py`)."""
    parts: Mapping[str, float]
    """Acquisition → its score."""
    why: str


def add(store: Store, round_id: int, head: Sequence[QueueEntry]) -> None:
    """Record why a round chose these sentences, in this order; part of the transaction that refills the queue."""
    with store.writing() as db:
        db.conn.executemany(
            _ADD,
            [
                {
                    "round": round_id,
                    "sentence": entry.sentence_id,
                    "place": place,
                    "reason": entry.reason,
                    "score": entry.score,
                    "probability": entry.probability,
                    "parts": json.dumps(dict(entry.parts)),
                    "why": entry.why,
                }
                for place, entry in enumerate(head, start=1)
            ],
        )


def of_round(store: Store, round_id: int) -> list[Chosen]:
    """Return what a round chose, in order."""
    return _read(store, "q.round_id = ? ORDER BY q.place", [round_id])


def of_sentence(store: Store, sentence_id: int) -> list[Chosen]:
    """Return why rounds chose this sentence, the newest first."""
    return _read(store, "q.sentence_id = ? ORDER BY q.round_id DESC", [sentence_id])


def find(store: Store, round_id: int, sentence_id: int) -> Chosen | None:
    """Return why a round chose this sentence, or None if it did not."""
    return next(iter(_read(store, "q.round_id = ? AND q.sentence_id = ?", [round_id, sentence_id])), None)


def _read(store: Store, where: str, values: Sequence[int]) -> list[Chosen]:
    rows = store.db.execute(f"SELECT {_COLUMNS} FROM queue_entries q WHERE {where}", list(values))
    return [
        Chosen(round_id, sentence_id, place, reason, score, probability, json.loads(parts), why)
        for round_id, sentence_id, place, reason, score, probability, parts, why in rows
    ]
