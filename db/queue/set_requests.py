"""Requests that a set's sentences are answered next, by everybody or by one person: a log, whose newest line holds.

`requested_sentences` has what is left to hand out: open sentences of the pool, in the order of the set. A claim passes
over those that it cannot give to the person who asks, and removes those that have all their answers, so no claim
searches again through what is done.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from db.opening.database import Database
from db.queue import leases
from db.queue.claims import ANSWERED, LEASED, OPEN_TO_ANYONE
from db.records import Slot
from db.slot_columns import COLUMNS
from db.store import Store, now_ms

_IS_NEWEST = """
    NOT EXISTS (
        SELECT 1 FROM set_requests later
        WHERE later.set_id = r.set_id AND later.id > r.id AND later.asked_of IS r.asked_of)
"""
# The slots by their sentence: by the indexes of open slots, each sentence would read the whole pool.
CLAIM = f"""
    UPDATE slots SET {LEASED}
    WHERE id = (
        SELECT s.id
        FROM requested_sentences q CROSS JOIN slots s INDEXED BY sqlite_autoindex_slots_1
            ON s.sentence_id = q.sentence_id
        WHERE q.set_id = :set AND q.sentence_id > :after AND {OPEN_TO_ANYONE}
            AND NOT EXISTS ({ANSWERED})
            AND NOT EXISTS (
                SELECT 1 FROM slots mine
                WHERE mine.sentence_id = s.sentence_id AND mine.person_id = :person AND mine.lease_until_ms >= :now)
        ORDER BY q.sentence_id, s.number LIMIT 1)
    RETURNING {COLUMNS}
"""
"""The statement that leases the next sentence of a set."""


@dataclass(frozen=True)
class SetRequest:
    """A request that a set is answered next."""

    id: int
    set_id: int
    set_name: str
    asked_of: int | None
    """The person who is asked; None for everybody."""
    person_id: int | None
    """Who asks; None for the owner of the file."""


def replace(
    store: Store, set_id: int, sentence_ids: Iterable[int], *, asked_of: Sequence[int | None], person_id: int | None
) -> None:
    """Ask these people, or everybody (None), to answer these sentences of a set next, and no one else any more."""
    with store.writing() as db:
        for request in live(store, set_id=set_id):
            if request.asked_of not in asked_of:
                _add(db, set_id, request.asked_of, asked=False, person_id=person_id)
        for one in asked_of:
            _add(db, set_id, one, asked=True, person_id=person_id)
        db.execute("DELETE FROM requested_sentences WHERE set_id = ?", [set_id])
        if asked_of:
            db.conn.executemany(
                "INSERT INTO requested_sentences (set_id, sentence_id) VALUES (?, ?)",
                ((set_id, sentence_id) for sentence_id in sentence_ids),
            )


def end_all(store: Store, set_id: int, *, person_id: int | None) -> int:
    """Ask no one for this set any more, and return how many requests that ends; what is leased goes back."""
    ended = len(live(store, set_id=set_id))
    replace(store, set_id, (), asked_of=(), person_id=person_id)
    return ended


def live(store: Store, *, set_id: int | None = None) -> list[SetRequest]:
    """Return the requests that hold, of one set or of all, the newest first."""
    return _read(store, "r.asked = 1 AND (:set IS NULL OR r.set_id = :set)", {"set": set_id}, f"AND {_IS_NEWEST}")


def of_ids(store: Store, request_ids: Iterable[int]) -> list[SetRequest]:
    """Return these requests, also those that no longer hold."""
    return _read(store, "r.id IN (SELECT value FROM json_each(:ids))", {"ids": json.dumps(list(request_ids))})


def count_left(store: Store, set_id: int) -> int:
    """Count the sentences of a set that are still to be handed out, or are handed out and not answered."""
    (number,) = store.db.execute(
        f"""
        SELECT count(*) FROM requested_sentences q
        WHERE q.set_id = ? AND EXISTS ({_OPEN.format(sentence="q.sentence_id")})
        """,
        [set_id],
    ).fetchone()
    return int(number)


def open_members(store: Store, set_id: int) -> list[int]:
    """Return the pool sentences of a set that still need an answer, by id."""
    rows = store.db.execute(
        f"""
        SELECT m.sentence_id FROM set_members m
        WHERE m.set_id = ? AND EXISTS ({_OPEN.format(sentence="m.sentence_id")} AND s.held_out = 0)
        ORDER BY m.sentence_id
        """,
        [set_id],
    )
    return [row[0] for row in rows]


def claim(store: Store, person_id: int, *, count: int, lease_ms: int) -> list[Slot]:
    """Lease this person up to `count` sentences of the sets that they are asked for, and return them in order.

    The set that was asked for last comes first. The same transaction records that people chose these sentences.
    """
    claimed: list[Slot] = []
    with store.writing() as db:
        for request_id, set_id in _asked_for(db, person_id) if count > 0 else ():
            claimed += _claim_of(store, db, person_id, (request_id, set_id), count - len(claimed), lease_ms)
            if len(claimed) >= count:
                break
    return claimed


_OPEN = """
    SELECT 1 FROM slots s INDEXED BY sqlite_autoindex_slots_1
    WHERE s.sentence_id = {sentence} AND s.annotation_id IS NULL
"""


def _claim_of(
    store: Store, db: Database, person_id: int, asked: tuple[int, int], count: int, lease_ms: int
) -> list[Slot]:
    request_id, set_id = asked
    now, after = now_ms(), 0
    claimed: list[Slot] = []
    values = {"person": person_id, "set": set_id, "request": request_id, "now": now, "until": now + lease_ms}
    while len(claimed) < count:
        row = db.execute(CLAIM, values | {"after": after}).fetchone()
        if row is None:
            after = 2**63 - 1
            break
        claimed.append(Slot(*row))
        after = claimed[-1].sentence_id
        leases.record(store, person_id, after)
        _record(db, person_id, after, request_id)
    _remove_done(db, set_id, before=after)
    return claimed


def _record(db: Database, person_id: int, sentence_id: int, request_id: int) -> None:
    """Record that a person was given a sentence because a person chose it, so that it never counts as drawn."""
    db.execute(
        """
        INSERT INTO picked_sentences (sentence_id, person_id, at_ms, request_id) VALUES (?, ?, ?, ?)
        ON CONFLICT DO NOTHING
        """,
        [sentence_id, person_id, now_ms(), request_id],
    )


def forget(store: Store, sentence_id: int) -> None:
    """Ask no one for a sentence any more, whatever set it is in: it is held out now."""
    with store.writing() as db:
        db.execute("DELETE FROM requested_sentences WHERE sentence_id = ?", [sentence_id])


def _remove_done(db: Database, set_id: int, *, before: int) -> None:
    """Remove the sentences before this one that have all their answers."""
    db.execute(
        f"""
        DELETE FROM requested_sentences
        WHERE set_id = ? AND sentence_id < ?
            AND NOT EXISTS ({_OPEN.format(sentence="requested_sentences.sentence_id")})
        """,
        [set_id, before],
    )


def _asked_for(db: Database, person_id: int) -> list[tuple[int, int]]:
    """Return request and set of what this person is asked for, of sets with sentences left."""
    rows = db.execute(
        f"""
        SELECT r.id, r.set_id FROM set_requests r
        WHERE r.asked = 1 AND (r.asked_of IS NULL OR r.asked_of = ?) AND {_IS_NEWEST}
            AND EXISTS (SELECT 1 FROM requested_sentences q WHERE q.set_id = r.set_id)
        ORDER BY r.id DESC
        """,
        [person_id],
    )
    return [(request_id, set_id) for request_id, set_id in rows]


def _add(db: Database, set_id: int, asked_of: int | None, *, asked: bool, person_id: int | None) -> None:
    db.execute(
        "INSERT INTO set_requests (set_id, asked_of, asked, person_id, at_ms) VALUES (?, ?, ?, ?, ?)",
        [set_id, asked_of, asked, person_id, now_ms()],
    )


def _read(store: Store, where: str, values: dict[str, object], more: str = "") -> list[SetRequest]:
    rows = store.db.execute(
        f"""
        SELECT r.id, r.set_id, s.name, r.asked_of, r.person_id FROM set_requests r JOIN sets s ON s.id = r.set_id
        WHERE {where} {more} ORDER BY r.id DESC
        """,
        values,
    )
    return [SetRequest(*row) for row in rows]
