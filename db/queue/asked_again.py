"""Sentences that someone asked about again, for a new decision: a log, in which the newest line of a sentence holds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from db.counting import is_present
from db.store import Store, now_ms


@dataclass(frozen=True)
class Asked:
    """A line of the log."""

    asked: bool
    """False if asking was taken back."""
    last_annotation: int
    """The last annotation of the project at that time; 0 if there was none."""
    person_id: int | None
    at_ms: int


def add(store: Store, sentence_id: int, *, asked: bool, person_id: int | None) -> None:
    """Record that a sentence is to be decided again from now on, or that this was taken back."""
    with store.writing() as db:
        (last,) = db.execute("SELECT coalesce(max(id), 0) FROM annotations").fetchone()
        bring(store, sentence_id, Asked(asked, last, person_id, now_ms()))


def bring(store: Store, sentence_id: int, line: Asked) -> None:
    """Add a line as it is, such as one from another project."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO asked_again (sentence_id, asked, last_annotation, person_id, at_ms) VALUES (?, ?, ?, ?, ?)",
            [sentence_id, line.asked, line.last_annotation, line.person_id, line.at_ms],
        )


def of_sentences(store: Store, sentence_ids: Sequence[int]) -> dict[int, list[Asked]]:
    """Return the log of these sentences, oldest first, by sentence; those without a line are left out."""
    rows = store.db.execute(
        """
        SELECT a.sentence_id, a.asked, a.last_annotation, a.person_id, a.at_ms
        FROM json_each(?) ids CROSS JOIN asked_again a ON a.sentence_id = ids.value ORDER BY a.id
        """,
        [json.dumps(list(sentence_ids))],
    )
    logs: dict[int, list[Asked]] = {}
    for sentence_id, asked, *rest in rows:
        logs.setdefault(sentence_id, []).append(Asked(bool(asked), *rest))
    return logs


def reopened(store: Store, *, limit: int) -> dict[int, int]:
    """Return the sentences that are asked about again, the last one first, and the last annotation at that time."""
    rows = store.db.execute(
        f"""
        SELECT a.sentence_id, a.last_annotation FROM asked_again a
        WHERE a.asked = 1 AND {is_present()} AND NOT EXISTS (
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
