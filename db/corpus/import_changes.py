"""What an import changed of sentences that the project had: what was, and what is since. Undoing it needs both."""

import json
from typing import Any, Literal, NamedTuple

from db.store import Store

What = Literal["split", "metadata", "tag", "asked again"]


class Change(NamedTuple):
    """One thing that an import changed of one sentence."""

    sentence_id: int
    what: What
    before: Any
    """None where it added something, such as a tag."""
    after: Any


def record(store: Store, import_id: int, sentence_id: int, what: What, before: object, after: object) -> None:
    """Record a change, in the transaction that makes it."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO import_changes (import_id, sentence_id, what, before, after) VALUES (?, ?, ?, ?, ?)",
            [import_id, sentence_id, what, json.dumps(before), json.dumps(after)],
        )


def of_import(store: Store, import_id: int) -> list[Change]:
    """Return what an import changed, the last change first, as it is to be undone."""
    rows = store.db.execute(
        "SELECT sentence_id, what, before, after FROM import_changes WHERE import_id = ? ORDER BY id DESC", [import_id]
    )
    return [Change(number, what, json.loads(before), json.loads(after)) for number, what, before, after in rows]
