"""Make checked copies of a project file; `db/care/restoring.py` puts one of them back in its place.

A copy is written aside, checked, synced, and only then given its name: a file with the name of a
backup is always whole. Copying the file itself would leave out what is still in its log.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from db.aside import aside, put_in_place, remove_left
from db.care import health, salvage
from db.care.damage import UNREADABLE, is_damage
from db.corpus.removals import blank_of
from db.errors import AlreadyExists, DamagedBackup, StoreError, StoreUnavailable
from db.opening import schema
from db.opening.locks import file_lock
from db.opening.openable import refuse_foreign_file
from db.records import Counts
from db.store import Store


def write(store: Store, file: Path) -> Counts:
    """Write a checked copy of the project to `file` while others keep working, and count what it holds.

    It has every answer that was acknowledged before the call. An existing file of that name is left alone.
    """
    if file.exists():
        raise AlreadyExists(f"{file} already exists; a backup overwrites nothing, choose another name.")
    schema.refuse_changed(store.db, store.path)
    acknowledged = health.counts(store).last_annotation
    with copy_aside(store.path, file.parent) as copy:
        store.db.execute("VACUUM INTO ?", [str(copy)])
        write_ahead(copy)
        held = check(copy)
        if held.last_annotation < acknowledged:
            raise DamagedBackup(
                f"The copy of {store.path} ends at answer {held.last_annotation}, but the project ends at "
                f"{acknowledged}; the copy was not kept, try again."
            )
        put_in_place(copy, file, name=_overwrite_nothing)
    return held


def write_rows(store: Store, file: Path) -> Counts:
    """Write the project's rows to `file`, with the schema that they should have; an existing file is left alone.

    This is for a project whose schema was changed: it is no longer opened or backed up.
    """
    if file.exists():
        raise AlreadyExists(f"{file} already exists; a backup overwrites nothing, choose another name.")
    with copy_aside(store.path, file.parent) as copy:
        salvage.copy_rows(store, copy)
        write_ahead(copy)
        held = check(copy)
        put_in_place(copy, file, name=_overwrite_nothing)
    return held


def check(file: Path, *, called: Path | None = None) -> Counts:
    """Count what a project file holds; raise DamagedBackup, naming it as `called`, unless it is whole."""
    named = called or file
    refuse_foreign_file(file)
    with Store(file) as store:
        try:
            schema.refuse_changed(store.db, named)
            _refuse_damage(store, named)
            return health.counts(store)
        except UNREADABLE as error:
            if not is_damage(error):
                raise
            raise DamagedBackup(f"{named} is damaged and was left alone; give an older backup.") from error


def holds(file: Path, sentence_ids: Sequence[int]) -> bool:
    """Return whether a backup, of any schema, still has the text of one of these removed sentences.

    One that cannot be read counts: no one can tell what is in it.
    """
    try:
        return bool(held(file, sentence_ids))
    except (StoreError, sqlite3.DatabaseError):
        return True


def held(file: Path, sentence_ids: Sequence[int]) -> list[int]:
    """Return those of these removed sentences whose text a backup, of any schema, still has."""
    with Store.inspect(file) as backup:
        rows = backup.db.execute(
            """
            SELECT s.id FROM json_each(?) gone CROSS JOIN sentences s ON s.id = gone.key WHERE s.text <> gone.value
            ORDER BY s.id
            """,
            [json.dumps({number: blank_of(number) for number in sentence_ids})],
        )
        return [number for (number,) in rows]


def _refuse_damage(store: Store, named: Path) -> None:
    faults = health.damage(store, limit=1) or health.broken_references(store)
    faults = faults or [f"the tokens of sentence {name!r} have changed" for name in health.changed_tokens(store)]
    if faults:
        raise DamagedBackup(f"{named} is damaged ({faults[0]}) and was left alone; give an older backup.")


def write_ahead(file: Path) -> None:
    """Let a copy keep its log as the project does."""
    # VACUUM INTO does not copy the mode; a copy that is opened as it is must be as safe as the project.
    with Store(file) as store:
        store.db.execute("PRAGMA journal_mode = WAL")


@contextmanager
def copy_aside(path: Path, folder: Path) -> Iterator[Path]:
    """Yield an empty file for a copy of the project in that folder; remove what a killed run left there."""
    # The lock is the project's: in that folder, others may be copying or creating another one of its name.
    name, owner = folder / path.name, hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:8]
    with file_lock(path, purpose="backup", wait=False), ExitStack() as stack:
        remove_left(name, owner)
        try:
            copy = stack.enter_context(aside(name, owner=owner))
        except OSError as error:
            raise StoreUnavailable(f"{folder} cannot be written to: {error.strerror}; check the folder.") from error
        try:
            yield copy
        finally:
            remove_left(name, owner)  # also the files that SQLite and the locks put next to the copy


def _overwrite_nothing(copy: Path, file: Path) -> None:
    try:
        os.link(copy, file)
    except FileExistsError:
        raise AlreadyExists(f"{file} already exists; a backup overwrites nothing, choose another name.") from None
    except OSError:
        os.rename(copy, file)  # a disk without hard links, such as a USB stick
