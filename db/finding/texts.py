"""Texts that several sentences share: the same words in the same order, letter for letter, with the same query.

White space between the words does not matter. The index `sentences_words` alone answers everything here,
in time that grows with the project, never with its square.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from db.records import SPLITS, Split
from db.store import Store

_MOST_TEXTS = 200
"""The number of texts per statement."""

_STRICTNESS = "CASE {split} WHEN 'test' THEN 2 WHEN 'dev' THEN 1 ELSE 0 END"
"""The place of a split in `SPLITS`: test is stricter than dev, and dev than pool."""

_MIXED = f"""
    WITH mixed AS MATERIALIZED (
        SELECT s.token_hash, s.query_tokens, max({_STRICTNESS.format(split="s.split")}) AS strictest
        FROM sentences s INDEXED BY sentences_words CROSS JOIN imports i ON i.id = s.import_id AND i.state = 'ready'
        GROUP BY s.token_hash, s.query_tokens HAVING min(s.split) <> max(s.split)
    )
"""
_COUNT = f"{_MIXED} SELECT count(*) FROM mixed"
_LAXER = f"""
    {_MIXED} SELECT s.id FROM mixed CROSS JOIN sentences s INDEXED BY sentences_words
        ON s.token_hash = mixed.token_hash AND s.query_tokens IS mixed.query_tokens
    WHERE {_STRICTNESS.format(split="s.split")} < mixed.strictest
"""
_ANSWERED = f"{_LAXER} AND EXISTS (SELECT 1 FROM annotations WHERE sentence_id = s.id)"
_ANSWERED_AND_COUNT = f"{_ANSWERED} UNION ALL SELECT -count(*) FROM mixed"
"""The number of mixed texts comes as one more row, below all ids, so that the project is grouped once."""
_IN_POOL = f"{_LAXER} AND s.split = 'pool'"


class Text(NamedTuple):
    """The columns that are the same for two sentences with the same text."""

    token_hash: bytes
    query_tokens: str | None


@dataclass(frozen=True)
class StraddlingText:
    """A text that is in more than one split, with its first sentence in each."""

    sentences: dict[Split, str]
    """Their ids, as in the source."""


def splits_of(store: Store, texts: Sequence[Text]) -> dict[Text, Split]:
    """Return the split of each text that visible sentences have; if there are several, the strictest."""
    splits, distinct = {}, list(dict.fromkeys(texts))
    for start in range(0, len(distinct), _MOST_TEXTS):
        chunk = distinct[start : start + _MOST_TEXTS]
        rows = store.db.execute(_splits_sql(len(chunk)), list(chain.from_iterable(chunk)))
        splits.update({Text(token_hash, query): split for token_hash, query, split in rows if split is not None})
    return splits


def with_the_text_of(store: Store, sentence_id: int) -> list[int]:
    """Return the visible sentences with the same text as this one, itself among them."""
    rows = store.db.execute(
        """
        SELECT s.id FROM sentences this
            JOIN sentences s INDEXED BY sentences_words
                ON s.token_hash = this.token_hash AND s.query_tokens IS this.query_tokens
            JOIN imports i ON i.id = s.import_id AND i.state = 'ready'
        WHERE this.id = ? ORDER BY s.id
        """,
        [sentence_id],
    )
    return [number for (number,) in rows]


def count_straddling(store: Store) -> int:
    """Count the texts that are in more than one split."""
    (number,) = store.db.execute(_COUNT).fetchone()
    return int(number)


def straddling(store: Store, *, limit: int) -> list[StraddlingText]:
    """Return up to `limit` texts that are in more than one split."""
    mixed = store.db.execute(f"{_MIXED} SELECT token_hash, query_tokens FROM mixed LIMIT ?", [limit]).fetchall()
    return [StraddlingText(_first_of_each_split(store, Text(*text))) for text in mixed]


def answered_elsewhere_held_out(store: Store) -> tuple[set[int], int]:
    """Return the answered sentences whose text is also in a stricter split than theirs, and `count_straddling`.

    These are pool sentences with a text of dev or test, and dev sentences with a text of test.
    """
    numbers = [number for (number,) in store.db.execute(_ANSWERED_AND_COUNT)]
    return {number for number in numbers if number > 0}, -min(numbers)


def pool_held_out_elsewhere(store: Store) -> set[int]:
    """Return the pool sentences whose text is also in dev or test."""
    return {sentence_id for (sentence_id,) in store.db.execute(_IN_POOL)}


def held_out_among(store: Store, sentence_ids: Sequence[int]) -> set[int]:
    """Return those of these sentences whose text is in dev or test, in their own split or another."""
    rows = store.db.execute(
        """
        SELECT id, token_hash, query_tokens FROM visible_sentences WHERE id IN (SELECT value FROM json_each(?))
        """,
        [json.dumps(list(sentence_ids))],
    )
    texts = {sentence_id: Text(token_hash, query) for sentence_id, token_hash, query in rows}
    splits = splits_of(store, list(texts.values()))
    return {sentence_id for sentence_id, text in texts.items() if splits.get(text) in ("dev", "test")}


def _splits_sql(count: int) -> str:
    """Return the query for `count` texts: each is looked up at most once per split, however many sentences have it."""
    seen = """
        EXISTS (SELECT 1 FROM sentences s INDEXED BY sentences_words CROSS JOIN imports i ON i.id = s.import_id
            WHERE s.token_hash = asked.token_hash AND s.query_tokens IS asked.query_tokens AND s.split = '{split}'
                AND i.state = 'ready')
    """
    cases = " ".join(f"WHEN {seen.format(split=split)} THEN '{split}'" for split in reversed(SPLITS))
    return f"""
        WITH asked (token_hash, query_tokens) AS (VALUES {", ".join(["(?, ?)"] * count)})
        SELECT token_hash, query_tokens, CASE {cases} END FROM asked
    """


def _first_of_each_split(store: Store, text: Text) -> dict[Split, str]:
    rows = store.db.execute(
        """
        SELECT first.split, f.external_id
        FROM (
            SELECT s.split, min(s.id) AS id
            FROM sentences s INDEXED BY sentences_words CROSS JOIN imports i ON i.id = s.import_id
            WHERE s.token_hash = ? AND s.query_tokens IS ? AND i.state = 'ready' GROUP BY s.split
        ) AS first JOIN sentences f ON f.id = first.id
        """,
        list(text),
    )
    return {split: external_id for split, external_id in rows}
