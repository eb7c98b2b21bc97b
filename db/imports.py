"""Imports that were cut off: which can go on, what is discarded of the others, and which lack something yet."""

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


def complete(store: Store) -> None:
    """Note that nothing is missing any more: visible sentences have their answers, slots and words."""
    with store.writing() as db:
        db.execute(
            """
            UPDATE imports SET settings = json_set(settings, '$.complete', json('true'))
            WHERE state = 'ready' AND json_extract(settings, '$.complete') = 0
            """
        )


def incomplete(store: Store) -> list[str]:
    """Give the sources of imports that are visible, but were cut off before the end."""
    rows = store.db.execute(
        "SELECT source FROM imports WHERE state = 'ready' AND json_extract(settings, '$.complete') = 0 ORDER BY id"
    )
    return [source for (source,) in rows]
