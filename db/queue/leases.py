"""A permanent record of who was given which sentence, however the lease ended."""

from db.store import Store, now_ms


def record(store: Store, person_id: int, sentence_id: int) -> None:
    """Record that this person was given this sentence; the first time stays on record."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO leases (sentence_id, person_id, first_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [sentence_id, person_id, now_ms()],
        )


def was_given(store: Store, person_id: int, sentence_id: int) -> bool:
    """Return whether this person was ever given this sentence; False for a sentence that does not exist."""
    rows = store.db.execute("SELECT 1 FROM leases WHERE sentence_id = ? AND person_id = ?", [sentence_id, person_id])
    return rows.fetchone() is not None
