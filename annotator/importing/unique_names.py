"""Names that a file may have only once, such as its ids."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from annotator.formats.faults import Unfit, show
from annotator.formats.rows import SentenceRow
from db.corpus.spool import About, Spool


class UniqueNames:
    """Names that a file may have only once, such as ids, and the line on which each of a chunk's was seen."""

    def __init__(self, spool: Spool, about: About, names: Sequence[str]) -> None:
        self._spool, self._about = spool, about
        self._before = spool.noted(about, names) if names else {}
        self._new: dict[str, int] = {}

    def note(self, name: str, line: int, field: str) -> None:
        """Note the line of a name; raises Unfit if an earlier line has it."""
        self.check(name, field)
        self.take(name, line)

    def check(self, name: str, field: str) -> None:
        """Raise Unfit if an earlier line has this name."""
        if (other := self.line_of(name)) is not None:
            raise Unfit(field, f"{show(name)}, which line {other} has too", f"another {field} on each line")

    def line_of(self, name: str) -> int | None:
        """Return the first line with this name."""
        return self._before.get(name, self._new.get(name))

    def take(self, name: str, line: int) -> None:
        """Note the line of a name, unless an earlier line has it."""
        if name not in self._before:
            self._new.setdefault(name, line)

    def keep(self) -> None:
        """Remember this chunk's names for the chunks to come."""
        self._spool.note(self._about, self._new)


class Seen(NamedTuple):
    """The names that a row may not have, because an earlier one has them."""

    ids: UniqueNames
    keys: UniqueNames

    @classmethod
    def before(cls, spool: Spool, chunk: Sequence[SentenceRow], external_ids: Sequence[str]) -> Self:
        """Return the names that rows before this chunk have."""
        ids = UniqueNames(spool, "line of id", external_ids)
        keys = [answer.key for row in chunk for answer in row.annotations if answer.key]
        return cls(ids, UniqueNames(spool, "line of key", keys))

    def note_keys(self, row: SentenceRow) -> None:
        """Note the keys of a row's answers; raises Unfit if an earlier answer has one of them."""
        for index, answer in enumerate(row.annotations):
            if answer.key:
                self.keys.note(answer.key, row.line, f"annotations[{index}].key")

    def keep(self) -> None:
        """Remember the names for the chunks to come."""
        self.ids.keep()
        self.keys.keep()
