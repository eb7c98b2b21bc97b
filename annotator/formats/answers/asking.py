"""What was asked again about a sentence, inside its line: who asked for a new decision or took that back, and when."""

from collections.abc import Sequence
from typing import Any

from annotator.formats.answers.chains import read_name, read_time, write_time
from annotator.formats.answers.observed import read_truth
from annotator.formats.faults import Unfit, show
from annotator.formats.rows import AnnotationRow, AskedAgainRow

FIELD = "asked_again"
_FIELDS = ("asked", "person", "at", "after")


def read_asked_again(value: object, answers: Sequence[AnnotationRow]) -> tuple[AskedAgainRow, ...]:
    """Return what was asked again about a sentence with these answers, oldest first."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Unfit(FIELD, show(value), "a list as an export writes it; rename the field if it means something else")
    rows: list[AskedAgainRow] = []
    for index, item in enumerate(value):
        try:
            rows.append(_row(item, answers, newer_than=rows[-1].at_ms if rows else 0))
        except Unfit as unfit:
            raise unfit.inside(f"{FIELD}[{index}]") from None
    return tuple(rows)


def write_asked_again(rows: Sequence[AskedAgainRow]) -> list[dict[str, Any]]:
    """Return the list from which `read_asked_again` reads `rows`."""
    return [{"asked": row.asked, "person": row.person, "at": write_time(row.at_ms), "after": row.after} for row in rows]


def _row(item: object, answers: Sequence[AnnotationRow], *, newer_than: int) -> AskedAgainRow:
    if not isinstance(item, dict):
        raise Unfit(None, show(item), "an object")
    if unknown := sorted(set(item) - set(_FIELDS)):
        raise Unfit(unknown[0], "an unknown field", f"only {', '.join(_FIELDS)}")
    at_ms, person, after = read_time(item.get("at")), item.get("person"), item.get("after")
    if at_ms is None or at_ms < newer_than:
        raise Unfit("at", show(item.get("at")), "a time with its zone, not before that of the entry above")
    if after is not None and after not in [answer.key for answer in answers]:
        raise Unfit("after", show(after), "null, or the key of one of the sentence's annotations")
    return AskedAgainRow(
        asked=read_truth("asked", item),
        person=None if person is None else read_name("person", person, shortest=1),
        at_ms=at_ms,
        after=after,
    )
