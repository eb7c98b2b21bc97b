"""What is wrong with a file, stated so that its owner can fix it: line, field, found, expected."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from annotator.errors import Refused

MOST_FAULTS = 20
_SHOWN_CHARACTERS = 60
_MOST_OF_A_NAME = 100


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a file; `str()` returns it as one sentence."""

    line: int | None
    """Counted from 1; None if the fault is in the file as a whole."""
    field: str | None
    found: str
    expected: str
    file: str | None = None
    """The file, if it is one of several in a folder."""

    def __str__(self) -> str:
        place = "The file" if self.line is None else f"Line {self.line}"
        if self.file is not None:
            place = self.file if self.line is None else f"{self.file}, line {self.line}"
        field = f", {_cut(self.field, _MOST_OF_A_NAME)}" if self.field else ""
        return f"{place}{field}: found {self.found}, expected {self.expected}."


class Unfit(ValueError):
    """Raised for a value that its field cannot take; the caller, who knows the line, makes it a Fault."""

    def __init__(self, field: str | None, found: str, expected: str) -> None:
        super().__init__(f"{field}: found {found}, expected {expected}")
        self.field, self.found, self.expected = field, found, expected

    def at(self, line: int | None, file: str | None = None) -> Fault:
        """Return the fault that this is on `line`, of `file` if there are several."""
        return Fault(line, self.field, self.found, self.expected, file)


class BadInput(Refused):
    """A file that cannot be imported; `faults` holds its first faults, 20 at most. Nothing was changed."""

    def __init__(self, source: str, faults: Sequence[Fault], table: Sequence[Sequence[str]] = ()) -> None:
        self.source, self.faults = source, tuple(faults)
        self.table = tuple(table)
        """What was found where labels were expected, a header and its rows; empty where labels are no fault."""
        head = f"{source} was not imported and the project is as it was; correct this and import it again:"
        stopped = [f"Reading stopped after {MOST_FAULTS} faults."] if len(self.faults) >= MOST_FAULTS else []
        super().__init__("\n".join([head, *map(str, self.faults), *stopped, *_aligned(self.table)]))


class Closing(Protocol):
    """What was found throughout a file and is one fault."""

    def fault(self) -> Fault:
        """Return the fault."""

    def table(self) -> Sequence[Sequence[str]]:
        """Return the header and the rows of a table that shows it."""


class Faults:
    """Collects the faults of one file, and gives up at the 20th."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.closing: Closing | None = None
        self._found: list[Fault] = []

    def __len__(self) -> int:
        return len(self._found) + (self.closing is not None)

    def add(self, fault: Fault) -> None:
        """Note a fault; raises BadInput once there are enough of them."""
        self._found.append(fault)
        if len(self._found) >= MOST_FAULTS:
            self.raise_if_any()

    def raise_if_any(self) -> None:
        """Raise BadInput with everything noted so far, if there is anything."""
        found = self._found if self.closing is None else [*self._found, self.closing.fault()]
        if found:
            table: Sequence[Sequence[str]] = () if self.closing is None else self.closing.table()
            raise BadInput(self.source, sorted(found, key=lambda fault: fault.line or 0), table)


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]


def show(value: object) -> str:
    """Return a value as a fault can quote it: as JSON has it, escaped, and cut when it is long."""
    try:
        return _cut(repr(value) if isinstance(value, str) else json.dumps(value), _SHOWN_CHARACTERS)
    except RecursionError:
        return "lists or objects nested too deeply"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"
