"""The order of the pool before the first round: random, or typical sentences first."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotator.errors import CannotOrder
from annotator.progress import Progress
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.learning.filling import as_entries, texts_of
from annotator.rounds.learning.pool import open_pool
from annotator.rounds.learning.reading import open_encoder
from annotator.rounds.learning.training_set import build_training_set
from annotator.rounds.settings import RoundSettings, resolve
from db.answers import annotations
from db.queue import queue_entries, slots
from db.queue.slots import QueueEntry
from db.records import id_of
from db.store import Store
from db.team import audit, project
from learner.acquisition_names import BEFORE_THE_FIRST_ROUND, RANDOM

if TYPE_CHECKING:
    from learner.acquisition.vectors import Text, Vectorise
    from learner.encoders.frozen import FrozenEncoder

MOST_READ = 5_000
"""How many sentences, drawn at random, a pretrained encoder reads for an order: about half a minute on one core."""
MOST_COUNTED = 50_000
"""Of how many their words are counted where no encoder is installed."""


def order_pool(
    store: Store, by: str, *, actor: Actor, size: int = 500, seed: int = 0, progress: Progress | None = None
) -> int:
    """Order the pool before the first round, and return how many sentences are at the head of the queue.

    The other sentences follow in random order, and a fifth of the head is random too. Raises CannotOrder once a round
    has ordered the queue.
    """
    check_may_act(store, actor, least="researcher")
    _check(store, by)
    head = [] if by == RANDOM else _head(store, by, size=size, seed=seed, progress=progress)
    with store.writing():
        check_may_act(store, actor, least="researcher")
        _check(store, by)
        slots.refill(store, None, head)
        queue_entries.add_order(store, head, acquisition=by, seed=seed, person_id=id_of(actor))
        audit.record(store, actor, "queue ordered", {"by": by, "size": len(head), "seed": seed})
    return len(head)


def _check(store: Store, by: str) -> None:
    if by not in BEFORE_THE_FIRST_ROUND:
        raise CannotOrder(f"Before the first round, the order can be {' or '.join(BEFORE_THE_FIRST_ROUND)}, not {by}.")
    serving = project.read(store).serving_round
    if serving is not None:
        raise CannotOrder(
            f"Round {serving} has put the queue in order; for another one, start a round with --acquisition {by}."
        )


def _head(store: Store, by: str, *, size: int, seed: int, progress: Progress | None) -> list[QueueEntry]:
    from learner.acquisition.choosing import choose_queue
    from learner.acquisition.pool import Pool
    from learner.acquisition.vectors import TextFeatures

    pool, rng = open_pool(store), np.random.default_rng(seed)
    if not pool:
        return []
    encoder = open_encoder(store, resolve(RoundSettings(), has_queries=False))
    ids = rng.permutation(np.array(pool, dtype=np.int64))[: MOST_READ if encoder else MOST_COUNTED]
    features = TextFeatures(
        texts=lambda rows: texts_of(store, ids[rows]),
        answered=_answered(store),
        vectorise=_vectorise(store, encoder, ids, seed=seed, progress=progress),
    )
    even = np.full((len(ids), 2), 0.5, np.float32)  # no model: it is equally unsure of all
    chosen = as_entries(choose_queue(Pool(even, features=features), size=size, acquisition=by, rng=rng), ids)
    return [replace(entry, reason="start") for entry in chosen]


def _vectorise(
    store: Store,
    encoder: "FrozenEncoder | None",
    ids: NDArray[np.int64],
    *,
    seed: int,
    progress: Progress | None,
) -> "Vectorise":
    from learner.acquisition.vectors import counted, encoded

    texts = texts_of(store, ids)
    if encoder is None:
        return counted(texts, seed=seed)
    words, queries = zip(*texts, strict=True)
    encoder.read_ahead(words, queries, progress=progress)
    return encoded(encoder, seed=seed)


def _answered(store: Store) -> "Sequence[Text]":
    known = build_training_set(store, up_to=annotations.last_id(store)).examples["pool"]
    return [(example.tokens, example.query) for example in known]
