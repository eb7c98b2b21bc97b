"""Which visible sentences have no slots yet, and the slots that they get."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, islice, repeat

from sqlite_utils import Database

from db.people import GOLD
from db.records import Split
from db.store import Store


def without_slots(store: Store, size: int) -> Iterator[list[tuple[int, str, Split]]]:
    """Give id, id of the source and split of visible sentences that should have slots and have none.

    They are looked for outside of any transaction: where most have theirs, that takes a while.
    """
    after_id = 0
    while True:
        rows = store.db.execute(
            """
            SELECT v.id, v.external_id, v.split FROM visible_sentences v
            WHERE v.id > ? AND NOT EXISTS (SELECT 1 FROM slots WHERE sentence_id = v.id)
                AND NOT EXISTS (
                    SELECT 1 FROM annotations a JOIN people p ON p.id = a.person_id
                    WHERE a.sentence_id = v.id AND p.name = ?)
            ORDER BY v.id LIMIT ?
            """,
            [after_id, GOLD, size],
        ).fetchall()
        if not rows:
            return
        yield rows
        after_id = rows[-1][0]


def create(db: Database, sentences: Sequence[tuple[int, str, Split]]) -> None:
    """Give these sentences their slots, inside the caller's transaction; answers that they came with take them."""
    (overlap, uid) = db.execute("SELECT overlap, uid FROM project").fetchone()
    answers = _answers(db, [sentence_id for sentence_id, _, _ in sentences])
    rows = []
    for sentence_id, external_id, split in sentences:
        shuffle, reason = _shuffle(uid, external_id), "start" if split == "pool" else "held out"
        for number, answer in enumerate(islice(chain(answers[sentence_id], repeat((None, None))), overlap)):
            rows.append((sentence_id, number, split, shuffle, shuffle, reason, *answer))
    db.conn.executemany(
        """
        INSERT INTO slots (sentence_id, number, split, shuffle, priority, reason, annotation_id, person_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        rows,
    )


def _answers(db: Database, sentence_ids: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """Give the answers that fill slots as (annotation, person), oldest first, by sentence."""
    rows = db.execute(
        """
        SELECT a.sentence_id, a.id, a.person_id FROM json_each(?) ids JOIN annotations a ON a.sentence_id = ids.value
        WHERE a.kind = 'answer' AND NOT EXISTS (SELECT 1 FROM annotations newer WHERE newer.supersedes = a.id)
        ORDER BY a.id
        """,
        [json.dumps(sentence_ids)],
    )
    found = defaultdict(list)
    for sentence_id, annotation_id, person_id in rows:
        found[sentence_id].append((annotation_id, person_id))
    return found


def _shuffle(uid: str, external_id: str) -> float:
    """Give a place in [0, 1) that depends on the project and the sentence alone."""
    digest = hashlib.blake2b(f"{uid} {external_id}".encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48
