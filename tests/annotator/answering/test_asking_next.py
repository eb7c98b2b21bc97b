"""Sets that people are asked to answer next: they come first, to those who are asked, and can be taken back."""

import random
from collections.abc import Sequence

import pytest

from annotator.answering.asking_next import ask_next, take_back
from annotator.answering.picking import pick_sentence
from annotator.answering.queue import keep_slots, lease_ahead, lease_slots, submit
from annotator.answering.screen import ScreenRequest, screen
from annotator.errors import BadPerson, BadSet
from annotator.project.sets import delete_set, list_sets, rename_set, save_set
from annotator.project.settings import SettingsChange, change_settings
from db.finding import pool_words
from db.finding.filters import SentenceFilter
from db.learning import rounds
from db.queue import claims, picks, set_requests, slots
from db.queue.slots import QueueEntry
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, people

POOL_FIRST = random.Random(0)


def save(store: Store, sentences: Sequence[int], name: str = "mine") -> str:
    return save_set(store, name, SentenceFilter(among=tuple(sorted(sentences))), {}, actor=OWNER).name


def ahead(store: Store, person: Person, holding: Sequence[int] = (), count: int = 4) -> list[int]:
    return [one.sentence.id for one in lease_ahead(store, person, holding=holding, count=count, rng=POOL_FIRST)]


def answer(store: Store, person: Person, sentence: int, kind: str = "answer") -> str:
    label = 1 if kind == "answer" else None
    new = NewAnnotation(sentence, person.id, kind, f"key-{person.id}-{sentence:05}", label)  # type: ignore[arg-type]
    return submit(store, person, new).state


def last_in_queue(store: Store, number: int) -> list[int]:
    """The sentences that the queue would hand out last."""
    return [slot.sentence_id for slot in slots.upcoming(store, 100)][-number:]


def test_a_set_comes_first_in_its_order_and_then_the_queue_goes_on(store: Store, anna: Person, ben: Person) -> None:
    chosen, queued = sorted(last_in_queue(store, 3)), [slot.sentence_id for slot in slots.upcoming(store, 7)]
    asked = ask_next(store, save(store, chosen), actor=anna)
    assert (asked.sentences, asked.left_out, asked.people) == (3, 0, ())
    assert ahead(store, ben, count=5) == [*chosen, *queued[:2]]
    assert audit.newest(store, 1)[0].detail == {"set": "mine", "of": "everybody", "sentences": 3}


def test_only_those_who_are_asked_get_it_first(store: Store, anna: Person, ben: Person) -> None:
    chosen, queued = sorted(last_in_queue(store, 3)), [slot.sentence_id for slot in slots.upcoming(store, 7)]
    ask_next(store, save(store, chosen), ["BEN"], actor=anna)
    assert ahead(store, anna, count=2) == queued[:2]
    assert ahead(store, ben, count=2) == chosen[:2]
    assert list_sets(store, actor=anna)[0].asked_of == ("Ben",)


def test_two_people_share_a_set_and_no_sentence_goes_to_both(store: Store, anna: Person, ben: Person) -> None:
    chosen = sorted(last_in_queue(store, 6))
    ask_next(store, save(store, chosen), actor=OWNER)
    assert (ahead(store, ben, count=3), ahead(store, anna, count=3)) == (chosen[:3], chosen[3:])
    for sentence in chosen[:3]:
        answer(store, ben, sentence)
    assert not set(ahead(store, ben, count=3)) & set(chosen)
    (listed,) = list_sets(store, actor=OWNER)
    assert (listed.answered, listed.left, listed.to_come) == (3, 3, 3)


def test_a_skipped_sentence_of_a_set_goes_to_the_next_person(store: Store, anna: Person, ben: Person) -> None:
    (chosen,) = last_in_queue(store, 1)
    ask_next(store, save(store, [chosen]), actor=OWNER)
    assert ahead(store, ben, count=1) == [chosen]
    assert answer(store, ben, chosen, kind="skip") == "saved"
    assert ahead(store, ben, count=1) != [chosen]
    assert ahead(store, anna, count=1) == [chosen]


def test_several_people_s_answers_are_asked_for_where_a_sentence_needs_them(
    store: Store, anna: Person, ben: Person
) -> None:
    change_settings(store, SettingsChange(overlap=2, overlap_share=1.0), actor=OWNER)
    (chosen,) = last_in_queue(store, 1)
    ask_next(store, save(store, [chosen]), actor=OWNER)
    for person in (anna, ben):
        assert ahead(store, person, count=1) == [chosen]
        assert answer(store, person, chosen) == "saved"
    assert list_sets(store, actor=OWNER)[0].to_come == 0


def test_a_set_that_is_asked_for_while_someone_works_comes_after_the_sentence_on_their_screen(
    store: Store, anna: Person, ben: Person
) -> None:
    held = ahead(store, ben, count=4)
    chosen = sorted(last_in_queue(store, 3))
    ask_next(store, save(store, chosen), actor=anna)
    now = keep_slots(store, ben, holding=held)
    assert [slot.sentence_id for slot in now][:4] == [held[0], *chosen]
    assert answer(store, ben, held[0]) == "saved"
    assert [slot.sentence_id for slot in keep_slots(store, ben, holding=chosen)][:3] == chosen


def test_what_someone_else_is_asked_for_leaves_my_sentences_alone(store: Store, anna: Person, ben: Person) -> None:
    held = ahead(store, ben, count=9)
    ask_next(store, save(store, last_in_queue(store, 1)), ["Anna"], actor=OWNER)
    assert not claims.holds_outdated(store, ben.id, keep=())
    assert [slot.sentence_id for slot in keep_slots(store, ben, holding=held)] == held


def test_dev_and_answered_and_leased_sentences_do_not_come(
    empty_store: Store, add_sentences, anna: Person, ben: Person
) -> None:
    pool, dev = add_sentences(4), add_sentences(2, split="dev")
    (held, *_) = ahead(empty_store, anna, count=1)
    (done, left, *_) = [each for each in pool if each != held]
    pick_sentence(empty_store, anna, f"pool-{done - 1}")
    answer(empty_store, anna, done)
    asked = ask_next(empty_store, save(empty_store, [held, done, left, *dev]), actor=OWNER)
    assert (asked.sentences, asked.left_out) == (2, 3)
    assert ahead(empty_store, ben, count=1) == [left]
    assert ahead(empty_store, ben, count=2)[1] != held, "Anna holds it"


def test_a_text_of_dev_does_not_come_from_the_pool(empty_store: Store, add_sentences, anna: Person) -> None:
    add_sentences(1, split="dev")
    empty_store.db.execute("UPDATE sentences SET split = 'dev'")
    (double,) = add_sentences(1)
    with empty_store.writing() as db:
        db.execute(
            """
            UPDATE sentences SET (tokens, starts, text, token_hash) =
                (SELECT tokens, starts, text, token_hash FROM sentences WHERE split = 'dev') WHERE id = ?
            """,
            [double],
        )
    with pytest.raises(BadSet, match="No sentence of “mine” is left to ask for"):
        ask_next(empty_store, save(empty_store, [double]), actor=OWNER)


def test_it_is_taken_back_and_the_sentence_on_screen_stays(store: Store, anna: Person, ben: Person) -> None:
    chosen, queued = sorted(last_in_queue(store, 4)), [slot.sentence_id for slot in slots.upcoming(store, 6)]
    ask_next(store, save(store, chosen), actor=anna)
    held = ahead(store, ben, count=4)
    assert held == chosen
    assert take_back(store, "Mine", actor=anna) == "mine"
    now = [slot.sentence_id for slot in keep_slots(store, ben, holding=held)]
    assert now[:3] == [held[0], *queued[:2]]
    assert answer(store, ben, held[0]) == "saved"
    assert list_sets(store, actor=anna)[0].asked_of == ()
    with pytest.raises(BadSet, match="No one is asked for “mine”"):
        take_back(store, "mine", actor=anna)


def test_a_set_deleted_while_it_is_answered_loses_no_answer(store: Store, anna: Person, ben: Person) -> None:
    chosen = sorted(last_in_queue(store, 3))
    ask_next(store, save(store, chosen), actor=anna)
    held = ahead(store, ben, count=3)
    delete_set(store, "mine", actor=anna)
    assert [answer(store, ben, sentence) for sentence in held[:2]] == ["saved", "saved"]
    now = keep_slots(store, ben, holding=held[2:])
    assert now[0].sentence_id == held[2]
    assert screen(store, ben, ScreenRequest(holding=held[2:]))["queue"][0]["reason"] == "Chosen by Anna: set “mine”."
    assert {row[0] for row in store.db.execute("SELECT count(*) FROM requested_sentences")} == {0}


def test_the_line_says_who_chose_it_and_by_which_set(store: Store, anna: Person, ben: Person) -> None:
    other, chosen = last_in_queue(store, 2)
    ask_next(store, save(store, [chosen]), actor=anna)
    assert [row["reason"] for row in screen(store, ben)["queue"]][:2] == [
        "Chosen by Anna: set “mine”.",
        "Next in random order.",
    ]
    rename_set(store, "mine", "Short reviews", actor=anna)
    assert screen(store, ben)["queue"][0]["reason"] == "Chosen by Anna: set “Short reviews”."
    ask_next(store, save(store, [other], "by the owner"), actor=OWNER)
    assert screen(store, ben)["queue"][0]["reason"] == "Chosen by the project's owner: set “by the owner”."
    take_back(store, "by the owner", actor=OWNER)
    ask_next(store, "by the owner", actor=ben)
    assert screen(store, ben)["queue"][0]["reason"] == "You chose it: set “by the owner”."


def test_the_last_request_leads_also_after_a_reload(store: Store, anna: Person, ben: Person) -> None:
    (second, first) = sorted(last_in_queue(store, 2))
    ask_next(store, save(store, [first], "a"), actor=anna)
    ask_next(store, save(store, [second], "b"), actor=anna)
    assert ahead(store, ben, count=3)[:2] == [second, first]
    assert ahead(store, ben, count=3)[:2] == [second, first], "a new page holds nothing yet"


def test_asking_again_replaces_who_is_asked(store: Store, anna: Person, ben: Person) -> None:
    chosen = sorted(last_in_queue(store, 2))
    ask_next(store, save(store, chosen), actor=OWNER)
    ask_next(store, "mine", ["Anna", "anna"], actor=OWNER)
    assert list_sets(store, actor=OWNER)[0].asked_of == ("Anna",)
    assert not set(ahead(store, ben, count=2)) & set(chosen)
    assert ahead(store, anna, count=2) == chosen


def test_what_was_asked_for_never_counts_as_drawn_at_random(store: Store, anna: Person, ben: Person) -> None:
    chosen, drawn = last_in_queue(store, 1), [slot.sentence_id for slot in slots.upcoming(store, 1)]
    ask_next(store, save(store, chosen), actor=anna)
    for sentence in ahead(store, ben, count=2):
        answer(store, ben, sentence)
    assert pool_words.drawn_at_random(store) == set(drawn)
    assert picks.picked_among(store, claims.held(store, ben.id), ben.id) == set()


def test_a_set_keeps_coming_first_when_a_round_lands(store: Store, anna: Person, ben: Person) -> None:
    chosen = sorted(last_in_queue(store, 2))
    ask_next(store, save(store, chosen), actor=anna)
    landed = rounds.queue(store, config={}, seed=0, last_annotation=None)
    rounds.advance(store, landed.id, "ready")
    first = slots.upcoming(store, 1)[0].sentence_id
    slots.refill(store, landed.id, [QueueEntry(first, "unsure", 1.0)])
    assert ahead(store, ben, count=3) == [*chosen, first]


def test_a_chosen_sentence_still_comes_before_a_set(store: Store, anna: Person, ben: Person) -> None:
    ask_next(store, save(store, last_in_queue(store, 2)), actor=anna)
    own = slots.upcoming(store, 1)[0].sentence_id
    picked = pick_sentence(store, ben, f"pool-{own - 1}")
    drawn = screen(store, ben, ScreenRequest(picked=picked))["queue"]
    assert (drawn[0]["sentence_id"], drawn[0]["reason"]) == (own, "You chose it.")


@pytest.mark.parametrize("name", ["Nobody", "gold", "Gone"])
def test_who_cannot_answer_is_not_asked(store: Store, anna: Person, name: str) -> None:
    people.add(store, "Gone", active=False)
    with pytest.raises(BadPerson):
        ask_next(store, save(store, [1]), [name], actor=anna)
    assert set_requests.live(store) == []


def test_a_claim_of_a_set_reads_its_sentences_in_order_and_sorts_nothing(store: Store) -> None:
    values = {"person": 1, "until": 1, "set": 1, "request": 1, "now": 1, "after": 0}
    plan = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {set_requests.CLAIM}", values)]
    assert not any(step.startswith("SCAN") and "project" not in step and "set_requests" not in step for step in plan), (
        plan
    )
    assert not any("TEMP B-TREE FOR ORDER" in step for step in plan), plan


def test_a_claim_does_not_search_again_through_what_is_done(store: Store, anna: Person, ben: Person) -> None:
    chosen = sorted(last_in_queue(store, 8))
    ask_next(store, save(store, chosen), actor=OWNER)
    for sentence in ahead(store, ben, count=6):
        answer(store, ben, sentence)
    lease_slots(store, anna, holding=(), count=1, rng=POOL_FIRST)
    left = [row[0] for row in store.db.execute("SELECT sentence_id FROM requested_sentences ORDER BY sentence_id")]
    assert left == chosen[6:]
