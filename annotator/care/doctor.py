"""Examine a project: each finding says how bad it is, what it is about, and what to do.

Nothing is changed, not even the log of a project that is not open.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from annotator.care import file_checks, work_checks
from annotator.care.findings import RESTORE, Finding, Observation
from annotator.errors import Unwell
from db.errors import StoreError
from db.opening import schema
from db.opening.migrations import MIGRATIONS
from db.opening.upgrading import schema_version
from db.store import Store


def examine(store: Store) -> list[Finding]:
    """Return the findings in the order of the checks."""
    fits = _what_fits(store)
    return [
        Finding(seen.level, check.about, seen.found, seen.todo)
        for check in _CHECKS
        if check.needs <= fits
        for seen in _run(check.look, store)
    ]


def check_well(findings: Sequence[Finding]) -> None:
    """Raise Unwell if there is an error among the findings."""
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        raise Unwell(f"{len(errors)} of {len(findings)} findings are errors, the first about {errors[0].about}.")


class _Needs(IntEnum):
    """What a check must find in the file; each includes those before it."""

    NO_TABLES = 0
    KNOWN_TABLES = 1
    """The tables of its schema, whichever that is."""
    THIS_SCHEMA = 2


class _Check(NamedTuple):
    about: str
    look: Callable[[Store], Iterator[Observation]]
    needs: _Needs = _Needs.THIS_SCHEMA


def _what_fits(store: Store) -> _Needs:
    """Return what checks may need of this file; everything of one that cannot be read, so that each check says so."""
    try:
        if not schema.can_be_read(schema.differences(store.db)):
            return _Needs.NO_TABLES
        return _Needs.THIS_SCHEMA if schema_version(store.db) == len(MIGRATIONS) else _Needs.KNOWN_TABLES
    except (StoreError, sqlite3.DatabaseError):
        return _Needs.THIS_SCHEMA


def _run(check: Callable[[Store], Iterator[Observation]], store: Store) -> Iterator[Observation]:
    try:
        yield from check(store)
    except (StoreError, sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # A damaged file can make SQLite raise errors of any kind; the other checks still run.
        yield Observation("error", f"This could not be examined: {error}", RESTORE)
    except OSError as error:
        yield Observation("error", f"{error.filename}: {error.strerror}.", "Check the disk and who may read it.")


_CHECKS = (
    _Check("SQLite", file_checks.sqlite, _Needs.NO_TABLES),
    _Check("schema", file_checks.schema, _Needs.NO_TABLES),
    _Check("integrity", file_checks.integrity, _Needs.NO_TABLES),
    _Check("references", file_checks.references, _Needs.NO_TABLES),
    _Check("answers", file_checks.answers),
    _Check("log", file_checks.log, _Needs.NO_TABLES),
    _Check("tokens", file_checks.tokens, _Needs.KNOWN_TABLES),
    _Check("rounds", work_checks.ready_rounds),
    _Check("round files", work_checks.round_leftovers),
    _Check("round folders", work_checks.round_folders),
    _Check("round at work", work_checks.round_at_work),
    _Check("pool outside", work_checks.pool_outside),
    _Check("imports", work_checks.imports),
    _Check("removed sentences", work_checks.removed_sentences),
    _Check("texts", work_checks.straddling_texts),
    _Check("queue and search", work_checks.queue_and_search),
    _Check("files", file_checks.unfinished_files),
    _Check("leases", work_checks.leases),
    _Check("configuration", work_checks.configuration),
    _Check("vectors", file_checks.vectors, _Needs.NO_TABLES),
    _Check("disk", file_checks.disk, _Needs.NO_TABLES),
    _Check("file system", file_checks.file_system, _Needs.NO_TABLES),
    _Check("backups", file_checks.backups, _Needs.NO_TABLES),
)
