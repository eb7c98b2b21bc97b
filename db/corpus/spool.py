"""A temporary file with the rows that an import has read and checked, until they are added.

Memory stays flat however long the imported file is, nothing is read or tokenized twice, and the
project is not touched before the last line has passed. The spool is next to the project, where there
must be room for the sentences anyway, and has no name once it is open: nothing of it outlives the
import, however that ends. Nothing in it needs to survive, so it is never committed.
"""

import hashlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from db.corpus.placing import MOVED, PLACES, Placement, place, split_of
from db.corpus.sentences import EncodedSentence
from db.errors import StoreUnavailable
from db.opening.connection import plain_errors
from db.records import Split
from db.store import Store

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -32000;

CREATE TABLE rows (
    id INTEGER PRIMARY KEY, is_new INTEGER, words BLOB, there TEXT, drawn TEXT, answers TEXT, moves INTEGER,
    fields TEXT, corrects INTEGER,
    external_id TEXT, text TEXT, tokens TEXT, starts TEXT, token_hash BLOB, split TEXT,
    query TEXT, query_tokens TEXT, metadata TEXT
) STRICT;

CREATE INDEX rows_answers ON rows (id) WHERE answers IS NOT NULL;

CREATE INDEX rows_changed ON rows (id) WHERE moves OR fields IS NOT NULL;

CREATE INDEX rows_moves ON rows (words) WHERE moves;

CREATE INDEX rows_corrects ON rows (external_id) WHERE corrects;

CREATE TABLE left_out (
    id INTEGER PRIMARY KEY, file TEXT, line INTEGER, row BLOB
) STRICT;

CREATE TABLE notes (
    about TEXT, name TEXT, number INTEGER, PRIMARY KEY (about, name)
) STRICT, WITHOUT ROWID;
"""
_VALUES = "external_id, text, tokens, starts, token_hash, split, query, query_tokens, metadata"
_CORRECTED = _VALUES.replace("split", "there")
_PLACES = ", ".join("?" * 17)
MOST_CHARACTERS = 2**22
"""The size at which a chunk of sentences, with tokens and metadata, ends."""

About = Literal["line of id", "line of key", "line of answer", "times of text", "split of corrected text"]


class SpooledRow(NamedTuple):
    """One row of the imported file."""

    sentence: EncodedSentence
    is_new: bool
    """Whether the project does not have the sentence."""
    answers: str | None
    """Its answers, as encoded by the reader; None if it has none to add."""
    wanted: Split | None = None
    """The split that a sentence of the project is to have, as the file says; None if it keeps its own."""
    moves: bool = False
    """Whether that is another one."""
    fields: str | None = None
    """The other fields that it gets, as JSON; None if it keeps what it has."""
    corrects: bool = False
    """Whether it gives a sentence of the project another text, or another query."""
    there: Split | None = None
    """The split of the project's sentences with the same text."""
    drawn: Split | None = None
    """The split that it gets if neither the file nor the project has one for its text."""


class ChangedRow(NamedTuple):
    """What a sentence of the project is to have from now on."""

    external_id: str
    split: Split | None
    """None if it keeps its own."""
    fields: dict[str, Any]
    """Other fields that it gets; those that are not here stay."""


@contextmanager
def open_spool(store: Store) -> Iterator["Spool"]:
    """Create an empty spool next to the project; it disappears when the block or the process ends."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{store.path.name}.", dir=store.path.parent)
    except OSError as error:
        folder = store.path.parent
        raise StoreUnavailable(f"{folder} cannot be written to: {error.strerror}; check the folder.") from error
    os.close(handle)
    try:
        with closing(sqlite3.connect(name, isolation_level=None)) as conn, plain_errors(store.path):
            conn.executescript(_SCHEMA + PLACES)
            os.unlink(name)
            conn.execute("BEGIN")
            yield Spool(conn, store.path)
    finally:
        Path(name).unlink(missing_ok=True)


class Spool:
    """Rows in the file's order, and numbers noted about names, which may be too many for memory."""

    def __init__(self, conn: sqlite3.Connection, path: Path) -> None:
        self._conn, self._path = conn, path
        self._split = split_of(has_splits=True)

    def add(self, rows: Sequence[SpooledRow]) -> None:
        """Append rows."""
        values = [
            (
                *(row.is_new, _words(row), row.there, row.drawn, row.answers, row.moves, row.fields, row.corrects),
                *(row.sentence if row.is_new else _known(row)),
            )
            for row in rows
        ]
        columns = f"is_new, words, there, drawn, answers, moves, fields, corrects, {_VALUES}"
        self._conn.executemany(f"INSERT INTO rows ({columns}) VALUES ({_PLACES})", values)

    def leave_out(self, file: str | None, line: int | None, row: bytes) -> None:
        """Keep a row that is left out, by its place in the imported file or folder."""
        self._conn.execute("INSERT INTO left_out (file, line, row) VALUES (?, ?, ?)", [file, line, row])

    def rows_left_out(self) -> Iterator[bytes]:
        """Yield the rows that were left out, in the order of the files and their lines."""
        for (row,) in self._conn.execute("SELECT row FROM left_out ORDER BY file, line, id"):
            yield row

    def note(self, about: About, numbers: Mapping[str, int]) -> None:
        """Note a number about each of these names, replacing an earlier one."""
        values = [(about, name, number) for name, number in numbers.items()]
        self._conn.executemany("INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", values)

    def noted(self, about: About, names: Sequence[str]) -> dict[str, int]:
        """Return the numbers noted about these names, without those that have none."""
        rows = self._conn.execute(
            "SELECT name, number FROM notes WHERE about = ? AND name IN (SELECT value FROM json_each(?))",
            [about, json.dumps(names)],
        )
        return dict(rows.fetchall())

    def count_repeated_texts(self) -> int:
        """Count the rows whose text, with its query, an earlier row has too."""
        (number,) = self._conn.execute("SELECT count(*) - count(DISTINCT words) FROM rows").fetchone()
        return int(number)

    def place(self, *, has_splits: bool) -> Placement:
        """Decide the splits of the new sentences, after the last row: those with the same text get the same.

        The split of the project's sentences that have that text, or get it from the file, comes first, unless the file
        moves those: then it is the strictest that the file gives the text. Otherwise, if the file `has_splits`, it is
        the strictest that the file gives: test before dev before pool. Otherwise it is the one that was drawn.
        """
        self._split = split_of(has_splits=has_splits)
        return place(self._conn, has_splits=has_splits)

    def new_sentences(self, *, size: int) -> Iterator[list[EncodedSentence]]:
        """Yield the sentences that the project does not have, at most `size` at a time, in the file's order."""
        chunk: list[EncodedSentence] = []
        characters = 0
        values = _VALUES.replace("split", self._split)
        for row in self._conn.execute(f"SELECT {values} FROM rows WHERE is_new ORDER BY id"):
            chunk.append(EncodedSentence(*row))
            characters += sum(len(value) for value in row if value is not None)
            if len(chunk) >= size or characters >= MOST_CHARACTERS:
                yield chunk
                chunk, characters = [], 0
        if chunk:
            yield chunk

    def changed_rows(self, *, size: int) -> Iterator[list[ChangedRow]]:
        """Yield what sentences of the project are to have, at most `size` at a time, in the file's order."""
        rows = self._conn.execute(
            f"""
            SELECT external_id, CASE WHEN moves THEN {MOVED} END, coalesce(fields, '{{}}')
            FROM rows INDEXED BY rows_changed WHERE moves OR fields IS NOT NULL ORDER BY id
            """
        )
        while chunk := rows.fetchmany(size):
            yield [ChangedRow(external_id, split, json.loads(fields)) for external_id, split, fields in chunk]

    def corrected_sentences(self, *, size: int) -> Iterator[list[EncodedSentence]]:
        """Yield the sentences of the project with the text that they get, at most `size` at a time."""
        rows = self._conn.execute(f"SELECT {_CORRECTED} FROM rows WHERE corrects ORDER BY id")
        while chunk := rows.fetchmany(size):
            yield [EncodedSentence(*row) for row in chunk]

    def count_corrected(self) -> int:
        """Count the sentences of the project that get another text."""
        (number,) = self._conn.execute("SELECT count(*) FROM rows WHERE corrects").fetchone()
        return int(number)

    def corrected_among(self, external_ids: Sequence[str]) -> list[EncodedSentence]:
        """Return those of these sentences that get another text, with it."""
        rows = self._conn.execute(
            f"""
            SELECT {_CORRECTED} FROM rows WHERE corrects AND external_id IN (SELECT value FROM json_each(?))
            """,
            [json.dumps(list(external_ids))],
        )
        return [EncodedSentence(*row) for row in rows]

    def answered_rows(self) -> Iterator[tuple[str, Split, bool, str]]:
        """Yield id, split, whether it is new, and the answers of every row that has any, in the file's order."""
        yield from self._conn.execute(
            f"""
            SELECT external_id, coalesce({self._split}, 'pool'), is_new, answers FROM rows INDEXED BY rows_answers
            WHERE answers IS NOT NULL ORDER BY id
            """
        )


def _known(row: SpooledRow) -> tuple[str | bytes | None, ...]:
    """Return the row of a sentence that the project has: its id, the split that it is to have, and a corrected text."""
    if row.corrects:
        return (*row.sentence._replace(split=row.wanted or row.sentence.split),)
    values = dict.fromkeys(row.sentence._fields) | {"external_id": row.sentence.external_id, "split": row.wanted}
    return tuple(values.values())


def _words(row: SpooledRow) -> bytes:
    """Return a hash that rows with the same text share: of their words, and of those of their queries."""
    query = row.sentence.query_tokens
    return hashlib.blake2b(row.sentence.token_hash + (query or "").encode(), digest_size=16).digest()
