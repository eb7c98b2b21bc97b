"""The surplus answers that a researcher lets count: a log, in which the newest row of an answer decides."""

from db.store import Store, now_ms


def add(store: Store, annotation_id: int, admitted: bool, *, person_id: int | None) -> None:
    """Let this surplus answer count from now on, or no longer, on behalf of this person."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO admissions (annotation_id, admitted, person_id, at_ms) VALUES (?, ?, ?, ?)",
            [annotation_id, admitted, person_id, now_ms()],
        )


def pass_on(store: Store, annotation_id: int, correction_id: int) -> None:
    """Let the correction of an admitted answer count as that answer did, on behalf of the same person."""
    with store.writing() as db:
        db.execute(
            """
            INSERT INTO admissions (annotation_id, admitted, person_id, at_ms)
            SELECT ?, admitted, person_id, ? FROM admissions WHERE annotation_id = ? ORDER BY id DESC LIMIT 1
            """,
            [correction_id, now_ms(), annotation_id],
        )


def bring(store: Store, annotation_id: int, import_id: int) -> None:
    """Let an imported answer that its file calls admitted count, on behalf of the person who imported it."""
    with store.writing() as db:
        db.execute(
            """
            INSERT INTO admissions (annotation_id, admitted, person_id, at_ms)
            SELECT ?, 1, person_id, ? FROM imports WHERE id = ?
            """,
            [annotation_id, now_ms(), import_id],
        )
