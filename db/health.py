"""Whether a project file is whole: what SQLite can tell, and what only the token hashes can."""

import json
from collections.abc import Iterator

from db.records import Counts
from db.sentences import hash_tokens
from db.store import Store, plain_errors

_PAGE = 2000


def damage(store: Store, *, limit: int = 10) -> list[str]:
    """Give what SQLite finds wrong in the file's pages, tables and indexes; nothing when it is whole."""
    with plain_errors(store.path):
        rows = store.db.execute(f"PRAGMA integrity_check({int(limit)})").fetchall()
    return [row[0] for row in rows if row[0] != "ok"]


def broken_references(store: Store) -> list[str]:
    """Give every row that points at a row that is not there, as `table → table`; nothing when all is well."""
    with plain_errors(store.path):
        rows = store.db.execute("PRAGMA foreign_key_check").fetchall()
    return [f"{table} row {rowid} → {parent}" for table, rowid, parent, _ in rows]


def changed_tokens(store: Store) -> Iterator[str]:
    """Give the ids, as the source has them, of sentences whose tokens no longer have their hash.

    SQLite does not notice a letter that changed on the disk. Each page is a read of its own.
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
    """Give the way in which the file is written; ours is `wal`."""
    (mode,) = store.db.execute("PRAGMA journal_mode").fetchone()
    return str(mode)


def unfinished_imports(store: Store) -> list[tuple[str, int]]:
    """Give the imports that are not ready, as the source and how many sentences it left, unseen."""
    rows = store.db.execute(
        """
        SELECT i.source, (SELECT count(*) FROM sentences s WHERE s.import_id = i.id)
        FROM imports i WHERE i.state = 'importing' ORDER BY i.id
        """
    )
    return [(source, number) for source, number in rows]


def _has_hash(tokens: str, kept: bytes) -> bool:
    try:
        return hash_tokens(json.loads(tokens)) == kept
    except ValueError:
        return False
