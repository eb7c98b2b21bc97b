"""Check whether a project file is whole: by SQLite's checks, and by the token hashes."""

import json
from collections.abc import Iterator

from db.corpus.sentences import hash_tokens
from db.opening.connection import plain_errors
from db.opening.upgrading import schema_version
from db.records import Counts
from db.store import Store
from db.team.people import GOLD

_PAGE = 2000
_NOTED_SINCE = 2


def damage(store: Store, *, limit: int = 10) -> list[str]:
    """Return what SQLite finds wrong in the file's pages, tables and indexes; empty when it is whole."""
    with plain_errors(store.path):
        rows = store.db.execute(f"PRAGMA integrity_check({int(limit)})").fetchall()
    return [row[0] for row in rows if row[0] != "ok"]


def broken_references(store: Store) -> list[str]:
    """Return every row that points at a missing row, as `table → table`; empty when all is well."""
    with plain_errors(store.path):
        rows = store.db.execute("PRAGMA foreign_key_check").fetchall()
    return [f"{table} row {rowid} → {parent}" for table, rowid, parent, _ in rows]


def changed_tokens(store: Store) -> Iterator[str]:
    """Yield the ids, as in the source, of sentences whose tokens no longer match their hash.

    SQLite does not notice a letter that changed on the disk. Each page is a separate read.
    """
    after_id = 0
    while True:
        with plain_errors(store.path):
            rows = store.db.execute(
                "SELECT id, external_id, tokens, token_hash FROM sentences WHERE id > ? ORDER BY id LIMIT ?",
                [after_id, _PAGE],
            ).fetchall()
        if not rows:
            return
        yield from (external_id for _, external_id, tokens, kept in rows if not _has_hash(tokens, kept))
        after_id = rows[-1][0]


def counts(store: Store) -> Counts:
    """Count the visible sentences, all answers and all rounds."""
    with plain_errors(store.path):
        row = store.db.execute(
            """
            SELECT (SELECT count(*) FROM visible_sentences), (SELECT count(*) FROM annotations),
                (SELECT count(*) FROM rounds), (SELECT coalesce(max(id), 0) FROM annotations)
            """
        ).fetchone()
    return Counts(*row)


def journal_mode(store: Store) -> str:
    """Return SQLite's journal mode of the file; ours is `wal`."""
    (mode,) = store.db.execute("PRAGMA journal_mode").fetchone()
    return str(mode)


def unfinished_imports(store: Store) -> list[tuple[str, int]]:
    """Return the imports that are not ready: the source, and how many invisible sentences it left."""
    rows = store.db.execute(
        """
        SELECT i.source, (SELECT count(*) FROM sentences s WHERE s.import_id = i.id)
        FROM imports i WHERE i.state = 'importing' ORDER BY i.id
        """
    )
    return [(source, number) for source, number in rows]


def incomplete_imports(store: Store) -> list[str]:
    """Return the sources of imports that are visible but were interrupted before the end."""
    if schema_version(store.db) < _NOTED_SINCE:
        return []
    rows = store.db.execute(
        "SELECT source FROM imports WHERE state = 'ready' AND json_extract(settings, '$.complete') = 0 ORDER BY id"
    )
    return [source for (source,) in rows]


def without_slots(store: Store) -> int:
    """Count the visible sentences that need an answer and are in no queue."""
    (number,) = store.db.execute(
        """
        SELECT count(*) FROM visible_sentences v
        WHERE NOT EXISTS (SELECT 1 FROM slots WHERE sentence_id = v.id)
            AND NOT EXISTS (
                SELECT 1 FROM annotations a JOIN people p ON p.id = a.person_id
                WHERE a.sentence_id = v.id AND p.name = ?)
        """,
        [GOLD],
    ).fetchone()
    return int(number)


def not_indexed(store: Store) -> int:
    """Count the visible sentences that are not in the full-text index yet."""
    (number,) = store.db.execute(
        """
        SELECT count(*) FROM visible_sentences
        WHERE id > (SELECT coalesce(max(id), 0) FROM sentence_words_docsize)
        """
    ).fetchone()
    return int(number)


def _has_hash(tokens: str, kept: bytes) -> bool:
    try:
        return hash_tokens(json.loads(tokens)) == kept
    except ValueError:
        return False
