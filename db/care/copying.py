"""Copy a project that others may be working in, without writing to it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from db.opening.connection import plain_errors
from db.store import Store


def copy_pages(store: Store, file: Path) -> None:
    """Write a copy of the project to a new file, page by page: with what is in its log, whatever its schema.

    `Store.open` then checks the copy, and upgrades it.
    """
    with closing(sqlite3.connect(file)) as target, plain_errors(store.path):
        store.db.conn.backup(target)
