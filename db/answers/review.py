"""Sentences that several people have answered."""

import json
from collections.abc import Collection

from db.counting import counts, is_newest
from db.store import Store
from db.team.people import GOLD


def shared_sentences(store: Store, *, limit: int, among: Collection[int] | None = None) -> list[int]:
    """Return the sentences, or those of them `among` these, that two or more people answered, last answered first.

    This reads the index of all answers once; the answers of `GOLD`, which came with a file, are left out.
    """
    rows = store.db.execute(
        f"""
        SELECT a.sentence_id FROM annotations a INDEXED BY annotations_sentence
        WHERE a.kind = 'answer' AND a.person_id IS NOT (SELECT id FROM people WHERE name = :gold) AND {counts()}
            AND (:among IS NULL OR a.sentence_id IN (SELECT value FROM json_each(:among)))
        GROUP BY a.sentence_id HAVING count(*) > 1 ORDER BY max(a.id) DESC LIMIT :limit
        """,
        {"gold": GOLD, "limit": limit, "among": None if among is None else json.dumps(list(among))},
    )
    return [row[0] for row in rows]


def flagged_sentences(store: Store, *, limit: int) -> list[int]:
    """Return the sentences that are flagged for discussion, last flagged first."""
    rows = store.db.execute(
        f"""
        SELECT a.sentence_id FROM annotations a INDEXED BY annotations_flagged
        WHERE a.flagged = 1 AND {is_newest()}
        GROUP BY a.sentence_id ORDER BY max(a.id) DESC LIMIT ?
        """,
        [limit],
    )
    return [row[0] for row in rows]


def surplus_sentences(store: Store, *, limit: int) -> list[int]:
    """Return the sentences with surplus answers that nothing supersedes, admitted or not, last answered first."""
    rows = store.db.execute(
        f"""
        SELECT a.sentence_id FROM annotations a INDEXED BY annotations_surplus
        WHERE a.surplus = 1 AND a.kind = 'answer' AND {is_newest()}
        GROUP BY a.sentence_id ORDER BY max(a.id) DESC LIMIT ?
        """,
        [limit],
    )
    return [row[0] for row in rows]
