"""Find visible sentences without slots, and create their slots."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, repeat
from typing import Any, NamedTuple, Self

from db.corpus.next_ids import next_id
from db.counting import counts
from db.opening.database import Database
from db.records import Split
from db.store import Store
from db.team.people import GOLD


def without_slots(store: Store, size: int) -> Iterator[list[tuple[int, str, Split]]]:
    """Yield id, id in the source and split of visible sentences that should have slots and have none.

    The search runs outside any transaction: if most sentences have slots, it takes a while.
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
    """Create the slots of these sentences, inside the caller's transaction; answers that they came with fill them."""
    sample = _Sample.read(db)
    answers = _answers(db, [sentence_id for sentence_id, _, _ in sentences])
    rows = []
    for sentence_id, external_id, split in sentences:
        reason = "start" if split == "pool" else "held out"
        places, shuffle = sample.places(external_id), sample.shuffle(external_id)
        for number, answer in enumerate(islice(chain(answers[sentence_id], repeat((None, None))), places)):
            rows.append((sentence_id, number, split, places > 1, shuffle, shuffle, reason, *answer))
    _insert(db, rows)


def widen(store: Store, *, chunk: int = 500, progress: Callable[[int], None] | None = None) -> int:
    """Create the slots that sentences lack for the project's overlap; return the number of sentences.

    An answer that counts and has no slot, such as an admitted surplus one, takes one of the new slots.
    """
    widened, after_id = 0, 0
    while True:
        rows = store.db.execute(
            """
            SELECT s.sentence_id, v.external_id, s.split, count(*) FROM slots s
                JOIN visible_sentences v ON v.id = s.sentence_id
            WHERE s.sentence_id > ? GROUP BY s.sentence_id ORDER BY s.sentence_id LIMIT ?
            """,
            [after_id, chunk],
        ).fetchall()
        if not rows:
            return widened
        with store.writing() as db:
            widened += _widen(db, rows)
        after_id = rows[-1][0]
        if progress is not None:
            progress(widened)


def _widen(db: Database, sentences: Sequence[tuple[int, str, Split, int]]) -> int:
    sample = _Sample.read(db)
    lacking = [sentence for sentence in sentences if sample.places(sentence[1]) > sentence[3]]
    ids = [sentence[0] for sentence in lacking]
    unplaced = _answers(db, ids, without_a_slot=True)
    rows = []
    for sentence_id, external_id, split, present in lacking:
        reason, free = "start" if split == "pool" else "held out", iter(unplaced[sentence_id])
        shuffle = sample.shuffle(external_id)
        for number in range(present, sample.places(external_id)):
            rows.append((sentence_id, number, split, True, shuffle, shuffle, reason, *next(free, (None, None))))
    db.conn.executemany("UPDATE slots SET shared = 1 WHERE sentence_id = ?", [(sentence_id,) for sentence_id in ids])
    _insert(db, rows)
    return len(lacking)


class _Sample(NamedTuple):
    """The sentences that several people answer, chosen by their ids alone, never by a model."""

    overlap: int
    share: float
    uid: str

    @classmethod
    def read(cls, db: Database) -> Self:
        return cls(*db.execute("SELECT overlap, overlap_share, uid FROM project").fetchone())

    def places(self, external_id: str) -> int:
        return self.overlap if _place(f"{self.uid} sample {external_id}") < self.share else 1

    def shuffle(self, external_id: str) -> float:
        return _place(f"{self.uid} {external_id}")


def _insert(db: Database, rows: Sequence[tuple[Any, ...]]) -> None:
    db.conn.executemany(
        """
        INSERT INTO slots (id, sentence_id, number, split, shared, shuffle, priority, reason, annotation_id, person_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [(number, *row) for number, row in enumerate(rows, next_id(db, "slots"))],
    )


def _answers(
    db: Database, sentence_ids: Sequence[int], *, without_a_slot: bool = False
) -> dict[int, list[tuple[int, int]]]:
    """Return the answers that count, and so fill slots, as (annotation, person), oldest first, by sentence."""
    apart = "AND NOT EXISTS (SELECT 1 FROM slots WHERE annotation_id = a.id)" if without_a_slot else ""
    rows = db.execute(
        f"""
        SELECT a.sentence_id, a.id, a.person_id FROM json_each(?) ids JOIN annotations a ON a.sentence_id = ids.value
        WHERE a.kind = 'answer' AND {counts()} {apart}
        ORDER BY a.id
        """,
        [json.dumps(sentence_ids)],
    )
    answers = defaultdict(list)
    for sentence_id, annotation_id, person_id in rows:
        answers[sentence_id].append((annotation_id, person_id))
    return answers


def _place(name: str) -> float:
    """Return a place in [0, 1) that depends on the name alone."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=6).digest()) / 2**48
