"""The sentences that pass a filter, by id and a page at a time.

The candidates are those of one index, which `db/finding/browse_plan.py` chooses. Where few of them pass, a page
stops after some thousands and says where to resume: no one waits for a million sentences.
"""

from collections.abc import Iterator
from typing import NamedTuple

from db.corpus import sentences
from db.finding.browse_plan import WINDOW, Plan, plan_of, window
from db.finding.filters import SentenceFilter
from db.records import Sentence
from db.store import Store

MOST_WINDOWS = 5
"""Reads after which a page or a count is left incomplete."""


class Page(NamedTuple):
    """A page of sentences in the order of their ids."""

    sentences: list[Sentence]
    resume_after: int | None
    """The id to resume after; None at the end. A page may be short, even empty, and not be the last."""


class Found(NamedTuple):
    """How many sentences pass a filter, as far as was counted."""

    number: int
    is_all: bool


def page(store: Store, chosen: SentenceFilter, *, after_id: int = 0, size: int = 25) -> Page:
    """Return the next sentences after that id, `size` at most."""
    ids, resume_after = _look(store, plan_of(store, chosen), after_id, size)
    return Page(sentences.of_ids(store, ids), resume_after)


def pages(store: Store, chosen: SentenceFilter, *, size: int = 500) -> Iterator[list[Sentence]]:
    """Yield all the sentences that pass, each page in a read of its own, so that a slow reader does not pin the log."""
    return (sentences.of_ids(store, ids) for ids in _all_ids(store, chosen, size))


def count(store: Store, chosen: SentenceFilter, *, at_most: int) -> Found:
    """Count the sentences that pass, up to `at_most`, and say whether that is all of them."""
    ids, resume_after = _look(store, plan_of(store, chosen), 0, at_most)
    return Found(len(ids), resume_after is None)


def count_all(store: Store, chosen: SentenceFilter) -> int:
    """Count the sentences that pass, however long that takes."""
    return sum(map(len, _all_ids(store, chosen, WINDOW)))


def all_ids(store: Store, chosen: SentenceFilter) -> list[int]:
    """Return the ids of all the sentences that pass, however long that takes."""
    return [sentence_id for found in _all_ids(store, chosen, WINDOW) for sentence_id in found]


def _look(store: Store, plan: Plan, after_id: int, size: int) -> tuple[list[int], int | None]:
    """Return the next ids that pass, `size` at most, and the id to resume after, or None at the end."""
    ids: list[int] = []
    for _ in range(MOST_WINDOWS):
        upto, is_last = window(store, plan, after_id)
        values = plan.values_between(after_id, upto) | {"size": size - len(ids) + 1}
        ids += [row[0] for row in store.db.execute(plan.query(), values)]
        if len(ids) > size:
            return ids[:size], ids[size - 1]
        if is_last:
            return ids, None
        after_id = upto
    return ids, after_id


def _all_ids(store: Store, chosen: SentenceFilter, size: int) -> Iterator[list[int]]:
    plan = plan_of(store, chosen)
    after_id: int | None = 0
    while after_id is not None:
        ids, after_id = _look(store, plan, after_id, size)
        if ids:
            yield ids
