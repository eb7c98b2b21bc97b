"""The formats that are folders, and which one a folder is in."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from annotator.formats.faults import BadInput, Fault, Faults
from annotator.formats.fields import Fields
from annotator.formats.rows import SentenceRow
from annotator.formats.tools import brat, docbin, eraser, huggingface, texts
from annotator.formats.tools.documents import files_in, visible_in


class FolderReader(Protocol):
    """What reads a format that is a folder."""

    def __call__(self, folder: Path, faults: Faults, *, fields: Fields) -> Iterator[SentenceRow]:
        """Yield the sentences of `folder` in order, and note what is wrong with its other parts."""


FOLDERS: Mapping[str, FolderReader] = {
    "eraser": eraser.read,
    "brat": brat.read,
    "texts": texts.read,
    "huggingface": huggingface.read,
    "spacy": docbin.read,
}
_PARTS: Mapping[str, Callable[[str], bool]] = {
    "eraser": eraser.is_part,
    "brat": lambda name: name.endswith((".txt", ".ann")),
    "texts": lambda name: name.endswith(".txt"),
    "huggingface": huggingface.is_part,
    "spacy": lambda name: name.endswith(docbin.SUFFIX),
}
"""Whether a file of this name, with its path in the folder, is read as a part of the format."""


def find_unread(folder: Path, format: str) -> list[str]:
    """Return the names of what a folder has and its reader leaves: other files, links, databases; not hidden ones."""
    read = {path for path in files_in(folder) if _PARTS[format](path.relative_to(folder).as_posix())}
    return [path.relative_to(folder).as_posix() for path in visible_in(folder) if path not in read]


def find_folder_format(folder: Path) -> str:
    """Return the format that a folder's files are in; raises BadInput if it is none of ours."""
    names = {path.name for path in folder.iterdir()}
    if names & set(eraser.SPLITS) and names & {"docs", "docs.jsonl"}:
        return "eraser"
    if {*huggingface.DESCRIPTIONS} & names or any(folder.glob("*.arrow")):
        return "huggingface"
    suffixes = {path.suffix for path in files_in(folder)}
    if docbin.SUFFIX in suffixes:
        return "spacy"
    if ".ann" in suffixes:
        return "brat"
    if ".txt" in suffixes:
        return "texts"
    expected = (
        "a file; or a folder of texts (.txt), of brat (.txt and .ann), of ERASER (docs and train.jsonl), of spaCy "
        "(.spacy), or a data set of Hugging Face"
    )
    raise BadInput(str(folder), [Fault(None, None, "a folder without files that belong together", expected)])
