"""What was asked again about a row's sentence: only what came after everything that the project's own log has."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from annotator.formats.rows import AskedAgainRow, SentenceRow
from annotator.importing.answers import name_of_a_person
from db.answers import annotations
from db.queue import asked_again
from db.queue.asked_again import Asked
from db.store import Store


def resolve_asked(row: SentenceRow) -> tuple[AskedAgainRow, ...]:
    """Return the row's log with tidied names; raises Unfit for a name that no person can have."""
    return tuple(
        line if line.person is None else replace(line, person=name_of_a_person(line.person, _field(index)))
        for index, line in enumerate(row.asked_again)
    )


def missing_asked(log: Sequence[AskedAgainRow], stored: Iterable[Asked]) -> list[AskedAgainRow]:
    """Return the lines of a sentence's log that are newer than those that are `stored`: the newest line holds."""
    newest = max((line.at_ms for line in stored), default=0)
    return [line for line in log if line.at_ms > newest]


def bring_asked(store: Store, sentence_id: int, line: AskedAgainRow, *, person_id: int | None) -> None:
    """Add a line to the project's log; its sentence already has the answer that it names."""
    last = None if line.after is None else annotations.find(store, line.after)
    asked_again.bring(store, sentence_id, Asked(line.asked, last.id if last else 0, person_id, line.at_ms))


def _field(index: int) -> str:
    return f"asked_again[{index}].person"
