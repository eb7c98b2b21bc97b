"""Sentences that a person chose to answer, instead of the one that the queue had for them.

`picked_sentences` also records those that people were given because someone asked for a set
(`db/queue/set_requests.py`).
"""

import json
from collections.abc import Sequence

from db.queue import leases
from db.queue.claims import LEASED
from db.records import Slot
from db.store import Store, now_ms

_OPEN_FOR_THEM = """
    sentence_id = :sentence AND +held_out = 0 AND annotation_id IS NULL
    AND (person_id = :person OR lease_until_ms < :now)
"""


def pick(store: Store, person_id: int, sentence_id: int, *, lease_ms: int) -> bool:
    """Lease an open slot of this pool sentence to the person who chose it; return False if there is none for them."""
    with store.writing() as db:
        row = db.execute(
            f"""
            UPDATE slots SET {LEASED}
            WHERE id = (
                SELECT id FROM slots WHERE {_OPEN_FOR_THEM}
                ORDER BY person_id IS NOT :person, id LIMIT 1)
            RETURNING id
            """,
            {
                "person": person_id,
                "sentence": sentence_id,
                "now": now_ms(),
                "until": now_ms() + lease_ms,
                "request": None,
            },
        ).fetchone()
        if row is None:
            return False
        leases.record(store, person_id, sentence_id)
        db.execute(
            "INSERT INTO picked_sentences (sentence_id, person_id, at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [sentence_id, person_id, now_ms()],
        )
    return True


def picked_among(store: Store, slots: Sequence[Slot], person_id: int) -> set[int]:
    """Return the sentences of these slots that this person chose themselves."""
    rows = store.db.execute(
        """
        SELECT sentence_id FROM picked_sentences
        WHERE person_id = ? AND request_id IS NULL AND sentence_id IN (SELECT value FROM json_each(?))
        """,
        [person_id, json.dumps([slot.sentence_id for slot in slots])],
    )
    return {row[0] for row in rows}


def can_be_picked(store: Store, person_id: int, sentence_id: int) -> bool:
    """Return whether the sentence has an open slot that no one else holds now."""
    rows = store.db.execute(
        f"SELECT 1 FROM slots WHERE {_OPEN_FOR_THEM}",
        {"sentence": sentence_id, "person": person_id, "now": now_ms()},
    )
    return rows.fetchone() is not None
