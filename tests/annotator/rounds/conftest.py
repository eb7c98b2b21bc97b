"""A trained round and its twin, which several tests ask about sentences."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotator.rounds import scorer
from annotator.rounds.process import work_on_round
from annotator.rounds.scorer_messages import Sentence
from annotator.rounds.start import RoundSettings, queue_round
from annotator.rounds.twins import queue_twin
from db import annotations, people, rounds, sentences, slots
from db.records import OWNER, NewAnnotation, NewSentence, Split
from db.store import Store


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
        assert not scorer.is_loaded(store)
        scorer.score(store, [1], [Sentence(("The", "ship"))], actor=OWNER)
        yield store
    trained.rename(trained.with_name("moved.db"))
