"""Sentences that someone asked about again, for a new decision: a log, in which the newest line of a sentence holds."""

from db.store import Store, now_ms


def add(store: Store, sentence_id: int, *, asked: bool, person_id: int | None) -> None:
    """Record that a sentence is to be decided again from now on, or that this was taken back."""
    with store.writing() as db:
        db.execute(
            """
            INSERT INTO asked_again (sentence_id, asked, last_annotation, person_id, at_ms)
            VALUES (?, ?, (SELECT coalesce(max(id), 0) FROM annotations), ?, ?)
            """,
            [sentence_id, asked, person_id, now_ms()],
        )


def reopened(store: Store, *, limit: int) -> dict[int, int]:
    """Return the sentences that are asked about again, the last one first, and the last annotation at that time."""
    rows = store.db.execute(
        """
        SELECT a.sentence_id, a.last_annotation FROM asked_again a
        WHERE a.asked = 1 AND NOT EXISTS (
            SELECT 1 FROM asked_again later WHERE later.sentence_id = a.sentence_id AND later.id > a.id)
        ORDER BY a.id DESC LIMIT ?
        """,
        [limit],
    )
    return dict(rows.fetchall())


def find(store: Store, sentence_id: int) -> int | None:
    """Return the last annotation when this sentence was asked about again; None if it is not asked about."""
    row = store.db.execute(
        "SELECT asked, last_annotation FROM asked_again WHERE sentence_id = ? ORDER BY id DESC LIMIT 1", [sentence_id]
    ).fetchone()
    return int(row[1]) if row and row[0] else None
