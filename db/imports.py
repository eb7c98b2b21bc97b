"""Imports that were cut off: which can go on, and what is discarded of the others."""

import json
from collections.abc import Mapping
from typing import Any

from db.store import Store

MOST_DISCARDED = 500
"""Sentences deleted in one transaction: a person's answer waits no longer than for these."""


def find_unfinished(store: Store, *, source_hash: str, tokenizer: str, settings: Mapping[str, Any]) -> int | None:
    """Give the import of the same file with the same settings that never became visible, or None."""
    rows = store.db.execute(
        "SELECT id, settings FROM imports WHERE state = 'importing' AND source_hash = ? AND tokenizer = ? ORDER BY id",
        [source_hash, tokenizer],
    )
    return next((import_id for import_id, kept in rows.fetchall() if json.loads(kept) == settings), None)


def added_by(store: Store, import_id: int, external_ids: list[str]) -> set[str]:
    """Give those of these ids whose sentences this import has added already, seen or unseen."""
    rows = store.db.execute(
        "SELECT external_id FROM sentences WHERE import_id = ? AND external_id IN (SELECT value FROM json_each(?))",
        [import_id, json.dumps(external_ids)],
    )
    return {external_id for (external_id,) in rows}


def discard_unfinished(store: Store) -> None:
    """Delete what imports that never became visible have left, some hundred sentences at a time."""
    while True:
        with store.writing() as db:
            deleted = db.execute(
                """
                DELETE FROM sentences WHERE id IN (
                    SELECT s.id FROM imports i JOIN sentences s INDEXED BY sentences_import ON s.import_id = i.id
                    WHERE i.state = 'importing' LIMIT ?)
                """,
                [MOST_DISCARDED],
            ).rowcount
            if not deleted:
                db.execute("DELETE FROM imports WHERE state = 'importing'")
                return


def give_up(store: Store, import_id: int) -> None:
    """Let nobody go on with this import if it is not visible yet; `discard` then deletes what it left."""
    with store.writing() as db:
        db.execute(
            """
            UPDATE imports SET settings = json_set(settings, '$.given_up', json('true'))
            WHERE id = ? AND state = 'importing'
            """,
            [import_id],
        )


def discard(store: Store, import_id: int) -> None:
    """Delete what an import has left that was given up, some hundred sentences at a time."""
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
    """Note that nothing is missing any more: visible sentences have their answers, slots and words."""
    with store.writing() as db:
        db.execute(
            """
            UPDATE imports SET settings = json_set(settings, '$.complete', json('true'))
            WHERE state = 'ready' AND json_extract(settings, '$.complete') = 0
            """
        )
