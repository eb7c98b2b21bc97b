"""Ids of new rows: none is ever given twice, also after an import was undone."""

from db.opening.database import Database


def next_id(db: Database, table: str) -> int:
    """Return the next id of `sentences`, `annotations` or `slots`: higher than any that was ever given."""
    last = {"sentences": "last_sentence", "annotations": "last_annotation", "slots": "last_slot"}[table]
    row = db.execute(
        f"SELECT max(coalesce((SELECT max(id) FROM {table}), 0), coalesce((SELECT max({last}) FROM undone_imports), 0))"
    ).fetchone()
    return int(row[0]) + 1
