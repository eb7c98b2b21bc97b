"""Whylight's own format: JSON lines, one sentence a line. docs/formats.md has it field by field."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from annotator.formats.answer import MARKS_FIELDS, read_label, read_marks
from annotator.formats.chains import read_annotations, write_annotation
from annotator.formats.faults import Faults, Unfit, show
from annotator.formats.lines import check_characters, read_lines
from annotator.formats.rows import SentenceRow
from annotator.formats.strict_json import parse_object
from annotator.formats.words import Words, read_words
from db.records import Split

SENTENCE_FIELDS = ("id", "text", "tokens", "split", "query", "query_tokens", "annotations")
LONGEST_ID = 256
_SPLITS: dict[str, Split] = {"train": "pool", "pool": "pool", "dev": "dev", "test": "test"}


def read(file: BinaryIO, faults: Faults, *, label_field: str = "label") -> Iterator[SentenceRow]:
    """Yield the sentences of `file` and note what is wrong with its other lines in `faults`."""
    for line, text in read_lines(file, faults):
        try:
            row = _row(line, parse_object(text), label_field)
        except Unfit as unfit:
            faults.add(unfit.at(line))
            continue
        yield row


def write(row: SentenceRow) -> bytes:
    """Return the line for a sentence, whose answers are its annotations."""
    fields: dict[str, Any] = {"id": row.external_id, "text": row.text, "tokens": row.tokens, "split": row.split}
    if row.query is not None:
        fields["query"] = row.query
    if row.query_tokens is not None:
        fields["query_tokens"] = row.query_tokens
    fields |= row.metadata
    fields["annotations"] = [write_annotation(annotation) for annotation in row.annotations]
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def _row(line: int, fields: dict[str, Any], label_field: str) -> SentenceRow:
    words = read_words(fields.get("text"), fields.get("tokens"))
    if words is None:
        raise Unfit("text", f"neither text nor tokens among {show(list(fields))}", "one of them, or both")
    query = read_words(fields.get("query"), fields.get("query_tokens"), "query", "query_tokens")
    # Where annotations are, they are the answers; a label beside them is metadata like any other.
    answer_fields = (label_field, *MARKS_FIELDS) if fields.get("annotations") is None else ()
    ours = {*SENTENCE_FIELDS, *answer_fields}
    return SentenceRow(
        line=line,
        external_id=_id(fields.get("id")),
        **_words(words, query),
        split=_split(fields.get("split")),
        metadata={name: value for name, value in fields.items() if name not in ours},
        **_answers(fields, len(words.tokens), label_field),
    )


def _words(words: Words, query: Words | None) -> dict[str, Any]:
    return {
        "text": words.text,
        "tokens": words.tokens,
        "starts": words.starts,
        "tokens_given": words.given,
        "query": query.text if query else None,
        "query_tokens": query.tokens if query else None,
    }


def _answers(fields: dict[str, Any], count: int, label_field: str) -> dict[str, Any]:
    if fields.get("annotations") is not None:
        return {"annotations": read_annotations(fields["annotations"], count)}
    label, marks = read_label(fields.get(label_field), label_field), read_marks(fields, count)
    if label is None and marks is not None and marks.strip("."):
        raise Unfit(label_field, "marks without a label", "the label that the marks belong to")
    return {"label": label, "marks": marks if label is not None else None}


def _id(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise Unfit("id", show(value), "a string or a whole number")
    text = str(value)
    if not 1 <= len(text) <= LONGEST_ID:
        raise Unfit("id", f"{len(text)} characters", f"1 to {LONGEST_ID}")
    check_characters("id", text)
    return text


def _split(value: object) -> Split | None:
    if value is None:
        return None
    if not isinstance(value, str) or value not in _SPLITS:
        raise Unfit("split", show(value), "train, pool, dev or test")
    return _SPLITS[value]
