import sqlite3

import pytest

from db.answers import annotations
from db.learning import rounds
from db.queue import queue_entries, slots
from db.queue.queue_entries import Chosen
from db.queue.slots import QueueEntry
from db.records import NewAnnotation, Person
from db.store import Store


@pytest.fixture
def landed(store: Store) -> int:
    started = rounds.queue(store, config={}, seed=0, last_annotation=None)
    rounds.advance(store, started.id, "ready")
    return started.id


ENTRY = QueueEntry(3, "unsure", 0.9, None, {"margin": 0.95, "typical": 0.4}, "The two likeliest labels are close.")
DRAWN = QueueEntry(7, "random", None, 0.1, {}, "Drawn at random.")


def test_a_round_keeps_why_it_chose_each_sentence_and_in_which_place(store: Store, landed: int) -> None:
    queue_entries.add(store, landed, [ENTRY, DRAWN])
    first, second = queue_entries.of_round(store, landed)
    assert first == Chosen(landed, 3, 1, "unsure", 0.9, None, ENTRY.parts, ENTRY.why)
    assert second == Chosen(landed, 7, 2, "random", None, 0.1, {}, "Drawn at random.")
    assert queue_entries.find(store, landed, 7) == second
    assert queue_entries.find(store, landed, 5) is None


def test_a_sentence_keeps_why_every_round_chose_it_the_newest_first(store: Store, landed: int) -> None:
    later = rounds.queue(store, config={}, seed=1, last_annotation=None)
    queue_entries.add(store, landed, [ENTRY])
    queue_entries.add(store, later.id, [DRAWN, ENTRY])
    assert [(one.round_id, one.place) for one in queue_entries.of_sentence(store, 3)] == [(later.id, 2), (landed, 1)]


def test_a_held_out_or_answered_sentence_never_has_an_entry(
    store: Store, landed: int, add_sentences, anna: Person
) -> None:
    held_out = [*add_sentences(1, split="dev"), *add_sentences(1, split="test")]
    stored = annotations.add(store, NewAnnotation(3, anna.id, "answer", "key-00003", label=0))
    place = slots.place_for(store, anna.id, 3)
    assert place is not None
    slots.fill(store, place, anna.id, stored.id)
    queue_entries.add(store, landed, [ENTRY, DRAWN, *(QueueEntry(each, "random", None) for each in held_out)])
    assert [one.sentence_id for one in queue_entries.of_round(store, landed)] == [7]


@pytest.mark.parametrize("statement", ["UPDATE queue_entries SET why = ''", "DELETE FROM queue_entries"])
def test_the_record_stays(store: Store, landed: int, statement: str) -> None:
    queue_entries.add(store, landed, [ENTRY])
    with pytest.raises(sqlite3.IntegrityError, match="stays on record"), store.writing() as db:
        db.execute(statement)


def test_before_the_first_round_a_refill_leads_the_queue_and_the_next_one_undoes_it(store: Store) -> None:
    shuffled = [slot.sentence_id for slot in slots.upcoming(store, 10)]
    slots.refill(store, None, [QueueEntry(5, "start", 1.0), QueueEntry(2, "start", None)])
    head = slots.upcoming(store, 10)
    assert [(slot.sentence_id, slot.reason, slot.score) for slot in head[:2]] == [(5, "start", 1.0), (2, "start", None)]
    assert [slot.sentence_id for slot in head[2:]] == [each for each in shuffled if each not in (5, 2)]
    slots.refill(store, None, [])
    assert [slot.sentence_id for slot in slots.upcoming(store, 10)] == shuffled
