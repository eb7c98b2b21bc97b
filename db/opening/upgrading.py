"""Upgrade a project's schema, and keep a checked copy of the file as it was."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from db.aside import aside, put_in_place
from db.errors import NotUpgraded
from db.opening.database import Database
from db.opening.migrations import MIGRATIONS


def schema_version(db: Database) -> int:
    """Return the number of migrations applied to the file."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(db: Database) -> None:
    """Apply the missing migrations, inside the caller's transaction."""
    for script in MIGRATIONS[schema_version(db) :]:
        run_script(db, script)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def run_script(db: Database, script: str) -> None:
    """Run the statements of a script inside the caller's transaction, which sqlite3's `executescript` would end."""
    for statement in _statements(script):
        db.execute(statement)


def keep_copy(db: Database, path: Path) -> Path:
    """Write a copy of the project next to it, and return the copy's path once it is whole and on the disk.

    Call it under the locks of a writer, so that nothing is added between the copy and the migration.
    """
    kept = _free_name(path.with_name(f"{path.name}.before-schema-{len(MIGRATIONS)}"))
    with aside(path) as copy:
        db.execute("VACUUM INTO ?", [str(copy)])
        _refuse_damage(copy, path)
        put_in_place(copy, kept)
    return kept


def _statements(script: str) -> Iterator[str]:
    # sqlite-utils asks at each letter whether the statement is complete; it can only be after a semicolon.
    statement = ""
    for piece in re.split("(?<=;)", script):
        statement += piece
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if statement.strip():
        yield statement.strip()


def _free_name(wanted: Path) -> Path:
    name, number = wanted, 1
    while name.exists():
        number += 1
        name = wanted.with_name(f"{wanted.name}-{number}")
    return name


def _refuse_damage(copy: Path, path: Path) -> None:
    conn = sqlite3.connect(copy)
    try:
        faults = [row[0] for row in conn.execute("PRAGMA integrity_check(1)") if row[0] != "ok"]
        faults += [f"{table} row {rowid}" for table, rowid, *_ in conn.execute("PRAGMA foreign_key_check")]
    finally:
        conn.close()
    if faults:
        raise NotUpgraded(
            f"{path} was not upgraded because it is damaged ({faults[0]}); restore its newest backup first."
        )
