"""The suffixes of files' names: what they mean, and which are refused for what a command writes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

Content = Literal["JSON lines", "a database", "a page"]

_OWN: Mapping[Content, tuple[str, ...]] = {
    "JSON lines": (".jsonl", ".ndjson"),
    "a database": (".db", ".sqlite", ".sqlite3"),
    "a page": (".html", ".htm"),
}
_TABLE, _ARCHIVE, _OFFICE = "a table", "an archive", "an office document"
_MEANING: Mapping[str, str] = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), _TABLE),
    **dict.fromkeys((".txt", ".text", ".md"), "plain text"),
    **dict.fromkeys((".xls", ".xlsx", ".ods"), "a spreadsheet"),
    **dict.fromkeys((".parquet", ".feather", ".arrow", ".orc", ".avro", ".npy", ".npz", ".h5", ".pkl"), "binary data"),
    **dict.fromkeys((".zip", ".bz2", ".xz", ".zst", ".7z", ".tar", ".tgz", ".rar"), _ARCHIVE),
    **dict.fromkeys((".doc", ".docx", ".odt", ".pdf", ".rtf"), _OFFICE),
    **dict.fromkeys((".conll", ".conllu", ".ann", ".bio", ".iob", ".iob2"), "annotations in columns"),
    **{".json": "one JSON value", ".xml": "XML", ".yaml": "YAML", ".yml": "YAML", ".gz": "gzip data"},
    ".spacy": "documents of spaCy",
    **dict.fromkeys((".jsonl", ".ndjson"), "JSON lines"),
    **dict.fromkeys((".db", ".sqlite", ".sqlite3"), "a database"),
    **dict.fromkeys((".html", ".htm"), "a page"),
}


def is_packed(path: Path) -> bool:
    """Return whether a file's name says that it is packed by gzip: it ends in .gz, in any case."""
    return path.name.lower().endswith(".gz")


def unpacked_suffix(name: str) -> str:
    """Return the suffix of a file's name in lower case, without the .gz of one that is packed; empty if it has none."""
    return Path(name.lower().removesuffix(".gz")).suffix


def contradiction(path: Path, content: Content) -> str | None:
    """Return a sentence that says why a file with this `content` cannot have this name; None if it can.

    JSON lines may be packed, with a name that ends in .gz. A suffix that is not listed here means no other format.
    """
    return other_meaning(path, content, _OWN[content], may_be_packed=content == "JSON lines")


def other_meaning(path: Path, content: str, own: Sequence[str], *, may_be_packed: bool) -> str | None:
    """Return what `contradiction` returns, for a content whose `own` suffixes the caller knows, the usual one first."""
    name = path.name.lower()
    suffix = Path(name.removesuffix(".gz") if may_be_packed else name).suffix
    if suffix in own or suffix not in _MEANING:
        return None
    ends = f"choose a name that ends in {_endings(own, may_be_packed=may_be_packed)}" if own else "choose another name"
    return f"{path} would hold {content}, but {suffix} means {_MEANING[suffix]}; {ends}."


def _endings(own: Sequence[str], *, may_be_packed: bool) -> str:
    return f"{own[0]} or {own[0]}.gz" if may_be_packed else own[0]
