"""A folder of the ERASER benchmark: documents, and annotations of them with evidences by split."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.formats.faults import Fault, Faults, Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.files.objects import read_objects
from annotator.formats.files.strict_json import parse_object
from annotator.formats.rows import SentenceRow
from annotator.formats.tools.documents import files_in, read_document
from annotator.formats.tools.foreign import ForeignAnswer, Task, check_choices, kept, to_row
from annotator.formats.words import Words, read_words

GROUPS = "Annotations with several groups of evidences, each enough by itself, whose words are all marked"
DOCUMENTS = "docs.jsonl"
SPLITS = {"train.jsonl": "train", "val.jsonl": "dev", "test.jsonl": "test"}

USED = ("annotation_id", "classification", "query", "docids", "evidences")
_LONGEST_LINE = 2**20


def read(folder: Path, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the annotations: each is a sentence, its document, with the query, the label and the evidences as marks."""
    if not check_choices(fields, (), faults, "eraser"):
        return
    files = {path.relative_to(folder).as_posix(): path for path in files_in(folder)}
    with _Documents(files, faults) as documents:
        for name, split in SPLITS.items():
            if name not in files or not files[name].stat().st_size:
                continue
            with files[name].open("rb") as file, faults.inside(name):
                for line, given, size in read_objects(file, faults):
                    try:
                        row = _annotation(_Place(line, name, split, size), given, documents, fields)
                    except Unfit as unfit:
                        faults.add(unfit.at(line, name))
                        continue
                    yield row


def is_part(name: str) -> bool:
    """Return whether a file of this name belongs to the format."""
    return name in SPLITS or name == DOCUMENTS or name.startswith("docs/")


@dataclass(frozen=True)
class _Place:
    line: int
    file: str
    split: str
    size: int


class _Documents:
    """The documents by id: files of a folder `docs`, or lines of `docs.jsonl`, whose places are remembered."""

    def __init__(self, files: Mapping[str, Path], faults: Faults) -> None:
        self._files, self._faults = files, faults
        self._places: dict[str, int] = {}

    def __enter__(self) -> "_Documents":
        lines = self._files.get(DOCUMENTS)
        self._file = None if lines is None else lines.open("rb")
        if self._file is not None:
            place, number = 0, 0
            while line := self._file.readline(_LONGEST_LINE + 1):
                number += 1
                self._note(line, number, place)
                place += len(line)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def words_of(self, docid: str) -> Words:
        """Return a document cut at single spaces and line breaks, as the benchmark's own reader does."""
        text = self._text(docid)
        words = read_words(text, [token for line in text.split("\n") for token in line.strip().split(" ") if token])
        if words is None:
            raise Unfit("docids", show(docid), "a document with a text")
        return words

    def _text(self, docid: str) -> str:
        if self._file is None:
            if (path := self._files.get(f"docs/{docid}")) is None:
                raise Unfit("docids", show(docid), "the name of a file in docs")
            return read_document(path).text
        if docid not in self._places:
            raise Unfit("docids", show(docid), "the docid of a line in docs.jsonl")
        self._file.seek(self._places[docid])
        text = parse_object(self._file.readline(_LONGEST_LINE).decode()).get("document")
        if not isinstance(text, str):
            raise Unfit("document", show(text), f"the text of {docid} in docs.jsonl")
        return text

    def _note(self, line: bytes, number: int, place: int) -> None:
        try:
            if len(line) > _LONGEST_LINE:
                raise Unfit(None, "a longer line", f"at most {_LONGEST_LINE:,} bytes on a line")
            given = parse_object(line.decode()) if line.strip() else {"docid": None}
            if isinstance(docid := given.get("docid"), str):
                self._places[docid] = place
        except UnicodeDecodeError:
            self._faults.add(Fault(number, None, "a byte that is not UTF-8", "UTF-8", DOCUMENTS))
        except Unfit as unfit:
            self._faults.add(unfit.at(number, DOCUMENTS))


def _annotation(place: _Place, given: Mapping[str, Any], documents: _Documents, fields: Fields) -> SentenceRow:
    notes: Counter[str] = Counter()
    evidences = _evidences(given.get("evidences"))
    words = documents.words_of(_docid(given, evidences))
    marked: set[int] = set()
    for group, evidence in enumerate(evidences):
        marked |= _places(evidence, words, f"evidences[{group}]")
    notes[GROUPS] += len(given.get("evidences") or []) > 1
    label = given.get("classification")
    if label is not None and not isinstance(label, str | int):
        raise Unfit("classification", show(label), "a label")
    marks = "".join("+" if index in marked else "." for index in range(len(words.tokens)))
    task = Task(place.line, words, given.get("annotation_id"), place.split, given.get("query") or None)
    task.size, task.file = place.size + len(words.text), place.file
    task.metadata = kept(given, "eraser", USED)
    answers = [] if label is None else [ForeignAnswer(None, label, marks)]
    return to_row(task, answers, fields, notes)


def _evidences(value: object) -> list[Mapping[str, Any]]:
    groups = value if isinstance(value, list) else []
    evidences = [evidence for group in groups for evidence in (group if isinstance(group, list) else [group])]
    if (value is not None and not isinstance(value, list)) or not all(isinstance(each, dict) for each in evidences):
        raise Unfit("evidences", show(value), "a list of groups of evidences")
    return evidences


def _docid(given: Mapping[str, Any], evidences: list[Mapping[str, Any]]) -> str:
    docids = given.get("docids") or list({str(each.get("docid")): None for each in evidences})
    if not docids:  # as in the sets with one document for each annotation
        docids = [given.get("annotation_id")]
    if not isinstance(docids, list) or len(docids) != 1 or not isinstance(docids[0], str):
        raise Unfit("docids", show(docids), "one document; an annotation of several cannot become one sentence")
    return docids[0]


def _places(evidence: Mapping[str, Any], words: Words, field: str) -> set[int]:
    start, end = evidence.get("start_token"), evidence.get("end_token")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(words.tokens):
        raise Unfit(field, f"the tokens {show(start)} to {show(end)}", f"tokens from 0 to {len(words.tokens)}")
    own, here = evidence.get("text"), " ".join(words.tokens[start:end])
    if isinstance(own, str) and own.split() != here.split():
        raise Unfit(field, f"{show(here)} at {start} to {end}", f"{show(own)}, the evidence's own text")
    return set(range(start, end))
