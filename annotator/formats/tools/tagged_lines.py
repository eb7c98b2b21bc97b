"""Lines with one token and its tags each, as in CoNLL files, recognised among tables and texts."""

import re
from collections.abc import Sequence

FEWEST_LINES = 2

_CHUNK_TAG = re.compile(r"O|[BIESLU]-\S+")
_TAG = re.compile(r"[A-Z]{1,6}\$?|[^\w\s]{1,5}|_")


def is_conll(lines: Sequence[str], separator: str | None = None) -> bool:
    """Return whether each line has a token and tags such as B-NAME, or is of CoNLL-U."""
    if has_docstart(lines):
        return True
    rows = columns(lines, separator)
    if rows is None:
        return False
    if len(rows[0]) == 10 and all(row[0].replace("-", "").replace(".", "").isdecimal() for row in rows):
        return True  # CoNLL-U
    return any(
        all(_CHUNK_TAG.fullmatch(row[place]) for row in rows) and any(row[place] != "O" for row in rows)
        for place in range(1, len(rows[0]))
    )


def is_tagged(lines: Sequence[str]) -> bool:
    """Return whether words, each with a tag, are in groups with blank lines between them."""
    rows = columns(lines, None)
    if rows is None or len(rows) <= FEWEST_LINES or not any(not line.strip() for line in lines[:-1]):
        return False
    return any(all(_TAG.fullmatch(row[place]) for row in rows) for place in range(1, len(rows[0])))


def has_docstart(lines: Sequence[str]) -> bool:
    """Return whether a document of CoNLL begins in the first lines."""
    return any(line.startswith("-DOCSTART-") for line in lines[:5])


def columns(lines: Sequence[str], separator: str | None) -> list[list[str]] | None:
    """Return the cells of each line if all have equally many, else None; tabs or spaces separate them by default."""
    filled = [line for line in lines if line.strip() and not line.startswith("# ")]
    if separator is None and all("\t" in line for line in filled):
        separator = "\t"
    rows = [[cell.strip() for cell in line.split(separator)] for line in filled]
    if len(rows) < FEWEST_LINES or len(rows[0]) < 2 or len({len(row) for row in rows}) > 1:
        return None
    return rows
