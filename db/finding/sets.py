"""Sets: searches that a person saved, each with the sentences that it found then; a set's sentences never change.

A deleted set leaves only its name, for the record of who was given a sentence because of it.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db.counting import counts
from db.errors import AlreadyExists
from db.queue import set_requests
from db.store import Store, now_ms

_COLUMNS = "id, name, search, person_id, created_ms"


@dataclass(frozen=True)
class SentenceSet:
    """A saved search."""

    id: int
    name: str
    search: Mapping[str, Any]
    """What was asked for, by the name of the filter."""
    person_id: int | None
    """Who saved it; None for the owner of the file."""
    created_ms: int


def add(
    store: Store,
    sentence_ids: Sequence[int],
    *,
    name: str,
    key: str,
    search: Mapping[str, Any],
    person_id: int | None,
) -> SentenceSet:
    """Save these sentences under a name; raise AlreadyExists if a set's name has the same `key`."""
    with store.writing() as db:
        try:
            row = db.execute(
                f"""
                INSERT INTO sets (name, name_key, search, person_id, created_ms) VALUES (?, ?, ?, ?, ?)
                RETURNING {_COLUMNS}
                """,
                [name, key, json.dumps(dict(search), ensure_ascii=False), person_id, now_ms()],
            ).fetchone()
        except sqlite3.IntegrityError as error:
            raise _taken(name) from error
        db.conn.executemany(
            "INSERT INTO set_members (set_id, sentence_id) VALUES (?, ?)",
            ((row[0], sentence_id) for sentence_id in sentence_ids),
        )
    return _set(row)


def all_of(store: Store) -> list[SentenceSet]:
    """Return all sets, the newest first."""
    rows = store.db.execute(f"SELECT {_COLUMNS} FROM sets WHERE deleted_ms IS NULL ORDER BY id DESC")
    return [_set(row) for row in rows]


def find(store: Store, key: str) -> SentenceSet | None:
    """Return the set whose name has this key, or None."""
    row = store.db.execute(f"SELECT {_COLUMNS} FROM sets WHERE name_key = ? AND deleted_ms IS NULL", [key]).fetchone()
    return None if row is None else _set(row)


def rename(store: Store, set_id: int, *, name: str, key: str) -> None:
    """Give a set another name; raise AlreadyExists if another set's name has the same `key`."""
    with store.writing() as db:
        try:
            db.execute("UPDATE sets SET name = ?, name_key = ? WHERE id = ?", [name, key, set_id])
        except sqlite3.IntegrityError as error:
            raise _taken(name) from error


def delete(store: Store, set_id: int, *, person_id: int | None) -> None:
    """Delete a set: no one is asked for it any more, and its list of sentences is gone. Answers stay."""
    with store.writing() as db:
        set_requests.end_all(store, set_id, person_id=person_id)
        db.execute("DELETE FROM set_members WHERE set_id = ?", [set_id])
        db.execute("UPDATE sets SET deleted_ms = ? WHERE id = ?", [now_ms(), set_id])


def member_ids(store: Store, set_id: int) -> list[int]:
    """Return the sentences of a set, by id."""
    rows = store.db.execute("SELECT sentence_id FROM set_members WHERE set_id = ? ORDER BY sentence_id", [set_id])
    return [row[0] for row in rows]


def emptied_by(store: Store, import_id: int) -> list[SentenceSet]:
    """Return the sets that no one is asked for, and that have no sentence but those that this import brought."""
    asked = {request.set_id for request in set_requests.live(store)}
    others = store.db.execute(
        """
        SELECT DISTINCT m.set_id FROM set_members m JOIN sentences s ON s.id = m.sentence_id
        WHERE s.import_id IS NOT ?
        """,
        [import_id],
    )
    staying = asked | {set_id for (set_id,) in others}
    return [one for one in all_of(store) if one.id not in staying]


def sizes(store: Store) -> dict[int, int]:
    """Return how many sentences each set has; one whose sentences all left the project is left out."""
    return dict(store.db.execute("SELECT set_id, count(*) FROM set_members GROUP BY set_id").fetchall())


def answered(store: Store) -> dict[int, int]:
    """Return how many sentences of each set have an answer that counts; a set without any is left out.

    This reads the answers' index once, and of the sets only the answered sentences.
    """
    rows = store.db.execute(
        f"""
        WITH answered AS MATERIALIZED (
            SELECT DISTINCT a.sentence_id FROM annotations a INDEXED BY annotations_sentence
            WHERE a.label IS NOT NULL AND {counts()})
        SELECT m.set_id, count(*)
        FROM answered CROSS JOIN set_members m INDEXED BY set_members_sentence ON m.sentence_id = answered.sentence_id
        GROUP BY m.set_id
        """
    )
    return dict(rows.fetchall())


def names_of(store: Store, sentence_id: int) -> list[str]:
    """Return the names of the sets that a sentence is in, the newest first."""
    rows = store.db.execute(
        "SELECT s.name FROM set_members m JOIN sets s ON s.id = m.set_id WHERE m.sentence_id = ? ORDER BY s.id DESC",
        [sentence_id],
    )
    return [row[0] for row in rows]


def _taken(name: str) -> AlreadyExists:
    return AlreadyExists(f"The set {name!r} already exists, whatever its upper and lower case; choose another name.")


def _set(row: tuple[int, str, str, int | None, int]) -> SentenceSet:
    set_id, name, search, person_id, created_ms = row
    return SentenceSet(set_id, name, json.loads(search), person_id, created_ms)
