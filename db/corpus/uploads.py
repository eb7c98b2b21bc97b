"""Files that were uploaded on the page: one row per file, updated while a process imports it."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, Literal

from db.errors import UploadEnded, UploadInProgress
from db.store import Store, now_ms

UploadState = Literal["waiting", "importing", "ready", "refused", "failed", "cancelled"]

_COLUMNS = """
    id, state, file_name, settings, person_id, stage, done, total, report, error, pid, process, import_id,
    heartbeat_ms, created_ms, finished_ms, dismissed_ms
"""
_WORKING = "state IN ('waiting', 'importing')"


@dataclass(frozen=True)
class Upload:
    """A file that was uploaded on the page, and the state of its import."""

    id: int
    state: UploadState
    file_name: str
    """The name that its owner gave it: a label, never a path."""
    settings: dict[str, Any]
    person_id: int
    stage: str
    done: int
    total: int
    report: dict[str, Any] | None
    error: str | None
    pid: int | None
    process: str | None
    """Distinguishes the process from a later one with the same pid; None where nothing does."""
    import_id: int | None
    """The import that adds its sentences; None until it adds any, and once nothing of it is left."""
    heartbeat_ms: int
    created_ms: int
    finished_ms: int | None
    dismissed_ms: int | None
    """When its person had seen enough of its outcome."""

    @property
    def is_working(self) -> bool:
        """Return whether its process has not ended yet."""
        return self.state in ("waiting", "importing")


def start(store: Store, *, file_name: str, settings: dict[str, Any], person_id: int) -> Upload:
    """Record an uploaded file; raise UploadInProgress while another one is being imported."""
    with store.writing() as db:
        try:
            row = db.execute(
                f"""
                INSERT INTO uploads (state, file_name, settings, person_id, heartbeat_ms, created_ms)
                VALUES ('waiting', ?, ?, ?, ?, ?) RETURNING {_COLUMNS}
                """,
                [file_name, json.dumps(settings), person_id, now_ms(), now_ms()],
            ).fetchone()
        except sqlite3.IntegrityError as error:
            raise UploadInProgress("Another file is being imported; wait until it is done.") from error
    return _upload(row)


def read(store: Store, upload_id: int) -> Upload | None:
    """Return one upload, or None."""
    row = store.db.execute(f"SELECT {_COLUMNS} FROM uploads WHERE id = ?", [upload_id]).fetchone()
    return None if row is None else _upload(row)


def in_progress(store: Store) -> Upload | None:
    """Return the upload that is being imported, or None."""
    row = store.db.execute(f"SELECT {_COLUMNS} FROM uploads WHERE {_WORKING}").fetchone()
    return None if row is None else _upload(row)


def last_of_person(store: Store, person_id: int) -> Upload | None:
    """Return this person's last upload that was not a dry run, or None."""
    row = store.db.execute(
        f"""
        SELECT {_COLUMNS} FROM uploads
        WHERE person_id = ? AND NOT coalesce(json_extract(settings, '$.dry_run'), 0) ORDER BY id DESC LIMIT 1
        """,
        [person_id],
    ).fetchone()
    return None if row is None else _upload(row)


def set_process(store: Store, upload_id: int, *, pid: int, process: str | None) -> None:
    """Store which process imports the file, and what distinguishes it from another of the same pid."""
    _update(store, upload_id, {"pid": pid, "process": process})


def set_import(store: Store, upload_id: int, import_id: int) -> None:
    """Store which import adds the sentences."""
    _update(store, upload_id, {"import_id": import_id})


def check_working(store: Store, upload_id: int) -> None:
    """Raise UploadEnded if the upload was cancelled or given up, so that nothing more of it is written."""
    row = store.db.execute(f"SELECT 1 FROM uploads WHERE id = ? AND {_WORKING}", [upload_id]).fetchone()
    if row is None:
        raise UploadEnded(f"Upload {upload_id} was cancelled or given up; nothing more of it is added.")


def is_visible(store: Store, upload: Upload) -> bool:
    """Return whether the sentences of this upload are visible in the project."""
    row = store.db.execute("SELECT 1 FROM imports WHERE id = ? AND state = 'ready'", [upload.import_id]).fetchone()
    return row is not None


def report(store: Store, upload_id: int, *, stage: str, done: int, total: int) -> None:
    """Record the progress of the import; it is a sign of life too."""
    _update(store, upload_id, {"state": "importing", "stage": stage, "done": done, "total": total})


def beat(store: Store, upload_id: int) -> None:
    """Record that the process is alive."""
    _update(store, upload_id, {})


def finish(store: Store, upload_id: int, facts: dict[str, Any]) -> None:
    """Record that the file is imported, with the facts of the import."""
    _update(store, upload_id, {"state": "ready", "report": json.dumps(facts), "finished_ms": now_ms()})


def give_up(store: Store, upload_id: int, *, error: str, refused: bool = False) -> None:
    """Record why the file was refused, or why the import failed; an upload that has ended stays as it is."""
    state = "refused" if refused else "failed"
    _update(store, upload_id, {"state": state, "error": error, "finished_ms": now_ms()})


def cancel(store: Store, upload_id: int, *, error: str) -> None:
    """Record that the upload was cancelled, and by whom; from now on nothing of it is written."""
    _update(store, upload_id, {"state": "cancelled", "error": error, "finished_ms": now_ms()})


def dismiss(store: Store, upload_id: int, person_id: int) -> None:
    """Record that this person has seen enough of the outcome of their upload; one that is at work stays."""
    with store.writing() as db:
        db.execute(
            f"UPDATE uploads SET dismissed_ms = ? WHERE id = ? AND person_id = ? AND NOT ({_WORKING})",
            [now_ms(), upload_id, person_id],
        )


def _update(store: Store, upload_id: int, facts: dict[str, Any]) -> None:
    # Column names come from this program, never from people; values are bound.
    facts = facts | {"heartbeat_ms": now_ms()}
    assignments = ", ".join(f"{name} = ?" for name in facts)
    with store.writing() as db:
        db.execute(f"UPDATE uploads SET {assignments} WHERE id = ? AND {_WORKING}", [*facts.values(), upload_id])


def _upload(row: tuple[Any, ...]) -> Upload:
    names = [name.strip() for name in _COLUMNS.split(",")]
    facts = dict(zip(names, row, strict=True))
    facts["settings"] = json.loads(facts["settings"])
    facts["report"] = None if facts["report"] is None else json.loads(facts["report"])
    return Upload(**facts)
