"""Guidelines for annotators: versions of one text, only ever added."""

from db.records import Actor, Guidelines, id_of
from db.store import Store, now_ms

_COLUMNS = "id, text, person_id, created_ms"


def add(store: Store, text: str, actor: Actor) -> Guidelines:
    """Add the next version and return it."""
    with store.writing() as db:
        row = db.execute(
            f"INSERT INTO guidelines (text, person_id, created_ms) VALUES (?, ?, ?) RETURNING {_COLUMNS}",
            [text, id_of(actor), now_ms()],
        ).fetchone()
    return Guidelines(*row)


def newest(store: Store) -> Guidelines | None:
    """Return the version in force, or None if there is none."""
    row = store.db.execute(f"SELECT {_COLUMNS} FROM guidelines ORDER BY id DESC LIMIT 1").fetchone()
    return Guidelines(*row) if row else None


def read(store: Store, version: int) -> Guidelines | None:
    """Return that version, or None."""
    row = store.db.execute(f"SELECT {_COLUMNS} FROM guidelines WHERE id = ?", [version]).fetchone()
    return Guidelines(*row) if row else None


def all_of(store: Store) -> list[Guidelines]:
    """Return every version, newest first."""
    return [Guidelines(*row) for row in store.db.execute(f"SELECT {_COLUMNS} FROM guidelines ORDER BY id DESC")]
