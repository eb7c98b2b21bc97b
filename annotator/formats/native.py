"""Whylight's own format: JSON lines, one sentence per line, or an array of such objects.

docs/formats.md describes it field by field.
"""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO

from annotator.formats.answers.asking import write_asked_again
from annotator.formats.answers.chains import write_annotation
from annotator.formats.faults import Fault, Faults, Unfit
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.files.json_items import is_array_of_others, is_spread_object, read_lines_or_items
from annotator.formats.files.strict_json import parse_object
from annotator.formats.rows import SentenceRow
from annotator.formats.sentence import read_sentence

_SPREAD = Fault(
    1, None, "one object over several lines", "one object per line and sentence, or an array of such objects"
)
_NO_OBJECTS = Fault(
    1,
    None,
    "an array of something other than objects",
    'an array of objects such as {"text": "It sank."}, such an object per line, or a .txt file with one text per line',
)


def read(file: BinaryIO, faults: Faults, *, fields: Fields = DEFAULT_FIELDS) -> Iterator[SentenceRow]:
    """Yield the sentences of `file` and note what is wrong with its other lines in `faults`."""
    unseen = fields.chosen()
    if is_spread_object(file):
        faults.add(_SPREAD)
        return
    if is_array_of_others(file):
        faults.add(_NO_OBJECTS)
        return
    for line, text in read_lines_or_items(file, faults):
        nan: list[str] = []
        try:
            given = parse_object(text, on_nan=partial(nan.append, "NaN was read as no value"))
            row = read_sentence(line, given, fields, size=len(text), repairs=nan[:1])
        except Unfit as unfit:
            faults.add(unfit.at(line, row=text))
            continue
        unseen = {part: name for part, name in unseen.items() if name not in given}
        yield row
    if not faults:
        for part, name in unseen.items():
            faults.add(Fault(None, name, "no line with this field", f"the field that --{part}-field names"))


def write(row: SentenceRow) -> bytes:
    """Return the line for a sentence, whose answers are its annotations."""
    fields: dict[str, Any] = {"id": row.external_id, "text": row.text, "tokens": row.tokens, "split": row.split}
    if row.query is not None:
        fields["query"] = row.query
    if row.query_tokens is not None:
        fields["query_tokens"] = row.query_tokens
    fields |= row.metadata
    if row.tags:
        fields["sentence_tags"] = row.tags
    fields["annotations"] = [write_annotation(annotation) for annotation in row.annotations]
    if row.asked_again:
        fields["asked_again"] = write_asked_again(row.asked_again)
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"
