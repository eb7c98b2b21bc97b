"""A folder of texts, one sentence in each file."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from annotator.formats.faults import Fault, Faults, Unfit
from annotator.formats.fields import Fields
from annotator.formats.files.lines import NO_SENTENCES
from annotator.formats.rows import SentenceRow
from annotator.formats.sentence import read_sentence
from annotator.formats.tools.documents import BREAKS, files_in, read_document
from annotator.formats.tools.foreign import check_choices

FOLDER = "folder"
"""The field with the name of the folder that a text is in, which `--label-field` may name."""


def read(folder: Path, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the texts; a text's id is its path in the folder."""
    chosen = fields.chosen()
    if not check_choices(fields, ("label", "split"), faults, "texts"):
        return
    if other := [name for name in chosen.values() if name != FOLDER]:
        faults.add(Fault(None, other[0], "a folder of texts, which has no such field", f"{FOLDER}, or no option"))
        return
    empty = True
    for path in files_in(folder):
        if path.suffix != ".txt":
            continue
        empty = False
        try:
            row = _sentence(path, path.relative_to(folder), fields)
        except Unfit as unfit:
            faults.add(unfit.at(None, path.relative_to(folder).as_posix()))
            continue
        yield row
    if empty and not faults:
        faults.add(NO_SENTENCES)


def _sentence(path: Path, name: Path, fields: Fields) -> SentenceRow:
    document = read_document(path)
    given = {"text": document.text, "id": name.with_suffix("").as_posix()}
    if name.parent.name:
        given[FOLDER] = name.parent.name
    row = read_sentence(1, given, fields, size=len(document.text))
    return replace(row, file=name.as_posix(), notes={BREAKS: 1} if document.gaps else {})
