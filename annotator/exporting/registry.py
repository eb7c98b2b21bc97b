"""The formats of examples by name, and which one a file's name stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from annotator.exporting import json_lines
from annotator.exporting.tables import huggingface, parquet, separated
from annotator.exporting.tools import brat, conll, docbin, doccano, eraser, hatexplain, label_studio, prodigy
from annotator.exporting.writing import FileWriter, FolderWriter


@dataclass(frozen=True)
class FileFormat:
    """A format that is one file."""

    title: str
    """Its name in a sentence."""
    suffixes: tuple[str, ...]
    """What its files' names may end in, the usual one first."""
    write: FileWriter
    is_chosen_by_suffix: bool = True
    """Whether such a name stands for this format; if not, only `--format` does. Two such formats share no suffix."""
    may_be_packed: bool = True
    """Whether a name that ends in .gz packs it; not where the format is packed itself."""


@dataclass(frozen=True)
class FolderFormat:
    """A format that is a folder."""

    title: str
    write: FolderWriter
    package: str | None = None
    """What has to be installed to write it, if it is an extra."""
    suffixes: tuple[str, ...] = ()
    """What a folder's name ends in that stands for this format."""


Format = FileFormat | FolderFormat

FORMATS: Mapping[str, Format] = {
    "jsonl": FileFormat("JSON lines", (".jsonl", ".ndjson"), json_lines.write),
    "csv": FileFormat("CSV", (".csv",), separated.write_csv),
    "tsv": FileFormat("TSV", (".tsv",), separated.write_tsv),
    "spans-csv": FileFormat("CSV of spans", (".csv",), separated.write_spans, is_chosen_by_suffix=False),
    "parquet": FileFormat("Parquet", (".parquet",), parquet.write, may_be_packed=False),
    "huggingface": FolderFormat("a data set of Hugging Face", huggingface.write),
    "conll": FileFormat("CoNLL", (".conll", ".bio", ".iob2"), conll.write),
    "doccano": FileFormat("doccano", (".jsonl",), doccano.write, is_chosen_by_suffix=False),
    "prodigy": FileFormat("Prodigy", (".jsonl",), prodigy.write, is_chosen_by_suffix=False),
    "label-studio": FolderFormat("Label Studio", label_studio.write),
    "hatexplain": FolderFormat("HateXplain", hatexplain.write),
    "eraser": FolderFormat("ERASER", eraser.write),
    "brat": FolderFormat("brat", brat.write),
    "spacy": FolderFormat("spaCy", docbin.write, package="spacy", suffixes=(".spacy",)),
}
"""By the names that `--format` takes; one that an import reads has the same name there."""

_CHOSEN_BY_SUFFIX = {
    name: each for name, each in FORMATS.items() if isinstance(each, FolderFormat) or each.is_chosen_by_suffix
}
SUFFIXES: Mapping[str, str] = {suffix: name for name, each in _CHOSEN_BY_SUFFIX.items() for suffix in each.suffixes}
"""The format that the suffix of a file, or of a folder, stands for."""


def can_be_written(name: str) -> bool:
    """Return whether what a format takes is installed."""
    found = FORMATS[name]
    return not isinstance(found, FolderFormat) or found.package is None or find_spec(found.package) is not None
