"""The full-text index over the words of visible sentences.

It is filled after an import's flip, by id and in short transactions, as slots are: whatever is
visible and newer than its last row is what it still lacks, so a call that was cut off goes on.

What people look for is never query syntax: it becomes one quoted phrase, in which FTS5 knows no
operator but the quote itself.
"""

from collections.abc import Callable, Sequence

from db.store import Store


def index_missing(store: Store, *, chunk: int = 250, progress: Callable[[int], None] | None = None) -> int:
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


def phrase(words: Sequence[str]) -> str:
    """Give the FTS5 query for these words one after the other, of which the last may go on; none may hold U+0000."""
    quoted = " ".join(words).replace('"', '""')
    return f'"{quoted}"*'
