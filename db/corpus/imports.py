"""The imports: what each brought, which can be resumed, and what is discarded of the others."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db.corpus import undoing
from db.store import Store

_UNFINISHED = "state = 'importing'"
"""The condition that an import never became visible, once `undoing.take_out` has been called."""
MOST_DISCARDED = 500
"""Sentences deleted per transaction: a person's answer never waits for more."""


def find_unfinished(store: Store, *, source_hash: str, tokenizer: str, settings: Mapping[str, Any]) -> int | None:
    """Return the import of the same file with the same settings that never became visible, or None."""
    rows = store.db.execute(
        f"SELECT id, settings FROM imports WHERE {_UNFINISHED} AND source_hash = ? AND tokenizer = ? ORDER BY id",
        [source_hash, tokenizer],
    )
    return next((import_id for import_id, kept in rows.fetchall() if json.loads(kept) == settings), None)


@dataclass(frozen=True)
class ListedImport:
    """An import that became visible, and what the project has of it."""

    number: int
    source: str
    person: str | None
    """Who imported it; None for the owner of the file."""
    at_ms: int
    sentences: int
    answers: int
    changed: int
    """Sentences that the project had and that it changed."""
    undone_ms: int | None
    undone_by: str | None
    """None for the owner of the file too."""


def listed(store: Store, *, number: int | None = None, most: int | None = None) -> list[ListedImport]:
    """Return the imports that became visible, or the one with this number, the newest first, at most `most`."""
    rows = store.db.execute(
        """
        WITH corrected(import_id, name) AS MATERIALIZED (
            SELECT detail ->> 'import', detail ->> 'sentence' FROM audit
            WHERE action = 'sentence corrected' AND detail ->> 'import' IS NOT NULL)
        SELECT i.id, i.source, p.name, i.created_ms,
            coalesce(u.sentences, (SELECT count(*) FROM sentences s WHERE s.import_id = i.id
                AND NOT EXISTS (SELECT 1 FROM removals r WHERE r.sentence_id = s.id))),
            coalesce(u.answers, (SELECT count(*) FROM annotations a WHERE a.import_id = i.id
                AND NOT EXISTS (SELECT 1 FROM removals r WHERE r.sentence_id = a.sentence_id))),
            (SELECT count(*) FROM (
                SELECT s.external_id FROM import_changes c JOIN sentences s ON s.id = c.sentence_id
                WHERE c.import_id = i.id
                UNION SELECT name FROM corrected WHERE import_id = i.id)),
            u.at_ms, undoer.name
        FROM imports i LEFT JOIN people p ON p.id = i.person_id
            LEFT JOIN undone_imports u ON u.import_id = i.id LEFT JOIN people undoer ON undoer.id = u.person_id
        WHERE (i.state = 'ready' OR u.import_id IS NOT NULL) AND (:number IS NULL OR i.id = :number)
        ORDER BY i.id DESC LIMIT coalesce(:most, -1)
        """,
        {"number": number, "most": most},
    )
    return [ListedImport(*row) for row in rows]


def last_not_undone(store: Store) -> int | None:
    """Return the newest visible import that was not undone, or None."""
    (number,) = store.db.execute(
        "SELECT max(id) FROM imports WHERE state = 'ready' AND id NOT IN (SELECT import_id FROM undone_imports)"
    ).fetchone()
    return None if number is None else int(number)


def count_ready(store: Store) -> int:
    """Count the imports whose sentences are visible."""
    (number,) = store.db.execute("SELECT count(*) FROM imports WHERE state = 'ready'").fetchone()
    return int(number)


def added_by(store: Store, import_id: int, external_ids: list[str]) -> set[str]:
    """Return those of these ids whose sentences this import has already added, visible or not."""
    # The plus keeps SQLite from looking through all sentences of the import for each of these calls.
    rows = store.db.execute(
        "SELECT external_id FROM sentences WHERE +import_id = ? AND external_id IN (SELECT value FROM json_each(?))",
        [import_id, json.dumps(external_ids)],
    )
    return {external_id for (external_id,) in rows}


def discard_unfinished(store: Store) -> None:
    """Delete what is left of imports that never became visible, some hundred sentences at a time."""
    undoing.take_out(store)
    while True:
        with store.writing() as db:
            deleted = db.execute(
                f"""
                DELETE FROM sentences WHERE id IN (
                    SELECT s.id FROM imports i JOIN sentences s INDEXED BY sentences_import ON s.import_id = i.id
                    WHERE i.{_UNFINISHED} LIMIT ?)
                """,
                [MOST_DISCARDED],
            ).rowcount
            if not deleted:
                db.execute(f"DELETE FROM imports WHERE {_UNFINISHED}")
                return


def give_up(store: Store, import_id: int) -> None:
    """Keep this import from being resumed if it is not visible yet; `discard` then deletes what it left."""
    with store.writing() as db:
        db.execute(
            """
            UPDATE imports SET settings = json_set(settings, '$.given_up', json('true'))
            WHERE id = ? AND state = 'importing'
            """,
            [import_id],
        )


def discard(store: Store, import_id: int) -> None:
    """Delete what is left of an import that was given up, some hundred sentences at a time."""
    while True:
        with store.writing() as db:
            row = db.execute(
                "SELECT 1 FROM imports WHERE id = ? AND state = 'importing' AND json_extract(settings, '$.given_up')",
                [import_id],
            ).fetchone()
            if row is None:
                return
            deleted = db.execute(
                """
                DELETE FROM sentences WHERE id IN (
                    SELECT id FROM sentences INDEXED BY sentences_import WHERE import_id = ? LIMIT ?)
                """,
                [import_id, MOST_DISCARDED],
            ).rowcount
            if not deleted:
                db.execute("DELETE FROM imports WHERE id = ?", [import_id])


def complete(store: Store) -> None:
    """Record that imports are complete: visible sentences have their answers, slots and words."""
    with store.writing() as db:
        db.execute(
            """
            UPDATE imports SET settings = json_set(settings, '$.complete', json('true'))
            WHERE state = 'ready' AND json_extract(settings, '$.complete') = 0
            """
        )
