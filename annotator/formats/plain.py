"""Plain text: one sentence a line; blank lines are skipped."""

from collections.abc import Iterator
from typing import BinaryIO

from annotator.formats.faults import Faults, Unfit
from annotator.formats.lines import read_lines
from annotator.formats.rows import SentenceRow
from annotator.formats.words import cut


def read(file: BinaryIO, faults: Faults, *, label_field: str | None = None) -> Iterator[SentenceRow]:
    """Yield the sentences of `file` and note what is wrong with its other lines in `faults`.

    `label_field` is there because every format takes it; plain text has no fields.
    """
    for line, text in read_lines(file, faults):
        try:
            words = cut(text)
        except Unfit as unfit:
            faults.add(unfit.at(line))
            continue
        yield SentenceRow(line, words.text, words.tokens, words.starts)
