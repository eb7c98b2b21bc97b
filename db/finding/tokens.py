"""The words of sentences without the rest of them: a round reads those of the whole pool."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from db.store import Store


class SentenceTokens(NamedTuple):
    """The tokens of a sentence, and of its query if it has one."""

    id: int
    tokens: tuple[str, ...]
    query_tokens: tuple[str, ...] | None


def of_ids(store: Store, sentence_ids: Sequence[int]) -> list[SentenceTokens]:
    """Return the tokens of these visible sentences in this order; unknown ids are left out."""
    rows = store.db.execute(
        f"SELECT id, tokens, query_tokens FROM visible_sentences WHERE id IN ({_places(sentence_ids)})",
        list(sentence_ids),
    )
    known = {
        sentence_id: SentenceTokens(
            sentence_id, tuple(json.loads(tokens)), None if query is None else tuple(json.loads(query))
        )
        for sentence_id, tokens, query in rows
    }
    return [known[sentence_id] for sentence_id in sentence_ids if sentence_id in known]


def counts(store: Store, sentence_ids: Sequence[int]) -> list[int]:
    """Return how many tokens each of these visible sentences has, in this order."""
    rows = store.db.execute(
        f"SELECT id, token_count FROM visible_sentences WHERE id IN ({_places(sentence_ids)})", list(sentence_ids)
    )
    known = dict(rows.fetchall())
    return [known[sentence_id] for sentence_id in sentence_ids if sentence_id in known]


def _places(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
