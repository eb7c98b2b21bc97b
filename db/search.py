"""The full-text index over the words of visible sentences.

It is filled after an import's flip, by id and in short transactions, as slots are: whatever is
visible and newer than its last row is what it still lacks, so a call that was cut off goes on.
"""

from collections.abc import Callable

from db.store import Store


def index_missing(store: Store, *, chunk: int = 1000, progress: Callable[[int], None] | None = None) -> int:
    """Bring every visible sentence that the index lacks into it, and count them."""
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


def matching(store: Store, words: str, *, limit: int = 25) -> list[int]:
    """Give the ids of the first sentences that hold these words one after the other; nothing in them is syntax."""
    phrase = '"' + words.replace('"', '""') + '"'
    rows = store.db.execute(
        "SELECT rowid FROM sentence_words WHERE sentence_words MATCH ? ORDER BY rowid LIMIT ?", [phrase, limit]
    )
    return [row[0] for row in rows]
