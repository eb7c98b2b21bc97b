"""Save the rows of a project whose schema was changed, in a new file that has the schema of its version.

Only rows are copied: no trigger, view or index of the changed file comes along, and each row must
pass the CHECKs that were meant for it. What a trigger did to a row before cannot be known.
"""

import json
import sqlite3
from pathlib import Path

from db.errors import ChangedSchema
from db.opening import schema
from db.opening.database import Database
from db.opening.openable import APPLICATION_ID
from db.store import Store, now_ms

_SEARCH_SINCE = 2


def copy_rows(source: Store, target: Path) -> None:
    """Write every row of the project into the empty file `target`; raise ChangedSchema if one does not fit."""
    version, differences = schema.refuse_newer(source.db, source.path), schema.differences(source.db)
    with Store(target) as copy:
        db = copy.db
        # A row may come before the row that it points at. The check of the copy finds rows that point nowhere.
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("ATTACH ? AS source", [f"{source.path.absolute().as_uri()}?mode=ro"])
        db.execute("BEGIN")
        schema.lay_out(db, version)
        for table in _tables(db, "main"):
            _copy(db, table, source.path)
        if version >= _SEARCH_SINCE:
            db.execute(
                "INSERT INTO sentence_words (rowid, tokens) SELECT id, tokens FROM visible_sentences ORDER BY id"
            )
        _note(db, differences)
        db.execute(f"PRAGMA main.application_id = {APPLICATION_ID}")
        db.execute("COMMIT")


def _copy(db: Database, table: str, path: Path) -> None:
    columns = _stored_columns(db, "main", table)
    present = _stored_columns(db, "source", table) if table in _tables(db, "source") else []
    lacking = [name for name in columns if name not in present]
    if lacking:
        raise _unfit(path, f"table {table} lacks {', '.join(lacking)}")
    names = ", ".join(columns)
    try:
        # Not by an index: one that was added or is damaged may leave rows out.
        db.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM source.{table} NOT INDEXED")
    except sqlite3.IntegrityError as error:
        raise _unfit(path, f"table {table} holds a row that its schema forbids ({error})") from error


def _tables(db: Database, schema_name: str) -> list[str]:
    """Return the tables that hold our rows, without views and the tables of the full-text index."""
    rows = db.execute(
        "SELECT name FROM pragma_table_list WHERE schema = ? AND type = 'table' AND name NOT GLOB 'sqlite_*'",
        [schema_name],
    )
    return [name for (name,) in rows]


def _stored_columns(db: Database, schema_name: str, table: str) -> list[str]:
    rows = db.execute("SELECT name FROM pragma_table_xinfo(?, ?) WHERE hidden = 0", [table, schema_name])
    return [name for (name,) in rows]


def _note(db: Database, differences: list[schema.Difference]) -> None:
    detail = {"differences": list(map(str, differences[: schema.MOST_NAMED])), "in all": len(differences)}
    db.execute("INSERT INTO audit (action, detail, at_ms) VALUES ('rows saved', ?, ?)", [json.dumps(detail), now_ms()])


def _unfit(path: Path, why: str) -> ChangedSchema:
    return ChangedSchema(
        f"The rows of {path} cannot be saved: {why}; restore a backup made before its schema was changed.", path=path
    )
