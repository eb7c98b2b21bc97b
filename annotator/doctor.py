"""Examine a project: each finding says how bad it is, what it is about, and what to do.

Nothing is changed, not even the log of a project that nobody has open.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from annotator.backups import backups_folder
from annotator.cut_off_imports import TODO, cut_off_imports
from annotator.disk import disk_use, network_file_system
from annotator.errors import Unwell
from annotator.reports import in_bytes
from annotator.round_files import faults_of, large_files, orphans
from annotator.rounds import SILENCE_MS
from db import acknowledged, health, project, rounds, slots
from db.errors import StoreError
from db.migrations import MIGRATIONS
from db.records import WORKING_STATES
from db.store import Store, now_ms
from db.upgrading import schema_version

RESTORE = "Stop the server, keep a copy of the file, and restore the newest backup: `whylight restore`."
LARGE_LOG_BYTES = 256 * 1024 * 1024
MOST_NAMED = 5

_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""The SQLite versions that no longer lose commits when a checkpoint races one; each mends its own branch."""


@dataclass(frozen=True)
class Finding:
    """One thing that was examined."""

    level: Literal["ok", "warning", "error"]
    about: str
    found: str
    todo: str = ""


def examine(store: Store) -> list[Finding]:
    """Give what was found, in the order in which it was examined."""
    checks = _CHECKS if _has_our_schema(store) else {about: _CHECKS[about] for about in _OF_ANY_SCHEMA}
    return [finding for about, check in checks.items() for finding in _run(about, check, store)]


def check_well(findings: Sequence[Finding]) -> None:
    """Raise Unwell if there is an error among the findings."""
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        raise Unwell(f"{len(errors)} of {len(findings)} findings are errors, the first about {errors[0].about}.")


def has_reset_fault(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite can lose commits when a checkpoint races a commit."""
    fixed = next((backport for backport in _FIXED if backport[:2] == version[:2]), _FIXED[-1])
    return version < fixed


def _has_our_schema(store: Store) -> bool:
    """Tell whether every check can read what it wants to; a file that cannot be read is told by each of them."""
    try:
        return schema_version(store.db) == len(MIGRATIONS)
    except (StoreError, sqlite3.DatabaseError):
        return True


def _run(about: str, check: Callable[[Store], Iterator[Finding]], store: Store) -> Iterator[Finding]:
    try:
        yield from check(store)
    except (StoreError, sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # A damaged file surprises SQLite into errors of any kind; the other checks go on.
        yield Finding("error", about, f"This could not be examined: {error}", RESTORE)
    except OSError as error:
        yield Finding("error", about, f"{error.filename}: {error.strerror}.", "Check the disk and who may read it.")


def _sqlite(store: Store) -> Iterator[Finding]:
    if has_reset_fault(sqlite3.sqlite_version_info):
        said = f"{sqlite3.sqlite_version} can lose commits when a checkpoint races one; Whylight keeps clear of that."
        todo = "Let no other program write to the project; SQLite 3.51.3, 3.50.7 and 3.44.6 have no such fault."
        yield Finding("warning", "SQLite", said, todo)
    else:
        yield Finding("ok", "SQLite", sqlite3.sqlite_version)


def _schema(store: Store) -> Iterator[Finding]:
    version, mode = schema_version(store.db), health.journal_mode(store)
    if version > len(MIGRATIONS):
        said = f"The file has schema {version}, and this Whylight knows schema {len(MIGRATIONS)}."
        yield Finding("error", "schema", said, "Install the newer Whylight that wrote it.")
    elif version < len(MIGRATIONS):
        said = f"The file has schema {version}, and this Whylight has schema {len(MIGRATIONS)}."
        yield Finding(
            "warning",
            "schema",
            said,
            "Nothing: the next command brings it up to date, and keeps a copy of it as it was.",
        )
    else:
        yield Finding("ok", "schema", f"{version}, the newest")
    if mode != "wal":
        said = f"The file is written in the mode {mode!r}, so readers and writers wait for each other."
        yield Finding("warning", "schema", said, "Make a backup with `whylight backup`, and restore that.")


def _integrity(store: Store) -> Iterator[Finding]:
    damage = health.damage(store)
    yield from (Finding("error", "integrity", fault, RESTORE) for fault in damage)
    if not damage:
        yield Finding("ok", "integrity", "SQLite finds every page, table and index whole")


def _references(store: Store) -> Iterator[Finding]:
    broken = health.broken_references(store)
    if broken:
        yield Finding("error", "references", f"Rows point at rows that are not there: {_some(broken)}.", RESTORE)
    else:
        yield Finding("ok", "references", "every row points at rows that are there")


def _answers(store: Store) -> Iterator[Finding]:
    missing = acknowledged.missing(store)
    if missing is not None:
        said = f"The project ends at answer {missing[0]}, and answer {missing[1]} was acknowledged: its log is missing."
        yield Finding("error", "answers", said, "Put the log (-wal) back beside it, or restore the newest backup.")
    else:
        yield Finding("ok", "answers", "every answer that was acknowledged is there")


def _tokens(store: Store) -> Iterator[Finding]:
    changed = list(islice(health.changed_tokens(store), MOST_NAMED))
    if changed:
        said = f"The tokens of these sentences (at least) are not those that were imported: {_some(changed)}."
        yield Finding("error", "tokens", said, RESTORE)
    else:
        yield Finding("ok", "tokens", "every sentence has the tokens that were imported")


def _rounds(store: Store) -> Iterator[Finding]:
    ready = [each for each in rounds.all_of(store) if each.state == "ready"]
    faulty = [(each.id, faults) for each in ready if (faults := faults_of(store.path, each))]
    for number, faults in faulty:
        todo = f"Bring the file back from a copy of the rounds' folder, or `whylight round free` with {number}."
        yield Finding("error", "rounds", f"Round {number}: {_some(faults)}.", todo)
    if not faulty:
        freed = sum(each.freed_ms is not None for each in ready)
        said = f"{len(ready) - freed} ready with the checkpoints and saliency that were saved, {freed} freed"
        yield Finding("ok", "rounds", said)


def _leftovers(store: Store) -> Iterator[Finding]:
    ended = [each for each in rounds.all_of(store) if each.state not in WORKING_STATES]
    idle = [each for each in ended if each.state != "ready" or each.freed_ms is not None]
    left = [str(each.id) for each in idle if large_files(store, each)]
    if left:
        said = f"Files are left of rounds that failed, were cancelled, or were freed: {_some(left)}."
        yield Finding("warning", "round files", said, f"`whylight round free` with {' '.join(left)} removes them.")


def _round_folders(store: Store) -> Iterator[Finding]:
    found = [each.name for each in orphans(store)]
    if found:
        said = f"These belong to no round of this project: {_some(found)}."
        yield Finding("warning", "round folders", said, "Delete them, unless a file kept by a restore needs them.")


def _round_at_work(store: Store) -> Iterator[Finding]:
    working = rounds.in_progress(store)
    if working is None:
        return
    silent_ms = now_ms() - working.heartbeat_ms
    if silent_ms > SILENCE_MS:
        said = f"Round {working.id} is {working.state}, and its process has been silent for {silent_ms // 60_000} min."
        todo = "`whylight round list` marks it as failed; then start a new one."
        yield Finding("warning", "round at work", said, todo)
    else:
        yield Finding("ok", "round at work", f"round {working.id} is {working.state}")


def _imports(store: Store) -> Iterator[Finding]:
    for said in cut_off_imports(store):
        yield Finding("warning", "imports", said, TODO)


def _queue_and_search(store: Store) -> Iterator[Finding]:
    missing = {
        "in nobody's queue": health.without_slots(store),
        "not found by a search": health.not_indexed(store),
    }
    for lack, number in missing.items():
        if number:
            todo = "If no import is running, import the last file again: that brings what is missing and adds nothing."
            yield Finding("warning", "queue and search", f"{number} sentences are {lack}.", todo)
    if not any(missing.values()):
        yield Finding("ok", "queue and search", "every visible sentence has its slots and is found")


def _unfinished_files(store: Store) -> Iterator[Finding]:
    here, mark = store.path.absolute(), f".{store.path.name}.part-"
    backups = backups_folder(here)
    places = [*here.parent.iterdir(), *(backups.rglob("*") if backups.is_dir() else ())]
    found = sorted(each.name for each in places if each.name.startswith(mark))
    if found:
        said = f"A backup or a restore was cut off, or is running; it left {_some(found)}."
        yield Finding("warning", "files", said, "If none is running, delete these files; the next backup does so, too.")


def _configuration(store: Store) -> Iterator[Finding]:
    settings, labels = project.read(store), project.labels(store)
    in_use = [label for label in labels if not label.retired]
    said = (
        f"{len(in_use)} labels in use, {len(labels) - len(in_use)} retired; overlap {settings.overlap}; "
        f"saliency {settings.saliency_mode}; leases of {settings.lease_minutes} min"
    )
    if len(in_use) < 2 or not any(label.takes_rationale for label in in_use):
        yield Finding("error", "configuration", said, "Add a label, or reinstate one: `whylight label`.")
    else:
        yield Finding("ok", "configuration", said)
    if settings.serving_round is not None and rounds.read(store, settings.serving_round).freed_ms is not None:
        todo = "Start a new round: `whylight round start`."
        yield Finding("warning", "configuration", f"Round {settings.serving_round} serves and was freed.", todo)


def _leases(store: Store) -> Iterator[Finding]:
    held = slots.leases(store)
    abandoned = sum(lease.until_ms < now_ms() for lease in held)
    todo = "They are handed out again by themselves; `whylight leases --release` tidies them away." if abandoned else ""
    yield Finding("ok", "leases", f"{len(held) - abandoned} live, {abandoned} abandoned", todo)


def _disk(store: Store) -> Iterator[Finding]:
    use = disk_use(store.path)
    said = (
        f"database {in_bytes(use.database)}, log {in_bytes(use.log)}, rounds {in_bytes(use.rounds)}, "
        f"backups {in_bytes(use.backups)}, uploads {in_bytes(use.uploads)}, "
        f"kept by restores {in_bytes(use.kept_by_restores)}; free {in_bytes(use.free)}"
    )
    if use.free < 2 * (use.database + use.log):
        yield Finding("warning", "disk", said, "Free some space: a backup and the log may not find room.")
    elif use.log > LARGE_LOG_BYTES:
        yield Finding("warning", "disk", said, "A long read keeps the log from being emptied; end it.")
    else:
        yield Finding("ok", "disk", said)


def _file_system(store: Store) -> Iterator[Finding]:
    kind = network_file_system(store.path)
    if kind is not None:
        said = f"The project lies on a network file system ({kind}), where SQLite's promises do not hold."
        yield Finding("error", "file system", said, "Move the project to a disk of this machine.")


def _backups(store: Store) -> Iterator[Finding]:
    folder = backups_folder(store.path)
    found = sorted(each.name for each in folder.rglob("*.db")) if folder.is_dir() else []
    if found:
        yield Finding("ok", "backups", f"{len(found)} in {folder.name}, the newest {found[-1]}")
    else:
        yield Finding("warning", "backups", f"There is none in {folder.name}.", "Make one: `whylight backup`.")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


_CHECKS: dict[str, Callable[[Store], Iterator[Finding]]] = {
    "SQLite": _sqlite,
    "schema": _schema,
    "integrity": _integrity,
    "references": _references,
    "answers": _answers,
    "tokens": _tokens,
    "rounds": _rounds,
    "round files": _leftovers,
    "round folders": _round_folders,
    "round at work": _round_at_work,
    "imports": _imports,
    "queue and search": _queue_and_search,
    "files": _unfinished_files,
    "leases": _leases,
    "configuration": _configuration,
    "disk": _disk,
    "file system": _file_system,
    "backups": _backups,
}
_OF_ANY_SCHEMA = ("SQLite", "schema", "integrity", "references", "tokens", "disk", "file system", "backups")
