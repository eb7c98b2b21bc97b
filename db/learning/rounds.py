"""Rounds: one row per round, updated while it is worked on and never changed afterwards."""

import json
import sqlite3
from dataclasses import fields
from typing import Any

from db.errors import RoundEnded, RoundInProgress, UnknownRound
from db.learning.round_records import WORKING_STATES, ProgressRow, Round, RoundState, round_name
from db.opening.database import Database
from db.opening.homes import home_of, is_home
from db.store import Store, now_ms

_COLUMNS = """
    id, state, config, seed, device, parent_round, last_annotation, training_set_hash, training_set, metrics,
    checkpoint, checkpoint_hash, saliency_file, saliency_hash, started_by, pid, process, heartbeat_ms, cancel_requested,
    created_ms, finished_ms, error, begun_ms,
    (SELECT at_ms FROM freed_checkpoints WHERE round_id = rounds.id),
    (SELECT at_ms FROM deleted_rounds WHERE round_id = rounds.id)
"""
_WORKING = ", ".join(f"'{state}'" for state in WORKING_STATES)
_WAITS = f"state IN ({_WORKING}) AND begun_ms IS NULL"
_IN_TURN = "ORDER BY id < 0 OR json_extract(config, '$.seed_of') IS NOT NULL, created_ms, id"
_AT_WORK = f"state IN ({_WORKING}) AND begun_ms IS NOT NULL"
_ENDED_UNEXPECTEDLY = "Its process ended unexpectedly, perhaps killed when memory ran out; start a new round."
_COPIED = "It waited for its turn in another file when this copy was made; start it again."


def queue(
    store: Store,
    *,
    config: dict[str, Any],
    seed: int,
    last_annotation: int | None,
    started_by: int | None = None,
    twin_of: int | None = None,
) -> Round:
    """Queue a new round, or the twin of a round, on the answers up to `last_annotation`.

    Its parent is the round that serves now. A twin that failed or was cancelled makes way for a new one; raises
    RoundInProgress if the round has another twin.
    """
    with store.writing() as db:
        if twin_of is not None:
            _remove_failed(db, -twin_of)
        try:
            row = db.execute(
                f"""
                INSERT INTO rounds
                    (id, state, config, seed, parent_round, last_annotation, started_by, heartbeat_ms, created_ms, home)
                VALUES (?, 'queued', ?, ?, (SELECT serving_round FROM project), ?, ?, ?, ?, ?) RETURNING {_COLUMNS}
                """,
                [
                    None if twin_of is None else -twin_of,
                    *(json.dumps(config), seed, last_annotation, started_by, now_ms(), now_ms(), home_of(store.path)),
                ],
            ).fetchone()
        except sqlite3.IntegrityError as error:
            if twin_of is None:
                raise
            raise RoundInProgress(f"Round {twin_of} has a twin already.") from error
    return _round(row)


def begin_next(store: Store, *, waited_ms: int = 0) -> Round | None:
    """Give the round that has waited longest its turn and return it; None if one is at work or none waits.

    Twins and other seeds of a round wait until no other round does. With `waited_ms`, only a round that has waited for
    so long gets it. Rounds that were queued in another file, of which this is a copy, are cancelled instead.
    """
    latest_ms = now_ms() - waited_ms
    _cancel_copied(store)
    if in_progress(store) is not None or not _next_waiting(store, latest_ms):
        return None  # nearly always, so that looking at rounds writes nothing
    with store.writing() as db:
        if in_progress(store) is not None:
            return None
        row = db.execute(
            f"UPDATE rounds SET begun_ms = :now, heartbeat_ms = :now WHERE id = :id AND {_WAITS} RETURNING {_COLUMNS}",
            {"now": now_ms(), "id": _next_waiting(store, latest_ms)},
        ).fetchone()
    return None if row is None else _round(row)


def read(store: Store, round_id: int) -> Round:
    """Return one round; an unknown number raises UnknownRound."""
    row = store.db.execute(f"SELECT {_COLUMNS} FROM rounds WHERE id = ?", [round_id]).fetchone()
    if row is None:
        raise UnknownRound(
            f"The project has no round {round_name(round_id)}; Rounds and `whylight round list` show those it has."
        )
    return _round(row)


def all_of(store: Store) -> list[Round]:
    """Return every round, newest first, each followed by its twin; also those that were deleted."""
    return [_round(row) for row in store.db.execute(f"SELECT {_COLUMNS} FROM rounds ORDER BY abs(id) DESC, id DESC")]


def in_progress(store: Store) -> Round | None:
    """Return the round whose turn it is, or None; those that wait for theirs are not at work."""
    row = store.db.execute(f"SELECT {_COLUMNS} FROM rounds WHERE {_AT_WORK}").fetchone()
    return None if row is None else _round(row)


def advance(store: Store, round_id: int, state: RoundState, **facts: Any) -> None:
    """Move a round to its next state and store what is known now (columns of the row by name)."""
    for name in ("training_set", "metrics"):
        if name in facts:
            facts[name] = json.dumps(facts[name])
    facts |= {"state": state, "heartbeat_ms": now_ms()}
    if state not in WORKING_STATES:
        facts["finished_ms"] = now_ms()
    _update(store, round_id, facts)


def report(store: Store, row: ProgressRow) -> None:
    """Add a line to the round's progress; it is a sign of life too."""
    with store.writing() as db:
        db.execute(
            """
            INSERT INTO round_progress
                (round_id, step, steps_total, label_loss, saliency_loss, dev_loss, dev_accuracy, note, at_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                row.round_id,
                row.step,
                row.steps_total,
                row.label_loss,
                row.saliency_loss,
                row.dev_loss,
                row.dev_accuracy,
                row.note,
                row.at_ms,
            ],
        )
        beat(store, row.round_id)


def progress(store: Store, round_id: int) -> list[ProgressRow]:
    """Return the round's progress, oldest first."""
    rows = store.db.execute(
        """
        SELECT round_id, step, steps_total, label_loss, saliency_loss, dev_loss, dev_accuracy, note, at_ms
        FROM round_progress WHERE round_id = ? ORDER BY id
        """,
        [round_id],
    )
    return [ProgressRow(*row) for row in rows]


def beat(store: Store, round_id: int) -> None:
    """Record that the round's process is alive; a round that has ended stays as it is."""
    with store.writing() as db:
        db.execute(f"UPDATE rounds SET heartbeat_ms = ? WHERE id = ? AND state IN ({_WORKING})", [now_ms(), round_id])


def set_process(store: Store, round_id: int, *, pid: int, process: str | None) -> None:
    """Store the process of a round that has not ended, and what distinguishes it from another of that pid."""
    with store.writing() as db:
        db.execute(
            f"UPDATE rounds SET pid = ?, process = ? WHERE id = ? AND state IN ({_WORKING})", [pid, process, round_id]
        )


def check_working(store: Store, round_id: int) -> None:
    """Raise RoundEnded if the round was cancelled or given up, so that nothing more of it is written."""
    if store.db.execute(f"SELECT 1 FROM rounds WHERE id = ? AND state IN ({_WORKING})", [round_id]).fetchone() is None:
        raise RoundEnded(f"Round {round_name(round_id)} was cancelled or given up; nothing more of it is written.")


def request_cancel(store: Store, round_id: int) -> None:
    """Ask the round's process to stop at its next step."""
    _update(store, round_id, {"cancel_requested": 1})


def record_freed(store: Store, round_id: int, *, person_id: int | None, bytes_freed: int) -> None:
    """Record that a round's checkpoint and saliency are no longer kept; its row stays as it is."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO freed_checkpoints (round_id, person_id, bytes, at_ms) VALUES (?, ?, ?, ?)",
            [round_id, person_id, bytes_freed, now_ms()],
        )


def record_deleted(store: Store, round_id: int, *, person_id: int | None) -> None:
    """Record that a round was deleted: its files are gone, and its row stays as it is."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO deleted_rounds (round_id, person_id, at_ms) VALUES (?, ?, ?)", [round_id, person_id, now_ms()]
        )


def fail_silent(store: Store, *, silence_ms: int) -> list[int]:
    """Mark rounds as failed whose process gave no sign of life for this long; return their numbers."""
    working, oldest_beat_ms = in_progress(store), now_ms() - silence_ms
    if working is None or working.heartbeat_ms >= oldest_beat_ms:
        return []  # nearly always, so that looking at rounds writes nothing
    with store.writing() as db:
        rows = db.execute(
            f"""
            UPDATE rounds SET state = 'failed', finished_ms = ?, error = ?
            WHERE {_AT_WORK} AND heartbeat_ms < ? RETURNING id
            """,
            [now_ms(), _ENDED_UNEXPECTEDLY, oldest_beat_ms],
        ).fetchall()
    return [row[0] for row in rows]


def fail_ended(store: Store, ended: Round) -> None:
    """Mark this round as failed because its process ended; not if it reached its end, or has another process by now."""
    with store.writing() as db:
        db.execute(
            f"""
            UPDATE rounds SET state = 'failed', finished_ms = ?, error = ?
            WHERE {_AT_WORK} AND id = ? AND pid = ? AND process = ?
            """,
            [now_ms(), _ENDED_UNEXPECTEDLY, ended.id, ended.pid, ended.process],
        )


def _remove_failed(db: Database, round_id: int) -> None:
    """Remove the record of a twin that failed or was cancelled: nothing points at it."""
    ended = f"SELECT id FROM rounds WHERE id = {int(round_id)} AND state IN ('failed', 'cancelled')"
    db.execute(f"DELETE FROM round_progress WHERE round_id IN ({ended})")
    db.execute(f"DELETE FROM rounds WHERE id IN ({ended})")


def give_turn_back(store: Store, round_id: int) -> None:
    """Let a round wait again whose turn came but whose process never started."""
    with store.writing() as db:
        db.execute("UPDATE rounds SET begun_ms = NULL WHERE id = ? AND state = 'queued' AND pid IS NULL", [round_id])


def _cancel_copied(store: Store) -> None:
    """Cancel the rounds that waited when this file was copied from the one in which they were queued."""
    homes = store.db.execute(f"SELECT DISTINCT home FROM rounds WHERE {_WAITS}").fetchall()
    if all(is_home(home, store.path) for (home,) in homes):
        return
    with store.writing() as db:
        for (home,) in homes:
            if not is_home(home, store.path):
                db.execute(
                    f"UPDATE rounds SET state = 'cancelled', finished_ms = ?, error = ? WHERE home IS ? AND {_WAITS}",
                    [now_ms(), _COPIED, home],
                )


def cancel_waiting(store: Store, *, why: str) -> list[int]:
    """Cancel the rounds that wait for their turn, with a sentence of why, and return them."""
    with store.writing() as db:
        rows = db.execute(
            f"UPDATE rounds SET state = 'cancelled', finished_ms = ?, error = ? WHERE {_WAITS} RETURNING id",
            [now_ms(), why],
        ).fetchall()
    return [row[0] for row in rows]


def _next_waiting(store: Store, latest_ms: int) -> int | None:
    row = store.db.execute(
        f"SELECT id FROM rounds WHERE {_WAITS} AND created_ms <= ? {_IN_TURN} LIMIT 1", [latest_ms]
    ).fetchone()
    return None if row is None else int(row[0])


def _update(store: Store, round_id: int, facts: dict[str, Any]) -> None:
    # Column names come from this program, never from people; values are bound.
    assignments = ", ".join(f"{name} = ?" for name in facts)
    if "state" in facts:
        assignments += ", begun_ms = coalesce(begun_ms, heartbeat_ms)"
    with store.writing() as db:
        try:
            changed = db.execute(f"UPDATE rounds SET {assignments} WHERE id = ?", [*facts.values(), round_id]).rowcount
        except sqlite3.IntegrityError as error:
            raise UnknownRound(f"Round {round_name(round_id)} has ended and can no longer be changed.") from error
        if not changed:
            read(store, round_id)


def _round(row: tuple[Any, ...]) -> Round:
    facts = dict(zip((field.name for field in fields(Round)), row, strict=True))
    for name in ("config", "training_set", "metrics"):
        facts[name] = json.loads(facts[name])
    facts["cancel_requested"] = bool(facts["cancel_requested"])
    return Round(**facts)
