"""The formats that are folders, and which one a folder is in."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from annotator.formats.faults import BadInput, Fault, Faults
from annotator.formats.fields import Fields
from annotator.formats.rows import SentenceRow
from annotator.formats.tools import brat, docbin, eraser, huggingface, texts
from annotator.formats.tools.documents import files_in


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


def find_folder_format(folder: Path) -> str:
    """Return the format that a folder's files are in; raises BadInput if it is none of ours."""
    names = {path.name for path in folder.iterdir()}
    if names & set(eraser.SPLITS) and names & {"docs", "docs.jsonl"}:
        return "eraser"
    if {"dataset_dict.json", "dataset_info.json", "state.json"} & names or any(folder.glob("*.arrow")):
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
