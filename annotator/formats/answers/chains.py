"""Annotations inside a line, as an export writes them: all people's answers, superseded ones too."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from annotator.formats.answers.answer import check_marks, read_label
from annotator.formats.answers.observed import OBSERVED_FIELDS, read_observed, read_truth, write_observed
from annotator.formats.faults import Unfit, show
from annotator.formats.files.lines import check_characters
from annotator.formats.rows import AnnotationRow
from annotator.names import folded
from db.records import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)
FIELDS = (
    "person",
    "kind",
    "label",
    "marks",
    "at",
    "key",
    "supersedes",
    *OBSERVED_FIELDS,
    "surplus",
    "admitted",
    "withdrawn",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TIME = 'a time with its zone, like "2026-01-31T12:00:00.000Z"'


def read_annotations(value: object, count: int) -> tuple[AnnotationRow, ...]:
    """Return the annotations of a sentence of `count` tokens, oldest first."""
    if not isinstance(value, list):
        raise Unfit("annotations", show(value), "a list")
    rows = []
    for index, item in enumerate(value):
        try:
            rows.append(_annotation(item, count))
        except Unfit as unfit:
            raise unfit.inside(f"annotations[{index}]") from None
    _check_chains(rows)
    return tuple(rows)


def write_annotation(row: AnnotationRow) -> dict[str, Any]:
    """Return the object from which `read_annotations` reads `row`."""
    fields: dict[str, Any] = {
        "person": row.person,
        "kind": row.kind,
        "label": row.label,
        "marks": row.marks,
        "at": None if row.at_ms is None else write_time(row.at_ms),
        "seconds": None,  # every answer has these two, known or not
        "round_shown": None,
        "key": row.key,
        "supersedes": row.supersedes,
    }
    fields |= write_observed(row.observed)
    if row.surplus:
        fields["surplus"] = True
    if row.withdrawn:
        fields["withdrawn"] = True
    return fields if row.admitted is None else fields | {"admitted": row.admitted}


def _annotation(item: object, count: int) -> AnnotationRow:
    if not isinstance(item, dict):
        raise Unfit(None, show(item), "an object")
    if unknown := sorted(set(item) - set(FIELDS)):
        raise Unfit(unknown[0], "an unknown field", f"only {', '.join(FIELDS)}")
    kind, label, marks = _answer(item, count)
    supersedes = item.get("supersedes")
    surplus, admitted = read_truth("surplus", item), item.get("admitted")
    if admitted is not None and read_truth("admitted", item) and not surplus:
        raise Unfit("admitted", "true", "true only where surplus is true: any other answer already counts")
    withdrawn = read_truth("withdrawn", item)
    if withdrawn and kind != "adjudicated":
        raise Unfit("withdrawn", "true", "true only where the kind is adjudicated: only a decision can be withdrawn")
    return AnnotationRow(
        person=read_name("person", item.get("person"), shortest=1),
        kind=kind,
        key="" if item.get("key") is None else read_name("key", item["key"], shortest=8),
        label=label,
        marks=marks,
        at_ms=read_time(item.get("at")),
        supersedes=None if supersedes is None else read_name("supersedes", supersedes, shortest=8),
        observed=read_observed(item, strict=True, tokens=count),
        surplus=surplus,
        admitted=admitted,
        withdrawn=withdrawn,
    )


def _answer(item: dict[str, Any], count: int) -> tuple[Kind, str | int | None, str | None]:
    kind, label, marks = item.get("kind") or "answer", read_label(item.get("label")), item.get("marks")
    if kind not in KINDS:
        raise Unfit("kind", show(kind), f"one of {', '.join(KINDS)}")
    if kind not in ("answer", "adjudicated"):
        for field, value in (("label", label), ("marks", marks)):
            if value is not None:
                raise Unfit(field, show(value), f"null, because the kind is {kind}")
        return kind, None, None
    if label is None:
        raise Unfit("label", "null", f"a label, because the kind is {kind}")
    return kind, label, None if marks is None else check_marks(marks, count, "marks")


def _check_chains(rows: Sequence[AnnotationRow]) -> None:
    """Raise Unfit unless a person's answers to the sentence form one chain, and their adjudications another."""
    newest: dict[tuple[str, bool], str | None] = {}
    for index, row in enumerate(rows):
        chain = folded(row.person), row.kind == "adjudicated"
        if not row.key and (chain in newest or row.supersedes is not None):
            expected = "one answer per person where they have no keys; several have keys, as in an export"
            raise Unfit(f"annotations[{index}]", f"another answer by {show(row.person)}", expected)
        if row.supersedes != newest.get(chain):
            expected = f"the key of this person's previous answer, {show(newest.get(chain))}"
            raise Unfit(f"annotations[{index}].supersedes", show(row.supersedes), expected)
        newest[chain] = row.key


def read_name(field: str, value: object, *, shortest: int) -> str:
    """Return the name of a person or the key of an answer."""
    if not isinstance(value, str) or not shortest <= len(value) <= 64 or value.isspace():
        raise Unfit(field, show(value), f"a string of {shortest} to 64 characters")
    check_characters(field, value)
    return value


def read_time(value: object) -> int | None:
    """Return a time in milliseconds since 1970; None if there is none."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment <= _EPOCH:
        raise Unfit("at", show(value), _TIME)
    return (moment - _EPOCH) // _MILLISECOND


def write_time(at_ms: int) -> str:
    """Return the text from which `read_time` reads this time."""
    return (_EPOCH + at_ms * _MILLISECOND).isoformat(timespec="milliseconds").replace("+00:00", "Z")
