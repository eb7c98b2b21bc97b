"""What the formats of other tools have in common: sentences, spans with names, and what each person answered."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from annotator.formats.answers.spans import Span, marks_of_spans, with_names
from annotator.formats.faults import Fault, Faults, Unfit, show
from annotator.formats.fields import DEFAULT_FIELDS, EXPORTED, OTHER_MARKS, Fields
from annotator.formats.rows import AnnotationRow, SentenceRow
from annotator.formats.sentence import read_sentence
from annotator.formats.words import Words, cut, read_words
from db.records import NOTHING_OBSERVED, Observed

MIXED = "Sentences with spans of several names and no label; the spans were kept as metadata"
OTHER_TOKENS = "Lists of tokens that are not the words of their texts, kept as metadata"
UNNAMED = "Answers of people without a name, an email or a number"
OLDER = "Earlier answers of a person to the same sentence, left out"

ADVICE = {MIXED: ", --span-name chooses some"}
"""What an option about labels, marks or people does about a note, as it follows on the note."""

MEANT = (*EXPORTED, *OTHER_MARKS, "label", "marks", "answer", "spans")
"""Names that another tool's own fields must not have as metadata, because they mean something in a native line."""


@dataclass
class ForeignAnswer:
    """One answer as another tool has it: whose, and its label or the spans that stand for one."""

    person: str | None
    """None for an answer without a person."""
    label: str | int | None = None
    marks: str | None = None
    names: frozenset[str] = frozenset()
    """The names of the spans that became the marks."""
    is_skip: bool = False
    at_ms: int | None = None
    observed: Observed = NOTHING_OBSERVED


@dataclass
class Task:
    """One sentence as another tool has it."""

    line: int
    words: Words
    id: object = None
    split: object = None
    query: object = None
    metadata: dict[str, Any] = field(default_factory=dict)
    spans: list[Any] = field(default_factory=list)
    """The spans as the file has them, which become metadata where they are not marks."""
    size: int = 0
    file: str | None = None


def check_choices(fields: Fields, allowed: Iterable[str], faults: Faults, format: str) -> bool:
    """Return whether only fields were named that this format lets be chosen; otherwise, a fault is noted."""
    for part, name in fields.chosen().items():
        if part not in allowed:
            found = f"an option for files whose fields have other names, with the format {format}"
            faults.add(Fault(None, f"--{part}-field {name}", found, "no such option"))
            return False
    return True


def kept(given: Mapping[str, Any], prefix: str, without: Iterable[str] = ()) -> dict[str, Any]:
    """Return another tool's fields as metadata; one whose name means something in a native line gets a prefix."""
    left = set(without)
    return {
        f"{prefix}.{name}" if name in MEANT else name: value
        for name, value in given.items()
        if name not in left and value not in (None, [], {}, "")
    }


def kept_meta(meta: object, taken: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task's `meta` as metadata: its fields, or itself if it has none; those `taken` get a prefix."""
    fields = kept(meta if isinstance(meta, dict) else {"meta": meta}, "meta")
    return {name if taken.get(name, value) == value else f"meta.{name}": value for name, value in fields.items()}


def words_of(given: Mapping[str, Any], text: str, field: str, notes: Counter[str]) -> Words:
    """Return a text with the `tokens` that came with it, if these are words of it, else as our tokenizer cuts it."""
    tokens = given.get("tokens")
    if isinstance(tokens, list) and tokens and all(isinstance(token, str) for token in tokens):
        try:
            return read_words(text, tokens, field) or cut(text, field)
        except Unfit:
            notes[OTHER_TOKENS] += 1
    return cut(text, field)


def text_fields(given: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Return the fields next to a text that say more of it: its tokens, if they were read, and a query."""
    query = given.get("query")
    return {name: given[name] for name in ("tokens",) if words.given} | (
        {"query": query} if isinstance(query, str) and query else {}
    )


def marks_of(spans: Sequence[Span], words: Words, fields: Fields, notes: Counter[str], place: str) -> dict[str, Any]:
    """Return the marks of the spans whose names count, and these names, as `ForeignAnswer` takes them."""
    chosen = with_names(spans, fields.span_names, notes)
    marks = marks_of_spans(chosen, words, fields.align, notes, place)
    return {"marks": marks, "names": frozenset(span.name for span in chosen if span.name is not None)}


def to_row(task: Task, answers: Sequence[ForeignAnswer], fields: Fields, notes: Counter[str]) -> SentenceRow:
    """Return the row of a sentence and its answers; raises Unfit for the first value that does not fit."""
    counting = _newest([_labelled(answer, fields) for answer in answers], notes)
    mixed = [answer.names for answer, _ in counting if answer.label is None and len(answer.names) > 1]
    notes[MIXED] += bool(mixed)
    metadata = task.metadata | ({"spans": task.spans} if task.spans and mixed else {})
    given = {"id": task.id, "text": task.words.text, "split": task.split, "query": task.query, **metadata}
    row = read_sentence(task.line, given, DEFAULT_FIELDS, size=task.size, words=task.words)
    row = replace(row, notes=+notes, file=task.file, mixed_names=frozenset().union(*mixed))
    counting = [(answer, of_spans) for answer, of_spans in counting if answer.label is not None or answer.is_skip]
    if len(counting) == 1 and counting[0][0].person is None:
        answer, of_spans = counting[0]
        return replace(row, label=answer.label, marks=answer.marks, label_of_spans=of_spans)
    return replace(row, annotations=tuple(_annotation(answer, of_spans) for answer, of_spans in counting))


def first_given(given: Mapping[str, Any], *names: str) -> Any:
    """Return the first of these fields that has a value: one that is null says nothing against the next."""
    return next((given[name] for name in names if given.get(name) is not None), None)


def count_of(value: object) -> int:
    """Return how many things a field has that we do not read, whatever it holds."""
    return len(value) if isinstance(value, list) else int(bool(value))


def name_of(person: object, kind: str, notes: Counter[str]) -> str | None:
    """Return the name of a person whom a tool gives as a name, an email or a number; None if it names no one.

    An object that names no one is counted.
    """
    if isinstance(person, dict):
        person = _named_in(person)
        notes[UNNAMED] += person is None
    if person is None or person == "":
        return None
    if isinstance(person, bool) or not isinstance(person, int | str):
        raise Unfit("person", show(person), "a name or a number")
    return f"{kind} {person}" if isinstance(person, int) else person


def _named_in(person: Mapping[str, Any]) -> object:
    """Return what names a person best; None if nothing does."""
    full = " ".join(str(person[name]) for name in ("first_name", "last_name") if person.get(name))
    names = (person.get("email"), person.get("username"), person.get("name"), full, person.get("id"))
    return next((name for name in names if name or type(name) is int), None)


def _labelled(answer: ForeignAnswer, fields: Fields) -> tuple[ForeignAnswer, bool]:
    """Return the answer with a label, if its marks or its spans' name decide one, and whether the name did."""
    if answer.label is not None or answer.is_skip:
        return answer, False
    if (label := fields.label_for(answer.marks)) is not None:
        return replace(answer, label=label), False
    if len(answer.names) == 1:
        (name,) = answer.names
        return replace(answer, label=name), True
    return answer, False


def _newest(answers: Sequence[tuple[ForeignAnswer, bool]], notes: Counter[str]) -> list[tuple[ForeignAnswer, bool]]:
    """Return each person's last answer; those without a person must agree on one label."""
    newest: dict[str | None, tuple[ForeignAnswer, bool]] = {}
    for answer, of_spans in answers:
        before = newest.get(answer.person)
        if before is not None:
            _check_one_label(before[0], answer)
            notes[OLDER] += 1
        newest[answer.person] = answer, of_spans
    return list(newest.values())


def _check_one_label(before: ForeignAnswer, answer: ForeignAnswer) -> None:
    has_time = before.at_ms is not None and answer.at_ms is not None
    if not has_time and before.label != answer.label and None not in (before.label, answer.label):
        found = f"{show(before.label)} and {show(answer.label)} for one sentence"
        expected = "one label for each sentence; for several labels make a project for each with yes and no"
        raise Unfit("label", found, expected)


def _annotation(answer: ForeignAnswer, of_spans: bool) -> AnnotationRow:
    return AnnotationRow(
        answer.person or "annotator 1",
        "skip" if answer.is_skip else "answer",
        "",
        None if answer.is_skip else answer.label,
        None if answer.is_skip else answer.marks,
        at_ms=answer.at_ms,
        observed=answer.observed,
        label_of_spans=of_spans,
    )
