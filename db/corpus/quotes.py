"""Rows apart from the sentences that may quote their text: outcomes of uploads, the audit, searches, tried sentences.

Each function is given what to do with a text, and changes only the rows whose text it changes.
"""

import json
from collections.abc import Callable
from typing import Any

from db.store import Store

Clean = Callable[[str], str]
"""Returns a text without what it quotes, or the same text."""
Quotes = Callable[[str], bool]

_AS_JSON = (("uploads", "report"), ("audit", "detail"), ("sets", "search"))
_AS_LINES = (("uploads", "error"),)


def clean(store: Store, without: Clean) -> int:
    """Rewrite the rows that quote a text, and return how many did."""
    with store.writing():
        changed = sum(_rewrite(store, *place, lambda text: _in_json(text, without)) for place in _AS_JSON)
        return changed + sum(_rewrite(store, *place, lambda text: _in_lines(text, without)) for place in _AS_LINES)


def remove_tried(store: Store, quotes: Quotes) -> int:
    """Remove the sentences that people tried on models and that quote a text; return how many."""
    with store.writing() as db:
        rows = db.execute("SELECT id, text, results FROM tried_sentences").fetchall()
        doomed = [(number,) for number, text, results in rows if quotes(text) or quotes(results)]
        db.conn.executemany("DELETE FROM tried_sentences WHERE id = ?", doomed)
    return len(doomed)


def guidelines_with(store: Store, quotes: Quotes) -> list[int]:
    """Return the versions of the guidelines that quote a text, oldest first."""
    return [number for number, text in store.db.execute("SELECT id, text FROM guidelines ORDER BY id") if quotes(text)]


def others_with_text(store: Store, sentence_id: int) -> list[str]:
    """Return the ids, as in the source, of the visible sentences with the same words and the same query."""
    rows = store.db.execute(
        """
        SELECT v.external_id FROM sentences s CROSS JOIN visible_sentences v
            ON v.token_hash = s.token_hash AND v.query_tokens IS s.query_tokens
        WHERE s.id = ? AND v.id <> s.id ORDER BY v.id
        """,
        [sentence_id],
    )
    return [external_id for (external_id,) in rows]


def _rewrite(store: Store, table: str, column: str, clean: Clean) -> int:
    # Names of tables come from this file; values are bound.
    with store.writing() as db:
        rows = db.execute(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()
        changed = [(after, number) for number, text in rows if (after := clean(text)) != text]
        db.conn.executemany(f"UPDATE {table} SET {column} = ? WHERE id = ?", changed)
    return len(changed)


def _in_lines(text: str, without: Clean) -> str:
    return "\n".join(map(without, text.split("\n")))


def _in_json(text: str, without: Clean) -> str:
    value = json.loads(text)
    cleaned = _cleaned(value, without)
    return text if cleaned == value else json.dumps(cleaned)


def _cleaned(value: Any, without: Clean) -> Any:
    if isinstance(value, str):
        return without(value)
    if isinstance(value, list):
        return [_cleaned(item, without) for item in value]
    if isinstance(value, dict):
        return {without(name): _cleaned(item, without) for name, item in value.items()}
    return value
