"""What a round's model did with every sentence of dev and test, as bytes that the learner reads and writes."""

from db.store import Store


def add(store: Store, round_id: int, data: bytes) -> None:
    """Store the judged sentences of a round; they stay when its checkpoint is freed."""
    with store.writing() as db:
        db.execute("INSERT INTO judgements (round_id, data) VALUES (?, ?)", [round_id, data])


def read(store: Store, round_id: int) -> bytes | None:
    """Return the judged sentences of a round; None for a round that has none, such as one of an older Whylight."""
    row = store.db.execute("SELECT data FROM judgements WHERE round_id = ?", [round_id]).fetchone()
    return None if row is None else bytes(row[0])


def rounds_with(store: Store) -> set[int]:
    """Return the rounds whose judged sentences are stored."""
    return {int(row[0]) for row in store.db.execute("SELECT round_id FROM judgements")}
