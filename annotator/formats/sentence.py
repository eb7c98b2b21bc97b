"""Turn one line's fields into one sentence, whatever the format they were read from."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from annotator.formats.answer import read_label, read_marks
from annotator.formats.asking import read_asked_again
from annotator.formats.chains import read_annotations
from annotator.formats.faults import Unfit, show
from annotator.formats.fields import EXPORTED, FIXED, OTHER_MARKS, Fields, check_metadata_names
from annotator.formats.lines import check_characters, check_whole
from annotator.formats.mending import mend, split_of
from annotator.formats.rows import MOST_FIELDS, MOST_METADATA_BYTES, SentenceRow
from annotator.formats.verdict import verdict
from annotator.formats.words import Words, read_words
from annotator.names import broken_tag_rule
from db.records import Split

LONGEST_ID = 256
_SPLITS: dict[str | None, Split] = {"train": "pool", "dev": "dev", "test": "test"}


def read_sentence(
    line: int, given: Mapping[str, Any], fields: Fields, *, size: int, repairs: Sequence[str] = ()
) -> SentenceRow:
    """Return the sentence that a line's fields describe; raises Unfit for the first value that does not fit.

    `repairs` are what its reader has put right already.
    """
    try:
        return _read(line, given, fields, size, repairs)
    except Unfit as unfit:
        unfit.row = given
        raise


def _read(line: int, written: Mapping[str, Any], fields: Fields, size: int, repairs: Sequence[str]) -> SentenceRow:
    given, mended = mend(written, fields)
    if len(given) > MOST_FIELDS:
        raise Unfit(None, f"{len(given):,} fields", f"at most {MOST_FIELDS:,}")
    words = read_words(given.get(fields.text), given.get("tokens"), fields.text)
    if words is None:
        raise Unfit(fields.text, f"neither {fields.text} nor tokens among {show(list(given))}", "one of them, or both")
    is_answered = given.get("annotations") is not None
    refusal = None if is_answered else verdict(given, vars(fields).values())
    return SentenceRow(
        line=line,
        size=size,
        given=written,
        repairs=(*repairs, *mended),
        external_id=_id(given.get(fields.id), fields.id),
        **_words(words, read_words(given.get(fields.query), given.get("query_tokens"), fields.query, "query_tokens")),
        split=_split(given.get(fields.split), fields.split),
        metadata=_metadata(given, fields, has_answer=not is_answered and refusal is None),
        tags=_tags(given.get("sentence_tags")),
        text_joined=given.get(fields.text) is None,
        verdict=refusal,
        **({} if refusal is not None else _answers(given, len(words.tokens), fields)),
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


def _metadata(given: Mapping[str, Any], fields: Fields, *, has_answer: bool) -> dict[str, Any]:
    ours = {fields.text, fields.id, fields.split, fields.query, *FIXED}
    # If annotations are the answers, or the line says that it has none, a label is metadata like any other field.
    if has_answer:
        ours |= {fields.label, fields.marks, *OTHER_MARKS}
    metadata = {name: value for name, value in given.items() if name not in ours}
    if not metadata.keys().isdisjoint(EXPORTED):
        check_metadata_names(metadata)
    if metadata:
        _check_size(metadata)
    return metadata


def _check_size(metadata: Mapping[str, Any]) -> None:
    size = _size(metadata)
    if size > MOST_METADATA_BYTES:
        largest = max(metadata, key=lambda name: _size(metadata[name]))
        found = f"{size:,} bytes of metadata, {_size(metadata[largest]):,} of them in this field"
        raise Unfit(largest, found, f"at most {MOST_METADATA_BYTES:,} per sentence; leave the field out")


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _answers(given: Mapping[str, Any], count: int, fields: Fields) -> dict[str, Any]:
    if given.get("annotations") is not None:
        annotations = read_annotations(given["annotations"], count)
        return {"annotations": annotations, "asked_again": read_asked_again(given.get("asked_again"), annotations)}
    if given.get("asked_again") is not None:
        expected = "annotations on the same line; rename the field if it means something else"
        raise Unfit("asked_again", show(given["asked_again"]), expected)
    label, marks = read_label(given.get(fields.label), fields.label), read_marks(given, count, fields.marks)
    if label is None and marks is not None and marks.strip("."):
        raise Unfit(fields.label, "marks without a label", "the label that the marks belong to")
    return {"label": label, "marks": marks if label is not None else None}


def _id(value: object, field: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise Unfit(field, show(value), "a string or a whole number")
    text = str(value)
    if not 1 <= len(text) <= LONGEST_ID:
        raise Unfit(field, f"{len(text)} characters", f"1 to {LONGEST_ID}")
    check_characters(field, text)
    return text


def _tags(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    expected = "a list of tags: words in lower case"
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise Unfit("sentence_tags", show(value), expected)
    for tag in value:
        check_whole("sentence_tags", tag)
        if refusal := broken_tag_rule(tag):
            raise Unfit("sentence_tags", show(tag), f"{expected}; {refusal}")
    return tuple(sorted(set(value)))


def _split(value: object, field: str) -> Split | None:
    if value is None:
        return None
    if not isinstance(value, str) or split_of(value) not in _SPLITS:
        raise Unfit(field, show(value), "train, pool, dev or test")
    return _SPLITS[split_of(value)]
