"""How many of some sentences, or of all, are in each split, answered, and of each label."""

import json
from collections.abc import Sequence

from db.counting import counts, label_of
from db.store import Store


def by_split(store: Store, sentence_ids: Sequence[int] | None = None) -> dict[str, int]:
    """Return how many of these sentences, or of all, are in each split."""
    which, values = _which(sentence_ids, "id")
    rows = store.db.execute(f"SELECT split, count(*) FROM visible_sentences {which} GROUP BY split", values)
    return dict(rows.fetchall())


def by_label(store: Store, sentence_ids: Sequence[int] | None = None) -> dict[int, int]:
    """Return how many of these sentences, or of all, have an answer that counts of each label.

    A sentence on which people disagree is counted under each of their labels.
    """
    which, values = _which(sentence_ids, "a.sentence_id")
    rows = store.db.execute(
        f"""
        SELECT {label_of()}, count(DISTINCT a.sentence_id) FROM annotations a INDEXED BY annotations_sentence
        {which} {"AND" if which else "WHERE"} a.label IS NOT NULL AND {counts()} GROUP BY {label_of()}
        """,
        values,
    )
    return dict(rows.fetchall())


def answered(store: Store, sentence_ids: Sequence[int] | None = None) -> int:
    """Count those of these sentences, or of all, that have an answer that counts."""
    which, values = _which(sentence_ids, "a.sentence_id")
    (number,) = store.db.execute(
        f"""
        SELECT count(DISTINCT a.sentence_id) FROM annotations a INDEXED BY annotations_sentence
        {which} {"AND" if which else "WHERE"} a.label IS NOT NULL AND {counts()}
        """,
        values,
    ).fetchone()
    return int(number)


def _which(sentence_ids: Sequence[int] | None, column: str) -> tuple[str, list[str]]:
    if sentence_ids is None:
        return "", []
    return f"WHERE {column} IN (SELECT value FROM json_each(?))", [json.dumps(list(sentence_ids))]
