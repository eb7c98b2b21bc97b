"""Examine a project: each finding says how bad it is, what it is about, and what to do.

Nothing is changed, not even the log of a project that is not open.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence

from annotator.care import file_checks, work_checks
from annotator.care.findings import RESTORE, Finding, Observation
from annotator.errors import Unwell
from db import schema
from db.errors import StoreError
from db.migrations import MIGRATIONS
from db.store import Store
from db.upgrading import schema_version


def examine(store: Store) -> list[Finding]:
    """Return the findings in the order of the checks."""
    return [
        Finding(seen.level, about, seen.found, seen.todo)
        for about in _fitting(store)
        for seen in _run(_CHECKS[about], store)
    ]


def check_well(findings: Sequence[Finding]) -> None:
    """Raise Unwell if there is an error among the findings."""
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        raise Unwell(f"{len(errors)} of {len(findings)} findings are errors, the first about {errors[0].about}.")


def _fitting(store: Store) -> Iterable[str]:
    """Return the checks that can read what they need; all of them for a file that cannot be read, and each says so."""
    try:
        if not schema.can_be_read(schema.differences(store.db)):
            return _OF_CHANGED_TABLES
        return _CHECKS if schema_version(store.db) == len(MIGRATIONS) else _OF_ANY_SCHEMA
    except (StoreError, sqlite3.DatabaseError):
        return _CHECKS


def _run(check: Callable[[Store], Iterator[Observation]], store: Store) -> Iterator[Observation]:
    try:
        yield from check(store)
    except (StoreError, sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # A damaged file can make SQLite raise errors of any kind; the other checks still run.
        yield Observation("error", f"This could not be examined: {error}", RESTORE)
    except OSError as error:
        yield Observation("error", f"{error.filename}: {error.strerror}.", "Check the disk and who may read it.")


_CHECKS: dict[str, Callable[[Store], Iterator[Observation]]] = {
    "SQLite": file_checks.sqlite,
    "schema": file_checks.schema,
    "integrity": file_checks.integrity,
    "references": file_checks.references,
    "answers": file_checks.answers,
    "log": file_checks.log,
    "tokens": file_checks.tokens,
    "rounds": work_checks.ready_rounds,
    "round files": work_checks.round_leftovers,
    "round folders": work_checks.round_folders,
    "round at work": work_checks.round_at_work,
    "pool outside": work_checks.pool_outside,
    "imports": work_checks.imports,
    "removed sentences": work_checks.removed_sentences,
    "texts": work_checks.straddling_texts,
    "queue and search": work_checks.queue_and_search,
    "files": file_checks.unfinished_files,
    "leases": work_checks.leases,
    "configuration": work_checks.configuration,
    "vectors": file_checks.vectors,
    "disk": file_checks.disk,
    "file system": file_checks.file_system,
    "backups": file_checks.backups,
}
_OF_ANY_SCHEMA = (
    "SQLite",
    "schema",
    "integrity",
    "references",
    "log",
    "tokens",
    "vectors",
    "disk",
    "file system",
    "backups",
)
_OF_CHANGED_TABLES = ("SQLite", "schema", "integrity", "references", "log", "vectors", "disk", "file system", "backups")
