"""A GPU whose memory runs out in training: half as many sentences per step, three times at most."""

from typing import Any

import pytest
import torch

from annotator.rounds.learning.process import work_on_round
from annotator.rounds.learning.teaching import HALVINGS
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from annotator.wording import round_notes
from db.answers import annotations
from db.learning import rounds
from db.learning.round_records import Round
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from learner.models.cnn import EventCnn
from learner.training import run

pytestmark = pytest.mark.slow


def finish_on_a_gpu_that_holds(
    sentences: int, store: Store, monkeypatch: pytest.MonkeyPatch
) -> tuple[Round, list[int]]:
    """Work on a round whose training runs out of memory with more sentences per step; return it, and what was tried."""
    tried, train = [], run.train

    def train_if_it_fits(*examples: Any, **how: Any) -> Any:
        tried.append(how["config"].batch_size or EventCnn.recipe.batch_size)
        if tried[-1] > sentences:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return train(*examples, **how)

    monkeypatch.setattr(run, "train", train_if_it_fits)
    settings = RoundSettings(steps=2, vectors="random", loss="hinge", queue_size=2)
    queued = queue_round(store, settings=settings, actor=OWNER)
    work_on_round(store, queued.id)
    return rounds.read(store, queued.id), tried


@pytest.fixture
def answered(empty_store: Store, add_sentences, anna: Person) -> Store:
    for label, sentence in enumerate(add_sentences(8)):
        annotations.add(empty_store, NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label=label % 2))
    return empty_store


def test_the_training_begins_again_with_half_as_many_sentences_a_step(
    answered: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = EventCnn.recipe.batch_size
    ended, tried = finish_on_a_gpu_that_holds(whole // 4, answered, monkeypatch)
    assert (ended.state, tried) == ("ready", [whole, whole // 2, whole // 4])
    assert f"It trained with {whole // 4} sentences per step: the GPU's memory held no more." in round_notes(ended)


def test_a_round_that_fits_says_nothing_of_memory(answered: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, tried = finish_on_a_gpu_that_holds(EventCnn.recipe.batch_size, answered, monkeypatch)
    assert (ended.state, len(tried)) == ("ready", 1)
    assert not [note for note in round_notes(ended) if "memory" in note]


def test_a_round_that_still_does_not_fit_says_what_to_do(answered: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, tried = finish_on_a_gpu_that_holds(0, answered, monkeypatch)
    assert (ended.state, len(tried)) == ("failed", HALVINGS + 1)
    assert "There was not enough memory" in (ended.error or "")
    assert "--device cpu" in (ended.error or "")
