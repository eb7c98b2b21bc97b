"""Sentences that were removed, or replaced by one with a corrected text: a log that is never changed.

The row of such a sentence stays, because answers and rounds point at it, and is blanked together with all that
quotes its words or points at them. `visible_sentences` leaves it out, and no answer to it counts (`db/counting.py`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from db.corpus.sentences import hash_tokens
from db.slot_columns import CLOSED, GIVEN_BACK
from db.store import Store, now_ms

PLACEHOLDER = "(removed)"
"""What is written in place of a text that quoted a removed sentence."""

_LOG = """
    SELECT r.sentence_id, s.external_id, r.replaced_by, p.name, r.reason, r.at_ms
    FROM removals r JOIN sentences s ON s.id = coalesce(r.replaced_by, r.sentence_id)
        LEFT JOIN people p ON p.id = r.person_id
"""


@dataclass(frozen=True)
class Removal:
    """That a sentence was removed or replaced."""

    sentence_id: int
    external_id: str
    """Its id in the source; a replaced sentence has handed it on to the corrected one."""
    replaced_by: int | None
    """The sentence with the corrected text; None if it was removed."""
    person: str | None
    """None for the owner of the file."""
    reason: str | None
    at_ms: int


def add(
    store: Store, sentence_id: int, *, replaced_by: int | None = None, reason: str | None, person_id: int | None
) -> None:
    """Record the removal of a sentence, blank it, and take it out of the queue, the search, the sets and the tags."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO removals (sentence_id, replaced_by, person_id, reason, at_ms) VALUES (?, ?, ?, ?, ?)",
            [sentence_id, replaced_by, person_id, reason, now_ms()],
        )
        _leave_search(store, sentence_id)
        _blank(store, sentence_id)
        db.execute(
            f"""
            UPDATE slots SET annotation_id = NULL, {GIVEN_BACK}, priority = {CLOSED}, round_id = NULL, score = NULL
            WHERE sentence_id = ?
            """,
            [sentence_id],
        )
        for table in ("sentence_tags", "set_members", "requested_sentences", "predictions", "import_changes"):
            db.execute(f"DELETE FROM {table} WHERE sentence_id = ?", [sentence_id])


def all_of(store: Store) -> list[Removal]:
    """Return all removals, the newest first."""
    return [Removal(*row) for row in store.db.execute(f"{_LOG} ORDER BY r.at_ms DESC, r.sentence_id DESC")]


def find(store: Store, sentence_id: int) -> Removal | None:
    """Return how this sentence was removed or replaced; None if it was not."""
    row = store.db.execute(f"{_LOG} WHERE r.sentence_id = ?", [sentence_id]).fetchone()
    return None if row is None else Removal(*row)


def find_removed(store: Store, external_id: str) -> Removal | None:
    """Return how the sentence with this id was removed; None if it was not, or has only a corrected text."""
    row = store.db.execute(f"{_LOG} WHERE s.external_id = ? AND r.replaced_by IS NULL", [external_id]).fetchone()
    return None if row is None else Removal(*row)


def before(store: Store, sentence_id: int) -> list[Removal]:
    """Return the corrections that led to this sentence's text, the newest first."""
    found = []
    row = store.db.execute(f"{_LOG} WHERE r.replaced_by = ?", [sentence_id]).fetchone()
    while row is not None:
        found.append(Removal(*row))
        row = store.db.execute(f"{_LOG} WHERE r.replaced_by = ?", [found[-1].sentence_id]).fetchone()
    return found


def removed_among(store: Store, external_ids: Sequence[str]) -> set[str]:
    """Return those of these ids whose sentence was removed and not replaced."""
    rows = store.db.execute(
        """
        SELECT s.external_id FROM sentences s JOIN removals r ON r.sentence_id = s.id
        WHERE s.external_id IN (SELECT value FROM json_each(?)) AND r.replaced_by IS NULL
        """,
        [json.dumps(list(external_ids))],
    )
    return {external_id for (external_id,) in rows}


def corrected_among(store: Store, external_ids: Sequence[str]) -> set[str]:
    """Return those of these ids whose sentence has a corrected text."""
    rows = store.db.execute(
        """
        SELECT s.external_id FROM sentences s JOIN removals r ON r.replaced_by = s.id
        WHERE s.external_id IN (SELECT value FROM json_each(?))
        """,
        [json.dumps(list(external_ids))],
    )
    return {external_id for (external_id,) in rows}


def count(store: Store) -> int:
    """Count the sentences that were removed or replaced."""
    (number,) = store.db.execute("SELECT count(*) FROM removals").fetchone()
    return int(number)


def count_unerased(store: Store) -> int:
    """Count the removals since the file was last rewritten: pages of it may still contain what was blanked."""
    (removed, erased) = store.db.execute(
        "SELECT (SELECT count(*) FROM removals), (SELECT coalesce(max(removed), 0) FROM erasures)"
    ).fetchone()
    return int(removed - erased)


def blank_of(sentence_id: int) -> str:
    """Return the text, and only token, of a removed sentence: each has its own, so that no two have the same text."""
    return f"(removed {sentence_id})"


def erase(store: Store) -> None:
    """Rewrite the search's index and the file without what was removed; raise StoreUnavailable if a reader prevents it.

    Deleted rows stay in free pages and in the log until then. It takes about the time of copying the file, in which
    others read and no one writes.
    """
    with store.writing() as db:
        removed = count(store)
        # A deleted entry stays in the index until the parts that have it are merged.
        db.execute("INSERT INTO sentence_words (sentence_words) VALUES ('optimize')")
    store.rewrite()
    with store.writing() as db:
        db.execute("INSERT INTO erasures (removed, at_ms) VALUES (?, ?)", [removed, now_ms()])


def _leave_search(store: Store, sentence_id: int) -> None:
    with store.writing() as db:
        # The index does not keep the words: to forget them it has to be told which they were.
        db.execute(
            """
            INSERT INTO sentence_words (sentence_words, rowid, tokens)
            SELECT 'delete', s.id, s.tokens FROM sentences s JOIN sentence_words_docsize d ON d.id = s.id WHERE s.id = ?
            """,
            [sentence_id],
        )


def _blank(store: Store, sentence_id: int) -> None:
    blank = blank_of(sentence_id)
    with store.writing() as db:
        db.execute("PRAGMA defer_foreign_keys = ON")  # the answers follow their sentence's hash
        db.execute(
            """
            UPDATE sentences SET text = :text, tokens = json_array(:text), starts = '[0]', token_hash = :hash,
                query = NULL, query_tokens = NULL, metadata = '{}'
            WHERE id = :sentence
            """,
            {"text": blank, "hash": hash_tokens([blank]), "sentence": sentence_id},
        )
        db.execute(
            """
            UPDATE annotations SET token_hash = ?, token_count = 1, marks = NULL, marks_at_reveal = NULL, note = NULL,
                suggestion = NULL
            WHERE sentence_id = ?
            """,
            [hash_tokens([blank]), sentence_id],
        )
