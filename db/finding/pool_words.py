"""Which sentences are in the pool, and their words alone: where a hundred thousand are read for one table."""

import json
from collections.abc import Iterator, Sequence

from db.counting import answered_here, by_chance
from db.store import Store

_AT_A_TIME = 5_000


def words_of(
    store: Store, sentence_ids: Sequence[int], *, having: str | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Yield the ids and the tokens of these sentences in the order given; what is not in the pool is left out.

    `having` leaves out sentences in which this word, in lower case, does not occur.
    """
    for start in range(0, len(sentence_ids), _AT_A_TIME):
        chunk = sentence_ids[start : start + _AT_A_TIME]
        rows = dict(_read(store, chunk))
        for sentence_id in chunk:
            if sentence_id in rows and (tokens := _tokens(rows[sentence_id], having)):
                yield sentence_id, tokens


def in_pool(store: Store, sentence_ids: Sequence[int]) -> list[int]:
    """Return those of these sentences that are in the pool and visible, by id."""
    rows = store.db.execute(
        "SELECT id FROM visible_sentences WHERE split = 'pool' AND id IN (SELECT value FROM json_each(?)) ORDER BY id",
        [json.dumps(list(sentence_ids))],
    )
    return [sentence_id for (sentence_id,) in rows]


def drawn_at_random(store: Store) -> set[int]:
    """Return the answered pool sentences that chance alone chose: they were given in random order, or at random."""
    rows = store.db.execute(
        f"""
        SELECT s.sentence_id FROM slots s
        WHERE s.held_out = 0 AND {answered_here()} GROUP BY s.sentence_id HAVING min({by_chance()})
        """
    )
    return {row[0] for row in rows}


def _read(store: Store, sentence_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    yield from store.db.execute(
        """
        SELECT id, tokens FROM visible_sentences
        WHERE split = 'pool' AND id IN (SELECT value FROM json_each(?))
        """,
        [json.dumps(list(sentence_ids))],
    )


def _tokens(row: str, having: str | None) -> list[str]:
    # The text of the JSON first: parsing it is the slow part.
    if having is not None and json.dumps(having, ensure_ascii=False)[1:-1] not in row.lower():
        return []
    tokens: list[str] = json.loads(row)
    return tokens if having is None or any(token.lower() == having for token in tokens) else []
