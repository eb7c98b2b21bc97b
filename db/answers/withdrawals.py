"""The decisions that were withdrawn or put back: a log, in which the newest row of a decision holds."""

from db.store import Store, now_ms


def add(store: Store, annotation_id: int, withdrawn: bool, *, person_id: int | None) -> None:
    """Record that this decision no longer holds, or holds again, on behalf of this person."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO withdrawals (annotation_id, withdrawn, person_id, at_ms) VALUES (?, ?, ?, ?)",
            [annotation_id, withdrawn, person_id, now_ms()],
        )


def bring(store: Store, annotation_id: int, import_id: int) -> None:
    """Withdraw an imported decision that its file calls withdrawn, on behalf of the person who imported it."""
    with store.writing() as db:
        db.execute(
            """
            INSERT INTO withdrawals (annotation_id, withdrawn, person_id, at_ms)
            SELECT ?, 1, person_id, ? FROM imports WHERE id = ?
            """,
            [annotation_id, now_ms(), import_id],
        )


def withdrawn(store: Store, *, up_to_ms: int | None = None) -> set[int]:
    """Return the ids of the decisions that are withdrawn now, or were at that time."""
    rows = store.db.execute(
        """
        SELECT w.annotation_id FROM withdrawals w
        WHERE w.id IN (SELECT max(id) FROM withdrawals WHERE at_ms <= coalesce(?, at_ms) GROUP BY annotation_id)
            AND w.withdrawn = 1
        """,
        [up_to_ms],
    )
    return {row[0] for row in rows}


def last_id(store: Store) -> int:
    """Return the id of the newest row; 0 when there is none."""
    (number,) = store.db.execute("SELECT coalesce(max(id), 0) FROM withdrawals").fetchone()
    return int(number)
