"""Plain text: one sentence per line; blank lines are skipped."""

from collections.abc import Iterator
from typing import BinaryIO

from annotator.formats.faults import Fault, Faults, Unfit
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.files.line_breaks import BREAKS, with_newlines
from annotator.formats.files.lines import read_lines
from annotator.formats.rows import SentenceRow
from annotator.formats.words import cut


def read(file: BinaryIO, faults: Faults, *, fields: Fields = DEFAULT_FIELDS) -> Iterator[SentenceRow]:
    """Yield the sentences of `file` and note what is wrong with its other lines in `faults`."""
    for name in fields.chosen().values():
        faults.add(Fault(None, name, "plain text, which has no fields", "a format that has them"))
        return
    for line, text in read_lines(file, faults):
        try:
            words = cut(with_newlines(text))
        except Unfit as unfit:
            faults.add(unfit.at(line, row={"text": text}))
            continue
        repairs = () if words.text == text else (BREAKS,)
        yield SentenceRow(
            line, words.text, words.tokens, words.starts, given={"text": text}, repairs=repairs, size=len(text)
        )
