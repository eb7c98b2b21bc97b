"""Which split the new sentences of an import get: those with the same text get the same.

It is decided by SQL over the rows of the import's spool (`db/corpus/spool.py`), after the last row.
"""

import sqlite3
from collections import Counter
from typing import NamedTuple

from db.records import Split

PLACES = """
CREATE TABLE joined_texts (
    words BLOB PRIMARY KEY, split TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE moved_texts (
    words BLOB PRIMARY KEY, split TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE corrected_texts (
    words BLOB PRIMARY KEY, split TEXT
) STRICT, WITHOUT ROWID;
"""
"""The splits of the texts that do not simply get their row's, next to the spool's rows."""

MOVED = "(SELECT split FROM moved_texts m WHERE m.words = rows.words)"
"""The split of a row's text, in SQL, if the file moves sentences of the project that have it."""

_STRICTEST = """
    CASE max(CASE split WHEN 'test' THEN 2 WHEN 'dev' THEN 1 ELSE 0 END)
        WHEN 2 THEN 'test' WHEN 1 THEN 'dev' ELSE 'pool' END
"""
_THERE = "coalesce(there, (SELECT split FROM corrected_texts c WHERE c.words = rows.words))"
_SPLIT_WITH = {
    True: f"coalesce({MOVED}, {_THERE}, (SELECT split FROM joined_texts j WHERE j.words = rows.words), split)",
    False: f"coalesce({_THERE}, drawn, split)",
}
"""A new sentence's split, if the file has splits and if it has none."""


class Placement(NamedTuple):
    """The splits that the new sentences get."""

    set_aside: Counter[Split]
    """The number of sentences whose split was drawn, by split."""
    moved: Counter[tuple[Split, Split]]
    """The number of sentences that get another split than the file gives, by both splits."""


def split_of(*, has_splits: bool) -> str:
    """Return the split of a row's new sentence, in SQL; `place` has to decide it before."""
    return _SPLIT_WITH[has_splits]


def place(conn: sqlite3.Connection, *, has_splits: bool) -> Placement:
    """Decide the splits of the new sentences; `Spool.place` says which comes first."""
    _forget_places(conn)
    if has_splits:
        _join_texts(conn)
    _follow_moved_texts(conn)
    _follow_corrected_texts(conn)
    return Placement(Counter(), _moved(conn)) if has_splits else Placement(_set_aside(conn), Counter())


def _forget_places(conn: sqlite3.Connection) -> None:
    for table in ("joined_texts", "moved_texts", "corrected_texts"):
        conn.execute(f"DELETE FROM {table}")


def _join_texts(conn: sqlite3.Connection) -> None:
    conn.execute(
        f"""
        INSERT INTO joined_texts SELECT words, {_STRICTEST} FROM rows
        WHERE is_new GROUP BY words HAVING min(split) <> max(split)
        """
    )


def _follow_moved_texts(conn: sqlite3.Connection) -> None:
    conn.execute(
        f"""
        INSERT INTO moved_texts SELECT words, {_STRICTEST} FROM rows
        WHERE split IS NOT NULL AND words IN (SELECT words FROM rows INDEXED BY rows_moves WHERE moves)
        GROUP BY words
        """
    )


def _follow_corrected_texts(conn: sqlite3.Connection) -> None:
    conn.execute("INSERT INTO corrected_texts SELECT words, min(there) FROM rows WHERE corrects GROUP BY words")


def _set_aside(conn: sqlite3.Connection) -> Counter[Split]:
    # Counted here: SQLite would sort all rows first.
    rows = conn.execute(f"SELECT drawn FROM rows WHERE is_new AND {_THERE} IS NULL AND drawn IS NOT NULL")
    return Counter(drawn for (drawn,) in rows)


def _moved(conn: sqlite3.Connection) -> Counter[tuple[Split, Split]]:
    rows = conn.execute(f"SELECT split, {split_of(has_splits=True)} FROM rows WHERE is_new")
    return Counter((given, placed) for given, placed in rows if given != placed)
