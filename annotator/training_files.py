"""What `python -m learner` does not read itself, read as an import does, and without a project.

These are the files of other tools, and sentences that are not cut into words. The learner imports nothing from here; it
finds `TOOLS` by an entry point (docs/decisions/0025). A sentence with the answers of several people gets the label and
the marks that most of them gave, as in a round.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from annotator.formats.faults import BadInput, Fault, Faults
from annotator.formats.fields import Fields
from annotator.formats.files.content import find_contradiction
from annotator.formats.files.lines import first_text, read_lines
from annotator.formats.notes import Notes
from annotator.formats.registry import PARTS, SUFFIXES
from annotator.formats.rows import SentenceRow
from annotator.formats.tools.folders import find_folder_format
from annotator.importing.folder_source import open_path
from annotator.importing.source import Source, open_source
from annotator.rounds.learning.deciding import majority_of, newest_with_a_vote
from learner.data.jsonlines import Line
from learner.data.other_formats import OtherFormats, Remark
from learner.data.split_names import split_of
from learner.data.suffixes import unpacked_suffix
from learner.errors import ExampleError

TITLES: Mapping[str, str] = {
    **{"label-studio": "Label Studio", "label-studio-min": "Label Studio (JSON_MIN)", "doccano": "doccano"},
    **{"prodigy": "Prodigy", "conll": "CoNLL", "hatexplain": "HateXplain", "esnli": "e-SNLI", "eraser": "ERASER"},
    **{"brat": "brat", "spacy": "spaCy", "spans-csv": "CSV of spans", "texts": "a folder of texts"},
}
"""The formats of other tools, and what they are called in the learner's messages."""
_TEXTS: Mapping[str, str] = {
    **{"native": "JSON", "csv": "CSV", "tsv": "a table with tabs", "excel": "an Excel workbook", "parquet": "Parquet"},
    **{"huggingface": "a data set of Hugging Face", "text": "one sentence per line"},
}
"""The formats of an import whose sentences need not be cut into words."""
_ONLY_HERE = ("a JSON array", "Excel", "a .txt file with one sentence per line")
"""Those that the learner has from here."""
_CUT = "Texts cut into words"

_FIELDS = Fields(align="expand")
"""Here no one chooses what becomes of a span that cuts a word: it takes the word, and is counted."""
_WITH_SPLITS = ("brat", "texts")
"""Formats of folders that have no splits of their own, but a folder for each."""
_OPTION = re.compile(r"--[a-z]")
_IMPORT = "; `whylight import` has these options: import the file into a project and export its examples"


class Part(NamedTuple):
    """A file or a folder in one format, and the split that its place says."""

    path: Path
    format: str
    split: str | None = None


def read(path: Path, remark: Remark) -> Iterator[Line] | None:
    """Return the sentences of a file or a folder, with or without a label.

    None for one that the learner reads itself, and for one in an unknown format. `remark` is called with what was
    guessed, put right or left out, and how often.
    """
    try:
        parts = _parts_of(path) if path.is_dir() else _recognised(path)
    except BadInput as refused:
        raise _error(path.name, refused.faults[0]) from None
    return _lines(path, parts, remark) if parts else None


TOOLS = OtherFormats((*_ONLY_HERE, *TITLES.values()), read)
"""What the entry point names."""


def _parts_of(folder: Path) -> list[Part]:
    """Return the parts of a folder: the file with the sentences, a folder for each split, or the folder itself."""
    for path in sorted(folder.glob("*.json")):
        found = _recognised(path)
        if any(part.format in TITLES for part in found):
            return found
    if by_split := _folders_by_split(folder):
        return by_split
    format = _format_of(folder)
    return [] if format is None else [Part(folder, format)]


def _folders_by_split(folder: Path) -> list[Part]:
    inner = [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    formats = [(path, _format_of(path), split_of(path.name)) for path in inner]
    if any(split is None or format not in _WITH_SPLITS for _, format, split in formats) or any(folder.glob("*.txt")):
        return []
    # A split without a marked word has texts alone.
    format = "brat" if any(format == "brat" for _, format, _ in formats) else "texts"
    return [Part(path, format, split) for path, _, split in formats]


def _format_of(folder: Path) -> str | None:
    try:
        return find_folder_format(folder)
    except BadInput:
        return None


def _recognised(path: Path) -> list[Part]:
    """Return the file as the only part, unless it is in an unknown format, or the learner reads it itself.

    Raises BadInput for a part of something else, and for a content that contradicts the name.
    """
    suffix = unpacked_suffix(path.name)
    if suffix in PARTS:
        raise BadInput(path.name, [Fault(None, None, f"a file that ends in {suffix}", PARTS[suffix])])
    with open_source(path, SUFFIXES.get(suffix, "text"), _FIELDS, None) as opened:
        is_json = suffix not in SUFFIXES and first_text(opened.text).lstrip()[:1] in ("{", "[")
        source = (replace(opened, format="native") if is_json else opened).recognised_by_content()
        if source.format not in TITLES:
            if (suffix not in SUFFIXES and not is_json) or _is_cut_into_words(source):
                return []
            _check_content(source)
    return [Part(path, source.format)]


def _is_cut_into_words(source: Source) -> bool:
    """Return whether the first line of JSON lines has words, and no answers of people: then the learner reads it."""
    _, line = next(read_lines(source.text, Faults("")), (0, "")) if source.format == "native" else (0, "")
    try:
        given = json.loads(line)  # not strictly: it only says who reads the file
    except (ValueError, RecursionError):
        return False
    return isinstance(given, dict) and given.get("tokens") is not None and given.get("annotations") is None


def _check_content(source: Source) -> None:
    name = source.path.name
    found = find_contradiction(
        name, source.file, source.text, source.format, text_field=source.fields.text, chosen=False
    )
    if found is not None:
        raise BadInput(name, [found])


def _lines(path: Path, parts: Sequence[Part], remark: Remark) -> Iterator[Line]:
    if (title := _title(path, parts[0].format)) is not None:
        remark(f"{path.name} was read as {title}.")
    counted: Counter[str] = Counter()
    for part in parts:
        faults = Faults(part.path.name)
        try:
            for row in _rows(part, faults):
                counted.update(row.notes)
                counted[_CUT] += part.format in _TEXTS and not row.tokens_given
                counted.update(f"{repair[0].upper()}{repair[1:]}" for repair in row.repairs)
                yield _line(row, part)
        except BadInput as refused:
            raise _error(part.path.name, refused.faults[0]) from None
        _say(faults.notes, remark)
    for what, count in counted.items():
        if count:
            remark(f"{what}: {count:,}.")


def _title(path: Path, format: str) -> str | None:
    """Return what the file or the folder is read as, or None if its name says it."""
    return TITLES.get(format) or (None if SUFFIXES.get(unpacked_suffix(path.name)) == format else _TEXTS[format])


def _rows(part: Part, faults: Faults) -> Iterator[SentenceRow]:
    """Yield the rows of a part; raises BadInput at its first fault."""
    with open_path(part.path, part.format, _FIELDS, None) as source:
        for chunk in source.chunks(faults):
            faults.raise_if_any()
            yield from chunk
    faults.raise_if_any()


def _say(notes: Notes, remark: Remark) -> None:
    if notes.read_as:
        remark(f"It was read as its content suggests: {', '.join(notes.read_as)}.")
    for repair in notes.repairs():
        remark(f"{repair.what[0].upper()}{repair.what[1:]}: {repair.count:,}.")


def _line(row: SentenceRow, part: Part) -> Line:
    """Return a row as a line of the learner, which says why it has no label if it has none."""
    given = _answers(row)
    decided = majority_of(given) if given else None
    label, marks = decided or (None, None)
    record = {"id": row.external_id, "tokens": list(row.tokens), "label": label, "marks": marks}
    query = None if row.query_tokens is None else list(row.query_tokens)
    split = row.split or part.split
    record |= {"query_tokens": query, "split": "train" if split == "pool" else split}
    why = None if decided else "on which people are tied" if given else "without an answer"
    return Line(f"{row.file or part.path.name} line {row.line}", record, why)


def _answers(row: SentenceRow) -> list[tuple[str | int, str | None]]:
    """Return the labels and marks that count: the decision, or each person's newest answer, or else the line's own."""
    log = row.annotations
    decisions = [answer for answer in log if answer.kind == "adjudicated" and not answer.withdrawn]
    counting = decisions[-1:] or newest_with_a_vote((answer.person, answer) for answer in log)
    return [(answer.label, answer.marks) for answer in (counting if log else [row]) if answer.label is not None]


def _error(name: str, fault: Fault) -> ExampleError:
    """Return a fault as the learner states it; the options that it may name are those of an import."""
    place = (fault.file or name) + ("" if fault.line is None else f" line {fault.line}")
    field = f", {fault.field}" if fault.field else ""
    sentence = f"{place}{field}: found {fault.found}, expected {fault.expected_in_full}"
    return ExampleError(sentence + (_IMPORT if _OPTION.search(sentence) else ""))
