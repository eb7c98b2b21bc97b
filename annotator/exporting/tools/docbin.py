"""spaCy: a folder with a DocBin for each split, for `spacy train` and for reading back."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from annotator.errors import CannotExport
from annotator.exporting.example import ExampleRow
from annotator.exporting.tools.losses import PREDICTION, WITHOUT_PEOPLE, count_lost, count_unasked, metadata_of
from annotator.exporting.tools.marked import runs
from annotator.exporting.tools.pieces import pieces
from annotator.exporting.writing import About, NotCarried
from annotator.formats.tools.docbin import SPANS

_LOST = (*WITHOUT_PEOPLE, PREDICTION)
TOO_LARGE = "metadata with a whole number of more than 64 bits, or in very many layers"


def write(rows: Iterable[ExampleRow], folder: Path, *, about: About, lost: NotCarried) -> None:
    """Write train.spacy, dev.spacy and test.spacy; each is held in memory until it is complete."""
    try:
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab
    except ImportError:
        raise CannotExport("spaCy is not installed; `pip install 'whylight[spacy]'` brings it.") from None
    bins: dict[str, Any] = {}
    vocabulary = Vocab()
    for row in rows:
        count_lost(row, lost, _LOST)
        count_unasked(row, lost, about)
        bins.setdefault(row.split, DocBin(attrs=["ORTH"], store_user_data=True))
        bins[row.split].add(_document(row, vocabulary, about.label_names, _metadata(row, lost)))
    for split, documents in bins.items():
        documents.to_disk(folder / f"{split}.spacy")


def _document(row: ExampleRow, vocabulary: Any, labels: Iterable[str], metadata: Mapping[str, Any]) -> Any:
    """Return a Doc whose text is the row's; what is more than one space between words is a token, as spaCy cuts."""
    from spacy.tokens import Doc, Span

    cut = pieces(row)
    doc = Doc(vocabulary, words=[piece.text for piece in cut], spaces=[piece.has_space for piece in cut])
    doc.cats = {label: float(label == row.label) for label in labels}
    place = {piece.token: number for number, piece in enumerate(cut)}
    doc.spans[SPANS] = [Span(doc, place[run.first], place[run.end - 1] + 1, row.label) for run in runs(row.marks)]
    query = {} if row.query is None else {"query": row.query}
    doc.user_data.update({"id": row.id, "split": row.split, **query, **metadata})
    return doc


def _metadata(row: ExampleRow, lost: NotCarried) -> dict[str, Any]:
    """Return the metadata that MessagePack, in which a DocBin keeps it, has a form for."""
    filled = metadata_of(row, lost, ())
    kept = {name: value for name, value in filled.items() if _can_be_packed(name, value)}
    if len(kept) < len(filled):
        lost[TOO_LARGE] += 1
    return kept


def _can_be_packed(name: str, value: object) -> bool:
    import srsly

    try:
        srsly.msgpack_dumps({name: value})
    except (OverflowError, ValueError):
        return False
    return True
