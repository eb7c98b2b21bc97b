"""The names of files that commands write: a name that means another format is refused."""

from collections.abc import Mapping
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
    **dict.fromkeys((".conll", ".conllu", ".ann", ".iob"), "annotations in columns"),
    **{".json": "one JSON value", ".xml": "XML", ".yaml": "YAML", ".yml": "YAML", ".gz": "gzip data"},
    **dict.fromkeys((".jsonl", ".ndjson"), "JSON lines"),
    **dict.fromkeys((".db", ".sqlite", ".sqlite3"), "a database"),
    **dict.fromkeys((".html", ".htm"), "a page"),
}


def contradiction(path: Path, content: Content) -> str | None:
    """Return a sentence that says why a file with this `content` cannot have this name; None if it can.

    JSON lines may be packed, with a name that ends in .gz. A suffix that is not listed here means no other format.
    """
    name = path.name.lower()
    suffix = Path(name.removesuffix(".gz") if content == "JSON lines" else name).suffix
    if suffix in _OWN[content] or suffix not in _MEANING:
        return None
    expected = " or ".join(_OWN[content][:1] + ((".jsonl.gz",) if content == "JSON lines" else ()))
    return f"{path} would hold {content}, but {suffix} means {_MEANING[suffix]}; choose a name that ends in {expected}."
