"""What is wrong with a file, stated so that its owner can fix it: line, field, found, expected."""

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from annotator.errors import Refused
from annotator.formats.notes import Notes

MOST_FAULTS = 20
_SHOWN_CHARACTERS = 60
_MOST_OF_A_NAME = 100
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


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
    row: object = dataclasses.field(default=None, compare=False, repr=False)
    """The fields of the row with the fault, or its text if it has none; None if that is unknown."""
    advice: str = ""
    """What an option about labels, marks or people does about it, as it follows on what was expected, if one does."""

    @property
    def expected_in_full(self) -> str:
        """Return what was expected, with the advice."""
        return f"{self.expected}{self.advice}"

    def without_advice(self) -> "Fault":
        """Return the fault as a command says it that has no options about labels, marks and people."""
        return dataclasses.replace(self, advice="")

    def __str__(self) -> str:
        place = "The file" if self.line is None else f"Line {self.line}"
        if self.file is not None:
            place = self.file if self.line is None else f"{self.file}, line {self.line}"
        name = f", {_cut(self.field, _MOST_OF_A_NAME)}" if self.field else ""
        return f"{place}{name}: found {self.found}, expected {self.expected_in_full}."


class Unfit(ValueError):
    """Raised for a value that its field cannot take; the caller, who knows the line, makes it a Fault."""

    def __init__(self, field: str | None, found: str, expected: str, *, advice: str = "") -> None:
        super().__init__(f"{field}: found {found}, expected {expected}{advice}")
        self.field, self.found, self.expected, self.advice = field, found, expected, advice
        self.row: object = None
        """The fields of the row that has the value, if they could be read."""

    def at(self, line: int | None, file: str | None = None, *, row: object = None) -> Fault:
        """Return the fault that this is on `line`, whose text is `row`; of `file` if there are several."""
        row = row if self.row is None else self.row
        return Fault(line, self.field, self.found, self.expected, file, row, self.advice)

    def inside(self, field: str) -> "Unfit":
        """Return it for a value that is a part of `field`."""
        whole = f"{field}.{self.field}" if self.field else field
        return Unfit(whole, self.found, self.expected, advice=self.advice)


class BadInput(Refused):
    """A file that cannot be imported; `faults` holds its first faults, 20 at most. Nothing was changed."""

    def __init__(self, source: str, faults: Sequence[Fault], table: Sequence[Sequence[str]] = ()) -> None:
        self.source, self.faults = source, tuple(faults)
        self.table = tuple(table)
        """What was found where labels were expected, a header and its rows; empty where labels are not a fault."""
        head = f"{show_name(source)} was not imported and the project is as it was; correct this and import it again:"
        stopped = [f"Reading stopped after {MOST_FAULTS} faults."] if len(self.faults) >= MOST_FAULTS else []
        super().__init__("\n".join([head, *map(str, self.faults), *stopped, *_aligned(self.table)]))


class Closing(Protocol):
    """What was found throughout a file and is one fault."""

    def fault(self) -> Fault:
        """Return the fault."""

    def table(self) -> Sequence[Sequence[str]]:
        """Return the header and the rows of a table that shows it."""


class Faults:
    """Collects the faults of one file, and gives up at the 20th; its notes are what was not a fault.

    With `leave_out`, a fault of a row, or of a folder's document, is handed to it; only what hides the rows after it
    is a fault of the file.
    """

    def __init__(self, source: str, leave_out: Callable[[Fault], None] | None = None) -> None:
        self.source, self._leave_out = source, leave_out
        self.closing: Closing | None = None
        self.notes = Notes()
        self.stopped = False
        """Whether a fault hides what comes after it."""
        self._found: list[Fault] = []
        self._file: str | None = None

    def __len__(self) -> int:
        return len(self._found) + (self.closing is not None)

    def add(self, fault: Fault) -> None:
        """Note a fault; raises BadInput once there are enough of them."""
        file = self._file if fault.file is None else fault.file
        if file is not None:
            fault = dataclasses.replace(fault, file=show_name(file))
        if self._leave_out is not None and (fault.line is not None or fault.file is not None):
            if not self.stopped:
                self._leave_out(fault)
            if len(self._found) < MOST_FAULTS:
                self._found.append(fault)
            return
        self.stopped = self.stopped or (fault.line is None and fault.file is None)
        self._found.append(fault)
        if len(self._found) >= MOST_FAULTS:
            self.raise_if_any()

    @contextmanager
    def inside(self, file: str) -> Iterator[None]:
        """Name the file of the faults that a reader of lines notes in the block, if it is one of several."""
        self._file = file
        try:
            yield
        finally:
            self._file = None

    def stop(self) -> None:
        """Note that reading ends, because no one could tell what comes after the last fault, or the next."""
        self.stopped = True

    @property
    def spares_rows(self) -> bool:
        """Return whether rows with a fault are left out, and the others are wanted."""
        return self._leave_out is not None

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


def show_name(name: str) -> str:
    """Return a file's name as texts can hold it: control characters, and bytes that are not UTF-8, are escaped."""
    return _UNSHOWN.sub(lambda found: repr(found[0])[1:-1], name)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"
