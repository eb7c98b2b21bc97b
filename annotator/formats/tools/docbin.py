"""A folder of spaCy's DocBins: a text for each Doc, with its categories as the label and its spans as marks."""

import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from annotator.formats.answers.spans import Span
from annotator.formats.faults import Fault, Faults, Unfit, show
from annotator.formats.fields import Fields
from annotator.formats.files.lines import NO_SENTENCES
from annotator.formats.rows import SentenceRow
from annotator.formats.tools.documents import files_in
from annotator.formats.tools.foreign import ForeignAnswer, Task, check_choices, kept, marks_of, to_row
from annotator.formats.words import Words, read_words
from learner.data.split_names import split_of

SUFFIX = ".spacy"
SPANS = "rationale"
"""The key of the marked words among a Doc's groups of spans; without this group, its entities are the marks."""
PACKAGE = "spacy"
MOST_BYTES = 2**28
"""Of a file, unpacked: all of it is in memory."""

_USED = ("id", "split", "query")


def read(folder: Path, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
    """Yield the texts of all DocBins; one that does not say its split has that of its file's name."""
    if not check_choices(fields, (), faults, "spacy"):
        return
    empty = True
    for path in files_in(folder):
        if path.suffix != SUFFIX:
            continue
        name = path.relative_to(folder).as_posix()
        for number, doc in _docs(path, name, faults):
            empty = False
            try:
                row = _sentence(doc, number, name, fields)
            except Unfit as unfit:
                faults.add(unfit.at(number, name))
                continue
            yield row
    if empty and not faults:
        faults.add(NO_SENTENCES)


def _docs(path: Path, name: str, faults: Faults) -> Iterator[tuple[int, Any]]:
    """Yield the Docs of a file with their numbers, from 1."""
    number = 0
    try:
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab

        for doc in DocBin(store_user_data=True).from_bytes(_checked(path)).get_docs(Vocab()):
            number += 1
            yield number, doc
    except ImportError:
        expected = "spaCy, which `pip install 'whylight[spacy]'` brings"
        faults.add(Fault(None, None, "a DocBin, which only spaCy can read", expected, name))
    except Unfit as unfit:
        faults.add(unfit.at(None, name))
    except Exception as error:  # spaCy checks nothing: what a damaged file raises depends on where it is damaged
        faults.add(Fault(None, None, f"a damaged DocBin ({type(error).__name__})", "a file that spaCy wrote", name))


def _checked(path: Path) -> bytes:
    """Return the bytes of a file that does not unpack to too many."""
    raw = path.read_bytes()
    unpacked = zlib.decompressobj().decompress(raw, MOST_BYTES + 1)
    if len(unpacked) > MOST_BYTES:
        raise Unfit(None, f"a file that unpacks to more than {MOST_BYTES:,} bytes", "several smaller ones")
    return raw


def _sentence(doc: Any, number: int, name: str, fields: Fields) -> SentenceRow:
    notes: Counter[str] = Counter()
    words = read_words(doc.text, [token.text for token in doc if not token.text.isspace()])
    if words is None:
        raise Unfit(None, "no tokens", "a Doc with a text")
    spans = _spans(doc)
    user_data: Mapping[str, Any] = {key: value for key, value in doc.user_data.items() if isinstance(key, str)}
    task = Task(
        number, words, user_data.get("id"), user_data.get("split") or split_of(Path(name).stem), user_data.get("query")
    )
    task.metadata = kept(user_data, "spacy", _USED)
    task.size, task.file = len(doc.text), name
    task.spans = [list(span[:3]) for span in spans]
    return to_row(task, _answers(doc, spans, words, fields, notes), fields, notes)


def _spans(doc: Any) -> list[Span]:
    found = doc.spans.get(SPANS, doc.ents)
    return [Span(span.start_char, span.end_char, span.label_ or None, span.text) for span in found]


def _answers(doc: Any, spans: list[Span], words: Words, fields: Fields, notes: Counter[str]) -> list[ForeignAnswer]:
    """Return the label, which is the only category that holds, with the marks; no answer where there is neither."""
    holding = [category for category, score in doc.cats.items() if score > 0.5]
    if len(holding) > 1:
        found, expected = show(holding), "one category for each text; make a project for each category with yes and no"
        raise Unfit("cats", found, expected)
    if not holding and not spans:
        return []
    return [ForeignAnswer(None, holding[0] if holding else None, **marks_of(spans, words, fields, notes, "spans"))]
