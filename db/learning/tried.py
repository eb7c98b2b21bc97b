"""Sentences that people tried on models, with what the models made of them: each person's own list."""

from typing import NamedTuple

from db.store import Store, now_ms


class TriedRow(NamedTuple):
    """A sentence that was tried."""

    id: int
    text: str
    results: str
    """What the models made of it, as JSON."""
    at_ms: int


def add(store: Store, text: str, results: str, *, person_id: int | None) -> int:
    """Keep a sentence that was tried, and return its number."""
    with store.writing() as db:
        (tried_id,) = db.execute(
            "INSERT INTO tried_sentences (person_id, text, results, at_ms) VALUES (?, ?, ?, ?) RETURNING id",
            [person_id, text, results, now_ms()],
        ).fetchone()
    return int(tried_id)


def of_person(store: Store, person_id: int | None, *, most: int) -> list[TriedRow]:
    """Return the sentences that a person tried last, newest first."""
    rows = store.db.execute(
        "SELECT id, text, results, at_ms FROM tried_sentences WHERE person_id IS ? ORDER BY id DESC LIMIT ?",
        [person_id, most],
    )
    return [TriedRow(*row) for row in rows]


def remove(store: Store, tried_id: int, *, person_id: int | None) -> None:
    """Remove a sentence from that person's list; another person's stays."""
    with store.writing() as db:
        db.execute("DELETE FROM tried_sentences WHERE id = ? AND person_id IS ?", [tried_id, person_id])
