"""What people answer on test, and what they mark on dev, reaches no model, no queue and no list of words."""

from dataclasses import replace

import pytest
import safetensors.numpy

from annotator.rounds.files import checkpoint_of
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from db.answers import annotations
from db.corpus import sentences
from db.learning import predictions, rounds
from db.learning.round_records import Prediction
from db.queue import queue_entries, slots
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from learner.acquisition_names import offered

pytestmark = pytest.mark.slow

QUICK = RoundSettings(steps=30, vectors="random", queue_size=8, loss="hinge")


@pytest.fixture
def answered(empty_store: Store, add_sentences, anna: Person) -> Store:
    """24 answers in the pool and 24 open sentences; 12 answers in each of dev and test, too few dev ones to stop by."""
    for split in ("pool", "dev", "test"):
        for sentence in add_sentences(12, split=split, words=(split, "ship", "sank")):
            add(empty_store, anna, sentence, 1, "..+.")
        for sentence in add_sentences(12 if split == "pool" else 0, split=split, words=(split, "boat", "slept")):
            add(empty_store, anna, sentence, 0, None)
    with empty_store.writing() as db:
        db.execute("DELETE FROM slots")
    slots.create_missing(empty_store)
    add_sentences(12, words=("A", "raft", "sank"))
    add_sentences(12, words=("A", "raft", "slept"))
    return empty_store


def add(store: Store, person: Person, sentence: int, label: int, marks: str | None) -> None:
    key = f"key-{sentence:05}-{label}"
    annotations.add(store, NewAnnotation(sentence, person.id, "answer", key, label=label, marks=marks))


def what_came_of(
    store: Store, settings: RoundSettings
) -> tuple[dict[str, bytes], list[queue_entries.Chosen], list[Prediction]]:
    """Return the weights of a new round, its queue, and what it shows of the pool."""
    queued = queue_round(store, settings=settings, actor=OWNER)
    work_on_round(store, queued.id)
    ended = rounds.read(store, queued.id)
    assert ended.state == "ready", ended.error
    weights = safetensors.numpy.load_file(checkpoint_of(store, ended.id) / "weights.safetensors")
    chosen = [replace(entry, round_id=0) for entry in queue_entries.of_round(store, ended.id)]
    shown = [replace(prediction, round_id=0) for prediction in predictions.of_round(store, ended.id)]
    return {name: array.tobytes() for name, array in sorted(weights.items())}, chosen, shown


@pytest.mark.parametrize("acquisition", offered(2))
def test_other_answers_on_dev_and_test_change_no_weight_no_queue_and_no_shading(
    answered: Store, anna: Person, acquisition: str
) -> None:
    settings = replace(QUICK, acquisition=acquisition)
    before = what_came_of(answered, settings)
    held_out = [one for page in sentences.pages(answered) for one in page if one.split != "pool"]
    for sentence in held_out:
        add(answered, anna, sentence.id, 0, None)
    assert what_came_of(answered, settings) == before
    assert not {entry.sentence_id for entry in before[1]} & {sentence.id for sentence in held_out}
