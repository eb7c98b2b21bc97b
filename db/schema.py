"""Whether the tables, views, triggers and indexes of a file are those of its schema version.

Triggers keep answers from being changed, CHECKs keep marks on their words. A file in which they were
dropped, changed or joined by others breaks those promises, and SQLite finds it whole. So the rows of
`sqlite_schema` are compared with those that the migrations make, letter by letter: a file of any age
got its text from the same statements.

Nothing is remembered from one connection to the next. A file put in another's place can have its inode
and its count of changes, and the count can be set by hand. Within a connection the count is enough:
SQLite itself reads a schema again only when the count has moved.
"""

import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from db.database import Database
from db.errors import ChangedSchema, NewerSchema
from db.migrations import MIGRATIONS
from db.upgrading import schema_version

MOST_NAMED = 5
_LONGEST_NAME = 60
_KINDS = ("table", "view", "trigger", "index")

_Entry = tuple[bytes, bytes, bytes, bytes | None]
"""Kind, name, table and SQL. As bytes, because a file from elsewhere may hold what is no text."""

# What ANALYZE makes. It holds statistics for the choice of an index, and neither refuses nor changes a row.
_STATISTICS: frozenset[_Entry] = frozenset(
    (b"table", name, name, b"CREATE TABLE " + name + columns)
    for name, columns in (
        (b"sqlite_stat1", b"(tbl,idx,stat)"),
        (b"sqlite_stat4", b"(tbl,idx,neq,nlt,ndlt,sample)"),
    )
)


@dataclass(frozen=True)
class Difference:
    """One thing that a file has and should not have, lacks, or has in another form."""

    how: Literal["missing", "added", "changed"]
    kind: str
    name: str
    table: str

    def __str__(self) -> str:
        where = f" on {self.table}" if self.table != self.name else ""
        return f"the {self.kind} {self.name}{where} {'is' if self.how == 'missing' else 'was'} {self.how}"


def distrust(conn: sqlite3.Connection) -> None:
    """Keep what a file defines from calling functions that act on more than their arguments, where SQLite can."""
    if _json_is_trusted():
        conn.execute("PRAGMA trusted_schema = OFF")
    if sys.version_info >= (3, 12):  # SQL may not write to the schema as if it were a table
        conn.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)


def change_count(db: Database) -> int:
    """Return SQLite's count of changes to the schema: while it stays, so does the schema of this connection."""
    (count,) = db.execute("PRAGMA schema_version").fetchone()
    return int(count)


def refuse_changed(db: Database, path: Path) -> None:
    """Raise ChangedSchema, naming `path`, unless the file has the schema of its version."""
    version = refuse_newer(db, path)
    found = differences(db)
    if found:
        raise ChangedSchema(
            f"{path} does not have the tables, views, triggers and indexes of schema {version}: {some(found)}. "
            "What it holds may have been changed; restore a backup made before that, or save the rows with "
            f"`whylight backup {path} FILE --rows-only` and restore FILE.",
            path=path,
        )


def refuse_newer(db: Database, path: Path) -> int:
    """Return the file's version; raise NewerSchema, naming `path`, where only a newer Whylight knows it."""
    version = schema_version(db)
    if version > len(MIGRATIONS):
        raise NewerSchema(
            f"{path} has schema {version}, but this Whylight knows schema {len(MIGRATIONS)}; "
            "install the newer Whylight that wrote it."
        )
    return version


def differences(db: Database) -> list[Difference]:
    """Return what is missing, was added, or has another form than the file's schema version says."""
    found = _entries(db.execute(_LISTING).fetchall())
    expected = _expected(schema_version(db))
    return [] if found == expected else _compare(Counter(found), Counter(expected))


def can_be_read(found: Iterable[Difference]) -> bool:
    """Tell whether every table and view is what its name says: triggers and indexes do nothing to a reader."""
    return not any(each.kind not in ("trigger", "index") and each.how != "added" for each in found)


def some(found: Sequence[Difference]) -> str:
    """Name the first few."""
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return ", ".join(map(str, found[:MOST_NAMED])) + more


def lay_out(db: Database, version: int) -> None:
    """Make the schema of that version in an empty file, inside the caller's transaction."""
    for script in MIGRATIONS[:version]:
        db.executescript(script)
    db.execute(f"PRAGMA user_version = {int(version)}")


_LISTING = """
    SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB) FROM sqlite_schema
"""


@cache
def _json_is_trusted() -> bool:
    """Tell whether a CHECK may call json_valid() in a schema that is not trusted; SQLite 3.40 forbids it by mistake."""
    conn = sqlite3.connect(":memory:")
    try:
        conn.execute("PRAGMA trusted_schema = OFF")
        conn.execute("CREATE TABLE probe (value CHECK (json_valid(value)))")
    except sqlite3.OperationalError:
        return False
    finally:
        conn.close()
    return True


@cache
def _expected(version: int) -> list[_Entry]:
    db = Database(sqlite3.connect(":memory:", isolation_level=None))
    try:
        lay_out(db, max(version, 0))
        return _entries(db.execute(_LISTING).fetchall())
    finally:
        db.close()


def _entries(rows: Iterable[_Entry]) -> list[_Entry]:
    return sorted((row for row in rows if row not in _STATISTICS), key=_key)


def _key(entry: _Entry) -> tuple[bytes, bytes]:
    # Nothing keeps these columns from being NULL in a file that was written by hand.
    return entry[0] or b"", entry[1] or b""


def _compare(found: Counter[_Entry], expected: Counter[_Entry]) -> list[Difference]:
    lacking, surplus = list((expected - found).elements()), list((found - expected).elements())
    lacking_keys, surplus_keys = set(map(_key, lacking)), set(map(_key, surplus))
    return [
        *(_difference("missing", each) for each in lacking if _key(each) not in surplus_keys),
        *(_difference("changed", each) for each in lacking if _key(each) in surplus_keys),
        *(_difference("added", each) for each in surplus if _key(each) not in lacking_keys),
    ]


def _difference(how: Literal["missing", "added", "changed"], entry: _Entry) -> Difference:
    kind = (entry[0] or b"").decode(errors="replace")
    return Difference(how, kind if kind in _KINDS else "entry", _quoted(entry[1]), _quoted(entry[2]))


def _quoted(name: bytes | None) -> str:
    # A name may hold what a terminal or a page would act upon.
    return repr((name or b"").decode(errors="replace")[:_LONGEST_NAME])
