"""A sentence with a corrected text: a new row, which takes over the old one's id in the source and its places."""

import json
import secrets
from collections.abc import Mapping, Sequence

from db.corpus.next_ids import next_id
from db.corpus.sentences import encode
from db.records import NewSentence
from db.slot_columns import WITHOUT_LEASE
from db.store import Store


def add(store: Store, old_id: int, corrected: NewSentence) -> int:
    """Add the sentence with the corrected text next to the old one, which hands its id in the source on to it."""
    row = encode(corrected)
    with store.writing() as db:
        given = next_id(db, "sentences")
        db.execute(
            "UPDATE sentences SET external_id = ? WHERE id = ?", [f"replaced-{old_id}-{secrets.token_hex(8)}", old_id]
        )
        (new_id,) = db.execute(
            """
            INSERT INTO sentences (id, import_id, external_id, text, tokens, starts, token_hash, split, query,
                query_tokens, metadata)
            SELECT ?, import_id, ?, ?, ?, ?, ?, ?, ?, ?, ?
            FROM sentences WHERE id = ? RETURNING id
            """,
            [given, *row, old_id],
        ).fetchone()
        db.execute("INSERT INTO sentence_words (rowid, tokens) VALUES (?, ?)", [new_id, row.tokens])
    return int(new_id)


def take_places(store: Store, old_id: int, new_id: int, answers: Mapping[int, int | None]) -> None:
    """Give the corrected sentence the old one's places in the queue, the sets and the tags.

    `answers` has for each answer the one that fills its place now, or None if the place is open again. Leases end:
    a page that has the old text gets the new one.
    """
    with store.writing() as db:
        db.execute(
            f"""
            UPDATE slots SET sentence_id = :new, priority = shuffle, round_id = NULL, score = NULL, {WITHOUT_LEASE},
                reason = iif(held_out, 'held out', 'start'),
                annotation_id = json_extract(:answers, '$.' || '"' || annotation_id || '"'),
                person_id = iif(json_extract(:answers, '$.' || '"' || annotation_id || '"') IS NULL, NULL, person_id)
            WHERE sentence_id = :old
            """,
            {"old": old_id, "new": new_id, "answers": json.dumps(answers)},
        )
        for table, columns in _FOLLOW.items():
            db.execute(
                f"INSERT INTO {table} (sentence_id, {columns}) SELECT ?, {columns} FROM {table} WHERE sentence_id = ?",
                [new_id, old_id],
            )


def record_carried(store: Store, annotation_id: int, carried_from: int, *, marks_lost: bool) -> None:
    """Record that an answer to the corrected text was given to the old one, and whether it lost its marks."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO carried_answers (annotation_id, carried_from, marks_lost) VALUES (?, ?, ?)",
            [annotation_id, carried_from, marks_lost],
        )


def keys_of_carried(store: Store, sentence_ids: Sequence[int]) -> dict[int, set[str]]:
    """Return the keys of the answers that corrected sentences got from older texts, and of all answers to those."""
    rows = store.db.execute(
        """
        WITH RECURSIVE older(sentence_id, now) AS (
            SELECT sentence_id, replaced_by FROM removals WHERE replaced_by IN (SELECT value FROM json_each(:ids))
            UNION ALL SELECT r.sentence_id, o.now FROM removals r JOIN older o ON r.replaced_by = o.sentence_id)
        SELECT o.now, a.submission_key FROM older o JOIN annotations a ON a.sentence_id = o.sentence_id
        UNION ALL
        SELECT a.sentence_id, a.submission_key FROM annotations a JOIN carried_answers c ON c.annotation_id = a.id
        WHERE a.sentence_id IN (SELECT value FROM json_each(:ids))
        """,
        {"ids": json.dumps(list(sentence_ids))},
    )
    found: dict[int, set[str]] = {}
    for sentence_id, key in rows:
        found.setdefault(sentence_id, set()).add(key)
    return found


_FOLLOW = {"sentence_tags": "tag, person_id, at_ms", "set_members": "set_id", "requested_sentences": "set_id"}
