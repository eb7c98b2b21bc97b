"""The formats by name, and which one a file's name stands for."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from annotator.formats import native, plain
from annotator.formats.faults import BadInput, Fault, Faults, Unfit
from annotator.formats.fields import Fields
from annotator.formats.files.layout import AS_WRITTEN, Layout
from annotator.formats.rows import SentenceRow
from annotator.formats.tables import excel, parquet, table
from annotator.formats.tools import conll, doccano, esnli, hatexplain, label_studio, prodigy, spans_csv
from annotator.formats.tools.folders import FOLDERS, find_folder_format
from learner.data.suffixes import unpacked_suffix

PARTS = {
    ".ann": "the folder with the annotations and the texts",
    ".arrow": "the folder of the data set",
    ".spacy": "the folder of the DocBins",
    ".zip": "the files in it; unpack it first",
}
"""What to import instead of a file that is only a part, or a package, of something that can be imported."""


class Reader(Protocol):
    """What reads a format."""

    def __call__(self, file: BinaryIO, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
        """Yield the sentences of `file` in order, and note what is wrong with its other lines."""


READERS: Mapping[str, Reader] = {
    "native": native.read,
    "text": plain.read,
    "csv": table.read_csv,
    "tsv": table.read_tsv,
    "excel": excel.read,
    "parquet": parquet.read,
    "label-studio": label_studio.read,
    "label-studio-min": label_studio.read_min,
    "doccano": doccano.read,
    "prodigy": prodigy.read,
    "hatexplain": hatexplain.read,
    "esnli": esnli.read,
    "conll": conll.read,
    "spans-csv": spans_csv.read,
}
BINARY = frozenset(("excel", "parquet"))
"""Formats whose files are not text."""
_TABLES = {"csv": table.read_csv, "tsv": table.read_tsv}
SUFFIXES = {
    **{".jsonl": "native", ".ndjson": "native", ".json": "native", ".gz": "native"},
    **{".txt": "text", ".csv": "csv", ".tsv": "tsv", ".xlsx": "excel", ".parquet": "parquet"},
    **dict.fromkeys((".conll", ".conllu", ".bio", ".iob", ".iob2"), "conll"),
}


def reader_of(format: str, layout: Layout = AS_WRITTEN) -> Reader:
    """Return what reads this format; raises Unfit if the layout says something that the format does not have."""
    if format in _TABLES:
        return partial(_TABLES[format], layout=layout)
    if layout.separator is not None or not layout.quotes:
        option = "no-quotes" if layout.separator is None else "separator"
        raise Unfit(option, f"an option for tables with the format {format}", "csv or tsv, or leave it out")
    if layout.encoding is not None and format in BINARY:
        raise Unfit("encoding", f"an option for text with the format {format}", "a format of text, or leave it out")
    return READERS[format]


def find_format(path: Path, name: str | None) -> str:
    """Return the format called `name`, or else the one that the suffix of `path` stands for.

    Raises BadInput if there is no such format.
    """
    if name is None:
        return find_folder_format(path) if path.is_dir() else _format_of(path)
    if name not in READERS and name not in FOLDERS:
        raise BadInput(str(path), [Fault(None, "format", repr(name), f"one of {', '.join([*READERS, *FOLDERS])}")])
    return name


def _format_of(path: Path) -> str:
    suffix = unpacked_suffix(path.name) or path.suffix.lower()
    if suffix not in SUFFIXES:
        expected = PARTS.get(suffix) or f"{', '.join(SUFFIXES)}, or the format by its name: {', '.join(READERS)}"
        raise BadInput(str(path), [Fault(None, "suffix", repr(suffix), expected)])
    return SUFFIXES[suffix]
