"""Names and ids as other tools take them."""

import hashlib
import re
from pathlib import PurePosixPath

_LONGEST_FILE_NAME = 255 - len(".txt")
_NO_FILE_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\\:*?\"<>|]")


def number_of(person: str, kind: str = "annotator") -> int | None:
    """Return the number of a person whom another tool knows by it, as in `annotator 7`."""
    name, _, number = person.rpartition(" ")
    return int(number) if name == kind and number.isdecimal() and str(int(number)) == number else None


def one_word(name: str) -> str:
    """Return a name without white space, for formats where that ends it."""
    return re.sub(r"\s", "_", name)


def file_name(id: str) -> str | None:
    """Return an id as the path of a file without its suffix; None if it cannot be one."""
    parts = id.split("/")
    if _NO_FILE_NAME.search(id) or any(part.endswith((".txt", ".ann")) for part in parts[:-1]):
        return None
    if any(not part or part.startswith(".") or len(part.encode()) > _LONGEST_FILE_NAME for part in parts):
        return None
    return str(PurePosixPath(*parts))


def made_name(id: str) -> str:
    """Return a file name for an id that is none itself."""
    return f"sentence-{hashlib.sha256(id.encode()).hexdigest()[:16]}"
