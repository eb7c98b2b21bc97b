"""The people who annotate and research."""

import sqlite3
import uuid

from db.errors import AlreadyExists
from db.opening.upgrading import schema_version
from db.records import Person, Role
from db.store import Store, now_ms

GOLD = "gold"
"""The person who owns the answers of a file without names; a sentence with such an answer needs no other."""

_COLUMNS = "id, name, role, active, issuer, subject, uid, created_ms"
_SINCE = {"issuer": 4, "subject": 4, "uid": 6}
"""The schema that added a column: the doctor and the check of who acts read older projects too."""


def find(store: Store, name: str) -> Person | None:
    """Return the person of that name, whatever its upper or lower case, or None."""
    row = store.db.execute(f"SELECT {_columns(store)} FROM people WHERE name = ?", [name]).fetchone()
    return _person(row) if row else None


def read(store: Store, person_id: int) -> Person | None:
    """Return the person with that id, or None."""
    row = store.db.execute(f"SELECT {_columns(store)} FROM people WHERE id = ?", [person_id]).fetchone()
    return _person(row) if row else None


def find_uid(store: Store, uid: str) -> Person | None:
    """Return the person with that uid, as a browser keeps it, or None."""
    row = store.db.execute(f"SELECT {_COLUMNS} FROM people WHERE uid = ?", [uid]).fetchone()
    return _person(row) if row else None


def find_identity(store: Store, issuer: str, subject: str) -> Person | None:
    """Return the person whom that identity provider knows by that subject, or None."""
    row = store.db.execute(
        f"SELECT {_COLUMNS} FROM people WHERE issuer = ? AND subject = ?", [issuer, subject]
    ).fetchone()
    return _person(row) if row else None


def all_of(store: Store) -> list[Person]:
    """Return all people, by name."""
    return [_person(row) for row in store.db.execute(f"SELECT {_columns(store)} FROM people ORDER BY name")]


def add(store: Store, name: str, *, role: Role = "annotator", active: bool = True) -> Person:
    """Add a person; a name that is taken raises AlreadyExists."""
    with store.writing() as db:
        try:
            row = db.execute(
                f"INSERT INTO people (name, role, active, created_ms, uid) VALUES (?, ?, ?, ?, ?) RETURNING {_COLUMNS}",
                [name, role, active, now_ms(), uuid.uuid4().hex],
            ).fetchone()
        except sqlite3.IntegrityError as error:
            raise AlreadyExists(f"A person called {name!r} already exists; choose another name.") from error
    return _person(row)


def set_role(store: Store, person_id: int, role: Role) -> None:
    """Give a person this role."""
    with store.writing() as db:
        db.execute("UPDATE people SET role = ? WHERE id = ?", [role, person_id])


def set_identity(store: Store, person_id: int, issuer: str | None, subject: str | None) -> None:
    """Let a person sign in by that identity, or by none; another person's identity raises AlreadyExists."""
    with store.writing() as db:
        try:
            db.execute("UPDATE people SET issuer = ?, subject = ? WHERE id = ?", [issuer, subject, person_id])
        except sqlite3.IntegrityError as error:
            raise AlreadyExists(
                "This identity already belongs to another person; link that person to another identity first."
            ) from error


def set_active(store: Store, person_id: int, active: bool) -> None:
    """Let a person sign in, or no longer; their answers stay."""
    with store.writing() as db:
        db.execute("UPDATE people SET active = ? WHERE id = ?", [active, person_id])


def _columns(store: Store) -> str:
    version = schema_version(store.db)
    return ", ".join(f"NULL AS {name}" if _SINCE.get(name, 0) > version else name for name in _COLUMNS.split(", "))


def _person(row: tuple[int, str, Role, int, str | None, str | None, str, int]) -> Person:
    person_id, name, role, active, issuer, subject, uid, created_ms = row
    return Person(person_id, name, role, bool(active), issuer, subject, uid, created_ms)
