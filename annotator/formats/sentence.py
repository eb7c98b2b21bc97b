"""Turn one line's fields into one sentence, whatever the format they were read from."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from annotator.formats.answers.answer import read_label, read_marks
from annotator.formats.answers.asking import read_asked_again
from annotator.formats.answers.chains import read_annotations
from annotator.formats.answers.verdict import verdict
from annotator.formats.examples import PREDICTIONS, as_native, is_example
from annotator.formats.faults import Unfit, show
from annotator.formats.fields import DEFAULT_FIELDS, EXPORTED, FIXED, OTHER_MARKS, Fields, check_metadata_names
from annotator.formats.files.line_breaks import BREAKS
from annotator.formats.files.lines import check_characters, check_whole
from annotator.formats.mending import mend
from annotator.formats.rows import MOST_FIELDS, MOST_METADATA_BYTES, AnnotationRow, SentenceRow
from annotator.formats.words import Words, read_words
from annotator.names import LONGEST_ID, broken_tag_rule
from db.records import Split
from learner.data.split_names import split_of

_SPLITS: dict[str | None, Split] = {"train": "pool", "dev": "dev", "test": "test"}


def read_sentence(
    line: int,
    given: Mapping[str, Any],
    fields: Fields,
    *,
    size: int,
    words: Words | None = None,
    repairs: Sequence[str] = (),
) -> SentenceRow:
    """Return the sentence that a line's fields describe; raises Unfit for the first value that does not fit.

    A caller that has read the text and its tokens already gives them as `words`; `repairs` are what its reader has
    put right.
    """
    written, notes = given, Counter[str]()
    try:
        if is_example(given):
            notes[PREDICTIONS] += given.get("prediction") is not None
            given, fields = as_native(given), DEFAULT_FIELDS
        given, mended = mend(before := given, fields)
        breaks = (BREAKS,) if words is not None and words.written is not None else ()
        parts = {"line": line, "size": size, "given": written}
        parts["repairs"] = (*repairs, *dict.fromkeys((*breaks, *mended)))
        return _read(given, fields, words or _words_of(given, before.get(fields.text), fields), notes, parts)
    except Unfit as unfit:
        unfit.row = written
        raise


def _read(
    given: Mapping[str, Any], fields: Fields, words: Words | None, notes: Counter[str], parts: Mapping[str, Any]
) -> SentenceRow:
    """Return the row of these fields, with the other `parts` that it has."""
    if len(given) > MOST_FIELDS:
        raise Unfit(None, f"{len(given):,} fields", f"at most {MOST_FIELDS:,}")
    if words is None:
        found = f"neither {fields.text} nor {fields.tokens} among {show(list(given))}"
        raise Unfit(fields.text, found, "one of them, or both, or --text-field or --tokens-field")
    is_answered = given.get("annotations") is not None
    refusal = None if is_answered else verdict(given, fields.names().values())
    return SentenceRow(
        **parts,
        external_id=_id(given.get(fields.id), fields.id),
        **_words(words, read_words(given.get(fields.query), given.get("query_tokens"), fields.query, "query_tokens")),
        split=_split(given.get(fields.split), fields.split),
        metadata=_metadata(given, fields, has_answer=not is_answered and refusal is None),
        tags=_tags(given.get("sentence_tags")),
        text_joined=given.get(fields.text) is None,
        verdict=refusal,
        **({} if refusal is not None else _answers(given, words, fields, notes)),
        notes=+notes,
    )


def _words_of(given: Mapping[str, Any], written: object, fields: Fields) -> Words | None:
    words = read_words(given.get(fields.text), given.get(fields.tokens), fields.text, fields.tokens)
    if words is None or not isinstance(written, str) or written == words.text:
        return words
    return words._replace(written=written)


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
    ours = {fields.text, fields.id, fields.split, fields.query, fields.tokens, *FIXED[1:]}
    # If annotations are the answers, or the line says that it has none, a label is metadata like any other field.
    if has_answer:
        ours |= {fields.label, fields.marks, *OTHER_MARKS}
    metadata = {name: value for name, value in given.items() if name not in ours}
    if not metadata.keys().isdisjoint(EXPORTED):
        check_metadata_names(metadata)
    if not _is_short(metadata):
        check_size(metadata)
    return metadata


def _is_short(metadata: Mapping[str, Any]) -> bool:
    """Return whether its texts alone say that it is not too long: a letter has at most 6 bytes in JSON."""
    texts = [*metadata, *(value for value in metadata.values() if isinstance(value, str))]
    return len(texts) == 2 * len(metadata) and 6 * sum(map(len, texts)) + 6 * len(texts) <= MOST_METADATA_BYTES


def check_size(metadata: Mapping[str, Any]) -> None:
    """Raise Unfit if all metadata of a sentence together is too long."""
    size = _size(metadata)
    if size > MOST_METADATA_BYTES:
        largest = max(metadata, key=lambda name: _size(metadata[name]))
        found = f"{size:,} bytes of metadata, {_size(metadata[largest]):,} of them in this field"
        raise Unfit(largest, found, f"at most {MOST_METADATA_BYTES:,} per sentence; leave the field out")


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _answers(given: Mapping[str, Any], words: Words, fields: Fields, notes: Counter[str]) -> dict[str, Any]:
    if given.get("annotations") is not None:
        annotations = read_annotations(given["annotations"], len(words.tokens))
        return {"annotations": annotations, "asked_again": read_asked_again(given.get("asked_again"), annotations)}
    if given.get("asked_again") is not None:
        expected = "annotations on the same line; rename the field if it means something else"
        raise Unfit("asked_again", show(given["asked_again"]), expected)
    label, marks = read_label(given.get(fields.label), fields.label), read_marks(given, words, fields, notes)
    if len(marks) > 1:
        return {"annotations": _of_several_people(label, marks, fields)}
    only = marks[0] if marks else None
    label = fields.label_for(only) if label is None else label
    if label is None and only is not None and only.strip("."):
        raise _without_label(fields)
    return {"label": label, "marks": only if label is not None else None}


def _without_label(fields: Fields) -> Unfit:
    expected = "the label that the marks belong to"
    return Unfit(fields.label, "marks without a label", expected, advice=", or --marked-label")


def _of_several_people(label: str | int | None, marks: Sequence[str], fields: Fields) -> tuple[AnnotationRow, ...]:
    """Return the answers of people who gave one label for different words, and whom the line does not name."""
    labels = [fields.label_for(own) if label is None else label for own in marks]
    if None in labels:
        raise _without_label(fields)
    return tuple(
        AnnotationRow(f"annotator {number}", "answer", "", name, own)
        for number, (name, own) in enumerate(zip(labels, marks, strict=True), 1)
    )


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
