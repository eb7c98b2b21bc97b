"""Rounds as pages see them, without any model; and a trained round and its twin, which several tests ask."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotator.rounds.asking import scorer
from annotator.rounds.asking.scorer_messages import Sentence
from annotator.rounds.files import rounds_folder
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.overview import RoundsOverview
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from annotator.rounds.twins import queue_twin
from db.answers import annotations
from db.answers.annotations import PoolAnswers
from db.corpus import sentences
from db.learning import judgements, rounds
from db.learning.round_records import Round
from db.queue import slots
from db.records import OWNER, NewAnnotation, NewSentence, Split
from db.store import Store
from db.team import people
from learner.judging.judged import Judged, to_bytes

MINUTE_MS = 60_000


def a_round(number: int, **facts: Any) -> Round:
    """Return a round of 300 answers that took 20 s; a negative number is that of a twin."""
    began_ms = abs(number) * MINUTE_MS
    plain: dict[str, Any] = {
        **{"id": number, "state": "ready", "seed": 0, "device": None, "parent_round": None, "last_annotation": 300},
        **{"config": {"loss": "none" if number < 0 else "log-even", "encoder": "minilm", "model": "evidence"}},
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
        rounds=[one for one in shown if not one.is_companion],
        twins={one.twin_of: one for one in shown if one.twin_of is not None},
        seeds={
            one.seed_of: [again for again in shown if again.seed_of == one.seed_of and again.id > 0]
            for one in shown
            if one.seed_of
        },
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
        config = {"loss": "none" if twin_of else "log-even", "encoder": "minilm", "model": "evidence"}
        made = rounds.queue(store, config=config, seed=0, last_annotation=None, twin_of=twin_of)
        judgements.add(store, made.id, to_bytes(by_split))
        rounds.advance(store, made.id, "ready", training_set={"answers": 300, "marked": 200})
        return rounds.read(store, made.id)

    return judge


@pytest.fixture(scope="session")
def trained(new_store: Callable[..., Store], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose round 1 and its twin learned that `sank` means an event; ten open sentences, five of test."""
    path = tmp_path_factory.mktemp("trained") / "events.db"
    with new_store(path) as store:
        anna = people.add(store, "Anna", role="admin")
        import_id = sentences.begin_import(store, source="test", source_hash="", tokenizer="given")
        texts = [("The", "ship", verb, f"w{n}") for n in range(20) for verb in ("sank", "slept")]
        new = [_new(text, "pool") for text in texts]
        new += [_new(("A", "barge", "sank", f"b{n}"), "pool") for n in range(10)]
        new += [_new(("Her", "raft", "sank", f"r{n}"), "test") for n in range(5)]
        ids = sentences.add(store, import_id, new)
        sentences.finish_import(store, import_id)
        slots.create_missing(store)
        for sentence, text in zip(ids[:40], texts, strict=True):
            label, marks = (1, "..+.") if "sank" in text else (0, None)
            annotations.add(store, NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label, marks))
        settings = RoundSettings(steps=40, vectors="random", queue_size=10)
        work_on_round(store, queue_round(store, settings=settings, actor=OWNER).id)
        work_on_round(store, queue_twin(store, rounds.read(store, 1)).id)
    return path


def _new(text: tuple[str, ...], split: Split) -> NewSentence:
    starts = tuple(sum(len(token) + 1 for token in text[:place]) for place in range(len(text)))
    return NewSentence("-".join(text), " ".join(text), text, starts, split)


@pytest.fixture(scope="session")
def served(trained: Path) -> Iterator[Store]:
    """That project with its process running; moving the file away ends it."""
    with Store.open(trained) as store:
        assert scorer._connect(rounds_folder(trained.absolute())) is None, "no process runs"
        scorer.score(store, [1], [Sentence(("The", "ship"))], actor=OWNER)
        yield store
    trained.rename(trained.with_name("moved.db"))
