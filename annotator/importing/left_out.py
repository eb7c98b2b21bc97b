"""The rows that an import leaves out because of a fault: counted by what is wrong, and written aside with it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from annotator.errors import BadFileName, CannotSetAside
from annotator.formats.faults import Fault
from db.aside import aside, put_in_place
from db.corpus.spool import Spool
from db.files import is_database
from learner.data.suffixes import contradiction, is_packed

MOST_KINDS = 1_000


@dataclass
class FaultKind:
    """Rows with the same thing wrong with them."""

    field: str | None
    expected: str
    count: int
    first: str
    """The first of these faults, as a sentence."""


@dataclass
class LeftOut:
    """Takes the faults of rows, keeps each row with its fault in a spool, if there is one, and counts."""

    spool: Spool | None = None
    rows: int = 0
    _kinds: dict[tuple[str | None, str], FaultKind] = field(default_factory=dict)

    def take(self, fault: Fault) -> None:
        """Note a row by its fault."""
        self.rows += 1
        kind = (fault.field, fault.expected_in_full) if len(self._kinds) < MOST_KINDS else (None, "…")
        self._kinds.setdefault(kind, FaultKind(*kind, 0, str(fault))).count += 1
        if self.spool is not None:
            self.spool.leave_out(fault.file, fault.line, _line(fault))

    def kinds(self) -> list[FaultKind]:
        """Return what is wrong, the most frequent first."""
        return sorted(self._kinds.values(), key=lambda kind: -kind.count)


@contextmanager
def written_to(path: Path | None, source: Path, spool: Spool) -> Iterator[LeftOut]:
    """Yield what takes the rows of `source`; they are in `path` when the block ends, unless it raises.

    They are in the order of their lines, whatever finds their faults first: who reads a line, or who checks it later.
    Raises BadFileName or CannotSetAside for a name that no such file can have.
    """
    if path is None:
        yield LeftOut()
        return
    if refusal := contradiction(path, "JSON lines"):
        raise BadFileName(refusal)
    if is_packed(path):
        raise BadFileName(f"{path} would hold JSON lines that are not packed; choose a name that ends in .jsonl.")
    if is_database(path) or (path.exists() and (not path.is_file() or path.samefile(source))):
        raise CannotSetAside(
            f"{path} is the file to import, a folder or a database; give the faulty rows another name."
        )
    if source.is_dir() and path.resolve().is_relative_to(source.resolve()):
        raise CannotSetAside(f"{path} is in the folder to import; choose another folder for the faulty rows.")
    try:
        with aside(path.absolute()) as half:
            with half.open("wb") as file:
                yield LeftOut(spool)
                file.writelines(spool.rows_left_out())
            put_in_place(half, path.absolute())
    except OSError as error:
        raise CannotSetAside(f"{path} cannot be written: {error.strerror}; choose another place.") from error


def _line(fault: Fault) -> bytes:
    """Return a line that can be put right and imported: the row's fields, and what is wrong with them."""
    reason: dict[str, object] = {"file": fault.file} if fault.file is not None else {}
    reason |= {"line": fault.line, "field": fault.field, "found": fault.found, "expected": fault.expected_in_full}
    given = dict(fault.row) if isinstance(fault.row, dict) else {"row": fault.row}
    text = json.dumps(given | {"fault": reason}, ensure_ascii=False, default=str)
    return text.encode(errors="backslashreplace") + b"\n"
