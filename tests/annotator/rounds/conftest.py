from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from annotator.rounds.start import RoundsOverview
from db import judgements, rounds
from db.annotations import PoolAnswers
from db.records import Round
from db.store import Store
from learner.judging.judged import Judged, to_bytes

MINUTE_MS = 60_000


def a_round(number: int, **facts: Any) -> Round:
    """Return a round of 300 answers that took 20 s; a negative number is that of a twin."""
    began_ms = abs(number) * MINUTE_MS
    plain: dict[str, Any] = {
        **{"id": number, "state": "ready", "seed": 0, "device": None, "parent_round": None, "last_annotation": 300},
        **{"config": {"loss": "none" if number < 0 else "log-mass", "encoder": "minilm", "model": "evidence"}},
        **{"training_set": {"answers": 300}, "training_set_hash": None, "metrics": {}, "checkpoint": None},
        **{"checkpoint_hash": None, "saliency_file": None, "saliency_hash": None, "started_by": None, "pid": None},
        **{"process": None, "heartbeat_ms": began_ms, "cancel_requested": False, "created_ms": began_ms},
        **{"finished_ms": began_ms + 20_000, "error": None, "begun_ms": began_ms},
    }
    return Round(**(plain | facts))


def an_overview(*shown: Round, serving: int | None = None) -> RoundsOverview:
    """Return what the page sees of these rounds and twins, given newest first."""
    return RoundsOverview(
        PoolAnswers(300, 300, 1, 0),
        rounds=[one for one in shown if one.twin_of is None],
        twins={one.twin_of: one for one in shown if one.twin_of is not None},
        next_id=max((one.id for one in shown), default=0) + 1,
        serving=serving,
        sentences=600,
        labels=2,
    )


def judged(right: Sequence[bool], *, share: float = 0.5, ids: Sequence[int] | None = None) -> Judged:
    """Return a model's judgement of as many sentences, each with two marked words of eight, and two labels."""
    n = len(right)
    gold = np.arange(n) % 2
    predicted = np.where(right, gold, 1 - gold)
    probabilities = np.full((n, 2), 0.2, dtype=np.float32)
    probabilities[np.arange(n), predicted] = 0.8
    two = np.full(n, 2, dtype=np.int32)
    return Judged(
        ids=np.arange(n) if ids is None else np.array(ids, dtype=np.int64),
        gold=gold.astype(np.int16),
        probabilities=probabilities,
        marked=two,
        unmarked=3 * two,
        precision=np.full(n, 0.4, dtype=np.float32),
        share=np.full(n, share, dtype=np.float32),
        looks=np.ones(n, dtype=bool),
        marked_positive=two,
        unmarked_positive=two,
        without_marked=(np.arange(n) % 4 == 0).astype(np.int8),
        without_others=np.array(right).astype(np.int8),
    )


@pytest.fixture
def make_round() -> Callable[..., Round]:
    return a_round


@pytest.fixture
def make_overview() -> Callable[..., RoundsOverview]:
    return an_overview


@pytest.fixture
def make_judged() -> Callable[..., Judged]:
    return judged


@pytest.fixture
def judge_round(store: Store) -> Callable[..., Round]:
    """Put a ready round, or a twin, with these judgements by split into the store."""

    def judge(twin_of: int | None = None, **by_split: Judged) -> Round:
        config = {"loss": "none" if twin_of else "log-mass", "encoder": "minilm", "model": "evidence"}
        made = rounds.queue(store, config=config, seed=0, last_annotation=None, twin_of=twin_of)
        judgements.add(store, made.id, to_bytes(by_split))
        rounds.advance(store, made.id, "ready", training_set={"answers": 300, "marked": 200})
        return rounds.read(store, made.id)

    return judge
