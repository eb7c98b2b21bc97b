"""e-SNLI's CSV: pairs of sentences, with the indices of the words that up to three people highlighted."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO

from annotator.formats.answers.spans import marks_of_space_words, words_between_spaces
from annotator.formats.faults import Faults, Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.rows import AnnotationRow, SentenceRow
from annotator.formats.tables.table import read_csv
from annotator.formats.tools.foreign import check_choices
from annotator.formats.words import Words

COLUMNS = ("Sentence1", "Sentence2", "gold_label")
_FIELDS = Fields(text="Sentence1", query="Sentence2", id="pairID", label="gold_label")
_HIGHLIGHTS = ("Sentence1_Highlighted_1", "Sentence1_Highlighted_2", "Sentence1_Highlighted_3")


def read(file: BinaryIO, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the pairs: the first sentence with its marks, the second one as the query."""
    if not check_choices(fields, (), faults, "esnli"):
        return
    for row in read_csv(file, faults, fields=_FIELDS):
        try:
            pair = _with_marks(row)
        except Unfit as unfit:
            faults.add(unfit.at(row.line))
            continue
        yield pair


def _with_marks(row: SentenceRow) -> SentenceRow:
    notes: Counter[str] = Counter()
    words = Words(row.text, row.tokens, row.starts, row.tokens_given)
    marks = [
        marks_of_space_words(_signs(row.metadata[name], words, name), words, notes)
        for name in _HIGHLIGHTS
        if isinstance(row.metadata.get(name), str)
    ]
    metadata: Mapping[str, object] = {name: value for name, value in row.metadata.items() if name not in _HIGHLIGHTS}
    row = replace(row, metadata=dict(metadata), notes=+notes)
    if len(marks) < 2 or row.label is None:
        return replace(row, marks=marks[0] if marks and row.label is not None else None)
    answers = tuple(
        AnnotationRow(f"annotator {number}", "answer", "", row.label, own) for number, own in enumerate(marks, 1)
    )
    return replace(row, label=None, annotations=answers)


def _signs(cell: str, words: Words, field: str) -> str:
    """Return a sign for each word between spaces; `{}` marks none."""
    count = len(words_between_spaces(words))
    marked = set()
    for part in [] if cell.strip() == "{}" else cell.split(","):
        place = int(part) if part.strip().isascii() and part.strip().isdecimal() and len(part) < 9 else -1
        if not 0 <= place < count:
            raise Unfit(field, show(part), f"the index of a word, 0 to {count - 1}, or {{}} for none")
        marked.add(place)
    return "".join("+" if place in marked else "." for place in range(count))
