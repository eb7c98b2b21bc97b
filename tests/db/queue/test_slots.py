import sqlite3
import threading

import pytest

from db.answers import annotations
from db.learning import rounds
from db.queue import claims, slots
from db.queue.slots import QueueEntry
from db.records import NewAnnotation, Person
from db.store import Store
from db.team import project

MINUTE_MS = 60_000


def claim(store: Store, person: Person, *, held_out: bool = False, lease_ms: int = MINUTE_MS) -> int | None:
    slot = claims.claim(store, person.id, held_out=held_out, lease_ms=lease_ms)
    return None if slot is None else slot.sentence_id


@pytest.fixture
def ready_round(store: Store) -> int:
    return land_round(store)


def land_round(store: Store) -> int:
    started = rounds.queue(store, config={}, seed=0, last_annotation=None)
    rounds.advance(store, started.id, "ready")
    project.serve_round(store, started.id)
    return started.id


def test_claims_come_in_a_shuffled_order_that_stays_the_same(store: Store, anna: Person) -> None:
    order = [slot.sentence_id for slot in slots.upcoming(store, 10)]
    assert sorted(order) == list(range(1, 11)) != order
    assert [claim(store, anna) for _ in range(10)] == order
    assert claim(store, anna) is None


def test_every_claim_is_on_record_for_good_and_with_its_commit(store: Store, anna: Person, ben: Person) -> None:
    with pytest.raises(ZeroDivisionError), store.writing():
        claim(store, ben)
        raise ZeroDivisionError
    first, second = claim(store, anna), claim(store, anna, lease_ms=-1)
    assert claim(store, ben) == second
    claims.release(store, anna.id, first)
    given = set(store.db.execute("SELECT person_id, sentence_id FROM leases"))
    assert given == {(anna.id, first), (anna.id, second), (ben.id, second)}
    assert claim(store, anna) == first, "and again"
    assert store.db.execute("SELECT count(*) FROM leases").fetchone() == (3,)
    for statement in ("DELETE FROM leases", "UPDATE leases SET first_ms = 0"):
        with pytest.raises(sqlite3.IntegrityError, match="stays on record"), store.writing() as db:
            db.execute(statement)


def test_two_people_never_hold_one_sentence(store: Store, anna: Person, ben: Person) -> None:
    held = [claim(store, person) for person in (anna, ben) * 5]
    assert sorted(held) == list(range(1, 11))


@pytest.mark.slow
def test_two_threads_never_get_one_sentence(empty_store: Store, add_sentences, anna: Person, ben: Person) -> None:
    add_sentences(1000)
    held: dict[int, list[int]] = {anna.id: [], ben.id: []}

    def work(person: Person) -> None:
        while (sentence := claim(empty_store, person)) is not None:
            held[person.id].append(sentence)
        empty_store.close()

    threads = [threading.Thread(target=work, args=[person]) for person in (anna, ben)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held[anna.id] + held[ben.id]) == list(range(1, 1001))
    assert min(map(len, held.values())) > 50


def test_an_expired_lease_goes_to_another_person(store: Store, anna: Person, ben: Person) -> None:
    taken = [claim(store, anna, lease_ms=-1) for _ in range(1)]
    assert claim(store, ben) == taken[0]


def test_renewing_keeps_what_no_one_else_has_taken(store: Store, anna: Person, ben: Person) -> None:
    lost, kept = claim(store, anna, lease_ms=-1), claim(store, ben)
    assert lost == kept
    second = claim(store, anna)
    assert [slot.sentence_id for slot in claims.renew(store, anna.id, lease_ms=MINUTE_MS)] == [second]


def test_no_one_gets_a_sentence_they_have_answered_or_skipped(store: Store, anna: Person) -> None:
    first = slots.upcoming(store, 1)[0].sentence_id
    annotations.add(store, NewAnnotation(first, anna.id, "skip", "skip-key-1"))
    assert first not in {claim(store, anna) for _ in range(9)}
    assert claim(store, anna) is None


@pytest.mark.parametrize(("shared", "index"), [(False, "slots_open"), (True, "slots_shared")])
def test_a_claim_walks_the_queue_index_and_sorts_nothing(store: Store, shared: bool, index: str) -> None:
    values = {"person": 1, "until": 1, "request": None, "held_out": False, "now": 1, "least": 0, "most": 1}
    plan = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {claims.CLAIMS[shared]}", values)]
    assert any(f"USING INDEX {index} (held_out=? AND priority>? AND priority<?)" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan
    assert not any(step.startswith("SCAN") and "project" not in step for step in plan), plan


def test_a_person_ahead_resumes_there_and_comes_back_at_the_end(store: Store, anna: Person, ben: Person) -> None:
    order = [slot.sentence_id for slot in slots.upcoming(store, 10)]
    assert claim(store, ben) == order[0]
    for sentence_id in order[1:4]:
        annotations.add(store, NewAnnotation(sentence_id, anna.id, "skip", f"skip-key-{sentence_id}"))
    claims.release(store, ben.id, order[0])
    assert [claim(store, anna) for _ in range(8)] == [*order[4:], order[0], None]


def test_a_rounds_head_comes_first_for_a_person_ahead_too(store: Store, anna: Person, ready_round: int) -> None:
    order = [slot.sentence_id for slot in slots.upcoming(store, 10)]
    annotations.add(store, NewAnnotation(order[5], anna.id, "skip", "skip-key-1"))
    slots.refill(store, ready_round, [QueueEntry(order[2], "unsure", 0.5)])
    assert [claim(store, anna) for _ in range(2)] == [order[2], order[6]]


def test_counts_follow_the_slots(store: Store, anna: Person) -> None:
    first, _, _ = [claim(store, anna) for _ in range(3)]
    answered = annotations.add(store, NewAnnotation(first, anna.id, "answer", "key-0001", label=0))
    slots.fill(store, slots.place_for(store, anna.id, first), anna.id, answered.id)
    assert slots.counts(store) == {"open": 9, "leased": 2, "filled": 1}
    assert slots.count_held_out_open(store) == 0


REFILLED = {"priority": 2.0, "reason": "unsure", "score": 0.5, "round": 1, "sentence": 1}


@pytest.mark.parametrize(
    ("statement", "values"),
    [(slots.REFILL, REFILLED), (slots.OPEN_SENTENCES, [1, 1000])],
    ids=["refill", "open sentences"],
)
def test_finding_a_sentences_slots_does_not_read_the_whole_pool(store: Store, statement, values) -> None:
    plan = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert len(plan) == 1 and "USING INDEX sqlite_autoindex_slots_1 (sentence_id" in plan[0], plan


def test_held_out_sentences_have_a_queue_of_their_own(empty_store: Store, add_sentences, anna: Person) -> None:
    pool, test = add_sentences(2), add_sentences(2, split="test")
    assert {claim(empty_store, anna, held_out=True) for _ in range(2)} == set(test)
    assert claim(empty_store, anna, held_out=True) is None
    assert {claim(empty_store, anna) for _ in range(2)} == set(pool)


def test_refill_puts_the_head_first_and_the_rest_in_its_old_order(store: Store, ready_round: int) -> None:
    before = [slot.sentence_id for slot in slots.upcoming(store, 10)]
    head = [before[7], before[3]]
    slots.refill(store, ready_round, [QueueEntry(sentence, "unsure", 0.5) for sentence in head])
    after = slots.upcoming(store, 10)
    assert [slot.sentence_id for slot in after] == head + [sentence for sentence in before if sentence not in head]
    assert [(slot.reason, slot.round_id) for slot in after[:3]] == [("unsure", ready_round)] * 2 + [("start", None)]


def test_the_next_refill_forgets_the_last_head(store: Store, ready_round: int) -> None:
    before = [slot.sentence_id for slot in slots.upcoming(store, 10)]
    slots.refill(store, ready_round, [QueueEntry(before[9], "unsure", 0.5)])
    slots.refill(store, ready_round, [QueueEntry(before[0], "random", 0.1)])
    assert [slot.sentence_id for slot in slots.upcoming(store, 10)] == before


def test_a_refill_never_lifts_held_out_sentences(empty_store: Store, add_sentences, ready_round: int) -> None:
    (dev,) = add_sentences(1, split="dev")
    slots.refill(empty_store, ready_round, [QueueEntry(dev, "unsure", 0.5)])
    row = empty_store.db.execute("SELECT priority < 1, reason, round_id FROM slots WHERE sentence_id = ?", [dev])
    assert row.fetchone() == (1, "held out", None)


def test_outdated_leases_go_back_apart_from_the_one_on_screen(store: Store, anna: Person) -> None:
    shown, *ahead = [claim(store, anna) for _ in range(3)]
    land_round(store)
    claims.release_outdated(store, anna.id, keep=[shown])
    assert [slot.sentence_id for slot in claims.renew(store, anna.id, lease_ms=MINUTE_MS)] == [shown]
    assert set(ahead) <= {slot.sentence_id for slot in slots.upcoming(store, 10)}
