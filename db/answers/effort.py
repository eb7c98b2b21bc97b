"""The time that people spent on their answers."""

from typing import NamedTuple

from db.store import Store


class Effort(NamedTuple):
    """What people did, and how long it took them."""

    answers: int
    """Answers and skips in pool, dev and test."""
    seconds: float
    untimed: int
    """Those of them whose time is not known, such as answers from a file."""


def spent(store: Store, *, after: int, up_to: int) -> Effort:
    """Return what people did after the annotation with the one id, up to that with the other."""
    answers, seconds, untimed = store.db.execute(
        """
        SELECT count(*), coalesce(sum(seconds), 0.0), coalesce(sum(seconds IS NULL), 0) FROM annotations
        WHERE id > ? AND id <= ? AND kind IN ('answer', 'skip')
            AND id NOT IN (SELECT annotation_id FROM carried_answers)
        """,
        [after, up_to],
    ).fetchone()
    return Effort(int(answers), float(seconds), int(untimed))


def seconds_of_answers(store: Store, *, with_marks: bool) -> list[float]:
    """Return what each answer with marks, or each without, took whose time is known; carried ones are left out."""
    rows = store.db.execute(
        """
        SELECT seconds FROM annotations
        WHERE kind = 'answer' AND seconds IS NOT NULL AND (marks IS NOT NULL) = ?
            AND id NOT IN (SELECT annotation_id FROM carried_answers)
        ORDER BY id
        """,
        [with_marks],
    )
    return [float(seconds) for (seconds,) in rows]
