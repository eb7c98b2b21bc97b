"""Tags: short words that people give to sentences."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

from db.store import Store, now_ms


def add(
    store: Store, tag: str, sentence_ids: Iterable[int], *, person_id: int | None, at_ms: int | None = None
) -> tuple[int, int]:
    """Tag these sentences, and return how many did not have the tag and the time that `take_back` takes."""
    with store.writing() as db:
        when = _later(store, tag, at_ms or now_ms())
        before = db.conn.total_changes
        db.conn.executemany(
            "INSERT INTO sentence_tags (tag, sentence_id, person_id, at_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            ((tag, sentence_id, person_id, when) for sentence_id in sentence_ids),
        )
        return db.conn.total_changes - before, when


def take_back(store: Store, tag: str, *, at_ms: int) -> int:
    """Remove a tag from the sentences that got it at this time, and return how many."""
    with store.writing() as db:
        return db.execute("DELETE FROM sentence_tags WHERE tag = ? AND at_ms = ?", [tag, at_ms]).rowcount


def remove(store: Store, tag: str, sentence_ids: Sequence[int]) -> int:
    """Remove a tag from these sentences, and return how many had it."""
    with store.writing() as db:
        return db.execute(
            "DELETE FROM sentence_tags WHERE tag = ? AND sentence_id IN (SELECT value FROM json_each(?))",
            [tag, json.dumps(list(sentence_ids))],
        ).rowcount


def counts(store: Store) -> dict[str, int]:
    """Return how many sentences have each tag, by tag."""
    return dict(store.db.execute("SELECT tag, count(*) FROM sentence_tags GROUP BY tag ORDER BY tag").fetchall())


def of_sentences(store: Store, sentence_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the tags of these sentences, by sentence; those without any are left out."""
    rows = store.db.execute(
        """
        SELECT t.sentence_id, t.tag FROM json_each(?) ids CROSS JOIN sentence_tags t INDEXED BY sentence_tags_sentence
            ON t.sentence_id = ids.value
        ORDER BY t.tag
        """,
        [json.dumps(list(sentence_ids))],
    )
    found: dict[int, list[str]] = defaultdict(list)
    for sentence_id, tag in rows:
        found[sentence_id].append(tag)
    return dict(found)


def _later(store: Store, tag: str, at_ms: int) -> int:
    """Return a time after every earlier act with this tag, so that one act alone can be taken back."""
    (newest,) = store.db.execute("SELECT max(at_ms) FROM sentence_tags WHERE tag = ?", [tag]).fetchone()
    return at_ms if newest is None or newest < at_ms else int(newest) + 1
