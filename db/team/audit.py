"""Who did what, in order; rows are only ever added."""

import json
from typing import Any

from db.records import Actor, AuditRow, id_of
from db.store import Store, now_ms


def record(store: Store, actor: Actor, action: str, detail: dict[str, Any]) -> None:
    """Add one line to the log; inside a `writing()` block it is part of that transaction.

    An act of the file's owner has no person's id.
    """
    with store.writing() as db:
        db.execute(
            "INSERT INTO audit (person_id, action, detail, at_ms) VALUES (?, ?, ?, ?)",
            [id_of(actor), action, json.dumps(detail), now_ms()],
        )


def record_once(store: Store, actor: Actor, action: str, detail: dict[str, Any]) -> None:
    """Add a line unless the same line already exists: what a browser sends several times is one act."""
    with store.writing() as db:
        existing = db.execute(
            "SELECT 1 FROM audit WHERE person_id IS ? AND action = ? AND detail = ?",
            [id_of(actor), action, json.dumps(detail)],
        ).fetchone()
        if existing is None:
            record(store, actor, action, detail)


def exported(store: Store) -> set[str]:
    """Return the names of the files and folders that exports were written to, without where these are."""
    rows = store.db.execute("SELECT DISTINCT json_extract(detail, '$.to') FROM audit WHERE action = 'export'")
    return {str(name) for (name,) in rows if name is not None}


def newest(store: Store, limit: int, *, before: int | None = None) -> list[AuditRow]:
    """Return the last lines of the log, newest first; with `before`, only those with a lower number."""
    rows = store.db.execute(
        """
        SELECT a.id, p.name, a.action, a.at_ms, a.detail FROM audit a LEFT JOIN people p ON p.id = a.person_id
        WHERE :before IS NULL OR a.id < :before ORDER BY a.id DESC LIMIT :limit
        """,
        {"before": before, "limit": limit},
    )
    return [
        AuditRow(number, person, action, at_ms, json.loads(detail)) for number, person, action, at_ms, detail in rows
    ]


def about_import(store: Store, action: str, import_id: int) -> dict[str, Any]:
    """Return the detail of the last line with this action that names this import; empty if there is none."""
    row = store.db.execute(
        "SELECT detail FROM audit WHERE action = ? AND detail ->> 'import' = ? ORDER BY id DESC LIMIT 1",
        [action, import_id],
    ).fetchone()
    return {} if row is None else dict(json.loads(row[0]))
