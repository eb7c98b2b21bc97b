"""Check that the tables, views, triggers and indexes of a file are those of its schema version.

Triggers keep answers from being changed, CHECKs keep marks on their words. A file in which these were
dropped, changed or added to breaks those promises, though SQLite finds it whole. So the rows of
`sqlite_schema` are compared with those that the migrations make, letter by letter: a file of any age
got its text from the same statements.

Nothing is remembered from one connection to the next. A file that replaces another can have the same inode
and the same count of changes, and the count can be set by hand. Within a connection the count is enough:
SQLite itself reads a schema again only when the count has changed.
"""

import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from db.errors import ChangedSchema, NewerSchema
from db.opening.database import Database
from db.opening.migrations import MIGRATIONS
from db.opening.upgrading import run_script, schema_version

MOST_NAMED = 5
_LONGEST_NAME = 60
_KINDS = ("table", "view", "trigger", "index")

_Entry = tuple[bytes, bytes, bytes, bytes | None]
"""Kind, name, table and SQL. As bytes, because a foreign file may hold bytes that are not text."""

# ANALYZE makes these. They hold statistics for the choice of an index, and neither refuse nor change a row.
_STATISTICS: frozenset[_Entry] = frozenset(
    (b"table", name, name, b"CREATE TABLE " + name + columns)
    for name, columns in (
        (b"sqlite_stat1", b"(tbl,idx,stat)"),
        (b"sqlite_stat4", b"(tbl,idx,neq,nlt,ndlt,sample)"),
    )
)


@dataclass(frozen=True)
class Difference:
    """One thing that is missing from a file, was added to it, or was changed."""

    how: Literal["missing", "added", "changed"]
    kind: str
    name: str
    table: str

    def __str__(self) -> str:
        where = f" on {self.table}" if self.table != self.name else ""
        return f"the {self.kind} {self.name}{where} {'is' if self.how == 'missing' else 'was'} {self.how}"


def distrust(conn: sqlite3.Connection) -> None:
    """Keep SQL stored in the file from calling functions with side effects, where SQLite can."""
    if _json_is_trusted():
        conn.execute("PRAGMA trusted_schema = OFF")
    if sys.version_info >= (3, 12):  # SQL may not write to the schema as if it were a table
        conn.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)


def change_count(db: Database) -> int:
    """Return SQLite's count of changes to the schema: while it stays the same, so does this connection's schema."""
    (count,) = db.execute("PRAGMA schema_version").fetchone()
    return int(count)


def refuse_changed(db: Database, path: Path) -> None:
    """Raise ChangedSchema, naming `path`, unless the file has the schema of its version."""
    with _one_moment(db):  # otherwise an upgrade in between would give the older tables and the newer version
        version = refuse_newer(db, path)
        changes = differences(db)
    if changes:
        raise ChangedSchema(
            f"{path} does not have the tables, views, triggers and indexes of schema {version}: {_first_few(changes)}. "
            "What it holds may have been changed; restore a backup made before that, or save the rows with "
            f"`whylight backup {path} FILE --rows-only` and restore FILE.",
            path=path,
        )


@contextmanager
def _one_moment(db: Database) -> Iterator[None]:
    """Let all that the block reads be of the same moment; a transaction at work sees to that already."""
    if db.conn.in_transaction:
        yield
        return
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


def refuse_newer(db: Database, path: Path) -> int:
    """Return the file's version; raise NewerSchema, naming `path`, if only a newer Whylight knows it."""
    version = schema_version(db)
    if version > len(MIGRATIONS):
        raise NewerSchema(
            f"{path} has schema {version}, but this Whylight knows schema {len(MIGRATIONS)}; "
            "install the newer Whylight that wrote it."
        )
    return version


def differences(db: Database) -> list[Difference]:
    """Return what is missing, was added or was changed, compared with the file's schema version."""
    actual = _entries(db.execute(_LISTING).fetchall())
    expected = _expected(schema_version(db))
    return [] if actual == expected else _compare(Counter(actual), Counter(expected))


def can_be_read(changes: Iterable[Difference]) -> bool:
    """Return whether every table and view is as expected: triggers and indexes do not affect a reader."""
    return not any(change.kind not in ("trigger", "index") and change.how != "added" for change in changes)


def lay_out(db: Database, version: int) -> None:
    """Make the schema of that version in an empty file, inside the caller's transaction."""
    for script in MIGRATIONS[:version]:
        run_script(db, script)
    db.execute(f"PRAGMA user_version = {int(version)}")


_LISTING = """
    SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB) FROM sqlite_schema
"""


def _first_few(changes: Sequence[Difference]) -> str:
    more = f" and {len(changes) - MOST_NAMED} more" if len(changes) > MOST_NAMED else ""
    return ", ".join(map(str, changes[:MOST_NAMED])) + more


@cache
def _json_is_trusted() -> bool:
    """Return whether a CHECK may call json_valid() in an untrusted schema; SQLite 3.40 forbids it by mistake."""
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
    # In a file that was written by hand, these columns may be NULL.
    return entry[0] or b"", entry[1] or b""


def _compare(actual: Counter[_Entry], expected: Counter[_Entry]) -> list[Difference]:
    lacking, surplus = list((expected - actual).elements()), list((actual - expected).elements())
    lacking_keys, surplus_keys = set(map(_key, lacking)), set(map(_key, surplus))
    return [
        *(_difference("missing", entry) for entry in lacking if _key(entry) not in surplus_keys),
        *(_difference("changed", entry) for entry in lacking if _key(entry) in surplus_keys),
        *(_difference("added", entry) for entry in surplus if _key(entry) not in lacking_keys),
    ]


def _difference(how: Literal["missing", "added", "changed"], entry: _Entry) -> Difference:
    kind = (entry[0] or b"").decode(errors="replace")
    return Difference(how, kind if kind in _KINDS else "entry", _quoted(entry[1]), _quoted(entry[2]))


def _quoted(name: bytes | None) -> str:
    # A name may hold control characters that a terminal or a page would act on.
    return repr((name or b"").decode(errors="replace")[:_LONGEST_NAME])
