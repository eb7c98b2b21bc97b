"""The formats of examples by name, and which one a file's name stands for."""

from collections.abc import Mapping
from dataclasses import dataclass

from annotator.exporting import json_lines
from annotator.exporting.writing import FileWriter, FolderWriter


@dataclass(frozen=True)
class FileFormat:
    """A format that is one file."""

    title: str
    """Its name in a sentence."""
    suffixes: tuple[str, ...]
    """The first is the usual one. No two formats have the same."""
    write: FileWriter


@dataclass(frozen=True)
class FolderFormat:
    """A format that is a folder."""

    title: str
    write: FolderWriter


Format = FileFormat | FolderFormat

FORMATS: Mapping[str, Format] = {
    "jsonl": FileFormat("JSON lines", (".jsonl", ".ndjson"), json_lines.write),
}
"""By the names that `--format` takes; one that an import reads has the same name there."""

SUFFIXES: Mapping[str, str] = {
    suffix: name for name, format in FORMATS.items() if isinstance(format, FileFormat) for suffix in format.suffixes
}
"""The format that a file's suffix stands for."""
