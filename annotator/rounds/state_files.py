"""Files that say how far the work next to the rounds is: a JSON object in a round's folder, while there is work.

A folder that was received may hold anything under the file's name. What is not a whole record is read as no state; a
link or a database is not even opened, because closing a database drops the locks that SQLite holds (`db/files.py`).
"""

import json
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any, Generic, TypeVar, get_type_hints

from annotator.rounds.files import is_plain_file, round_folder
from db.aside import aside, put_in_place
from db.store import Store

Record = TypeVar("Record")


class WorkState(Generic[Record]):
    """The state of one kind of work, by the round in whose folder it is."""

    def __init__(self, name: str, record: type[Record]) -> None:
        self._name = name
        self._record = record

    def write(self, store: Store, round_id: int, state: Record) -> None:
        """Write how far the work is; a reader sees the state before or after, and never half of one."""
        file = self._file(store, round_id)
        with aside(file) as half:
            half.write_text(json.dumps(asdict(state)))  # type: ignore[call-overload]
            put_in_place(half, file)

    def read(self, store: Store, round_id: int) -> Record | None:
        """Return how far the work is, or None if there is no state that can be read."""
        file = self._file(store, round_id)
        try:
            return self._as_record(json.loads(file.read_bytes())) if is_plain_file(file) else None
        except (OSError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
            return None

    def remove(self, store: Store, round_id: int) -> None:
        """Remove the state, because nothing is left to do, or because it was cancelled."""
        self._file(store, round_id).unlink(missing_ok=True)

    def _file(self, store: Store, round_id: int) -> Path:
        return round_folder(store, round_id) / self._name

    def _as_record(self, read: dict[str, Any]) -> Record:
        """Raise an error of Python's for what is not a record, or has a value of another kind."""
        for name, kind in get_type_hints(self._record).items():
            if not _is_a(read[name], kind):
                raise TypeError(name)
        return self._record(**read)


def _is_a(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and isfinite(value)  # JSON has NaN, and 1e999, for Python
    return isinstance(value, kind)
