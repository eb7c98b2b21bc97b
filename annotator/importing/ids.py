"""The id of each row: its own, or one that depends on its content alone."""

import hashlib
from collections.abc import Sequence

from annotator.formats.rows import SentenceRow
from db.corpus.spool import Spool


def name_rows(spool: Spool, rows: Sequence[SentenceRow], *, may_repeat: bool = False) -> list[str]:
    """Return the rows' ids; a second row with the same content gets a different one, the same in every import.

    Where rows `may_repeat` a sentence, to add another person's answer, it gets the same.
    """
    if may_repeat:
        return [row.external_id or digest_of(row) for row in rows]
    contents = [None if row.external_id is not None else digest_of(row) for row in rows]
    unnamed = [content for content in contents if content is not None]
    times = spool.noted("times of text", unnamed) if unnamed else {}
    names = [row.external_id or _next(times, content or "") for row, content in zip(rows, contents, strict=True)]
    spool.note("times of text", times)
    return names


def digest_of(row: SentenceRow) -> str:
    """Return a hash of the row's text and query."""
    return hashlib.sha256(f"{row.text}\0{row.query or ''}".encode()).hexdigest()[:32]


def _next(times: dict[str, int], content: str) -> str:
    times[content] = times.get(content, 0) + 1
    return content if times[content] == 1 else f"{content}-{times[content]}"
