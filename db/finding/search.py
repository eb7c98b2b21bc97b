"""The full-text index over the words of visible sentences.

It is filled after an import's flip, by id and in short transactions, as slots are: it still lacks
the visible sentences that are newer than its last row, so the next call resumes one that was interrupted.

The words of a search are never query syntax: they become one quoted phrase, in which FTS5 knows no
operator but the quote itself.
"""

import json
from collections.abc import Callable, Iterable, Sequence

from db.store import Store


def index_missing(store: Store, *, chunk: int = 250, progress: Callable[[int], None] | None = None) -> int:
    """Add every visible sentence that the index lacks, and count them."""
    indexed = 0
    while True:
        with store.writing() as db:
            (last,) = db.execute("SELECT coalesce(max(id), 0) FROM sentence_words_docsize").fetchone()
            added = db.execute(
                """
                INSERT INTO sentence_words (rowid, tokens)
                SELECT id, tokens FROM visible_sentences WHERE id > ? ORDER BY id LIMIT ?
                """,
                [last, chunk],
            ).rowcount
        if not added:
            return indexed
        indexed += added
        if progress is not None:
            progress(indexed)


def words_only_in(store: Store, words: Iterable[str], sentence_ids: Sequence[int]) -> set[str]:
    """Return those of these words that the search finds in no other visible sentence than these."""
    known = json.dumps(list(sentence_ids))
    return {
        word
        for word in words
        if store.db.execute(
            """
            SELECT 1 FROM sentence_words WHERE sentence_words MATCH ? AND rowid NOT IN (SELECT value FROM json_each(?))
            LIMIT 1
            """,
            [f'"{word.replace(chr(34), chr(34) * 2)}"', known],
        ).fetchone()
        is None
    }


def phrase(words: Sequence[str]) -> str:
    """Return the FTS5 query for these words in a row, the last one a prefix; none may contain U+0000."""
    quoted = " ".join(words).replace('"', '""')
    return f'"{quoted}"*'
