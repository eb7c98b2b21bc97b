import random
from dataclasses import replace

import pytest

from annotator.answering.queue import lease_ahead, submit
from annotator.errors import Deactivated
from db.answers import annotations
from db.corpus import sentences
from db.learning import rounds
from db.queue import claims, leases, slots
from db.records import NewAnnotation, Observed, Person
from db.store import Store
from db.team import people, project

ALWAYS_POOL = random.Random(0)


def ahead(store: Store, person: Person, holding: tuple[int, ...] = ()) -> list[int]:
    return [each.sentence.id for each in lease_ahead(store, person, holding=holding, count=3, rng=ALWAYS_POOL)]


def answer(person: Person, sentence_id: int, key: str = "answer-key-1", marks: str = "..+.") -> NewAnnotation:
    return NewAnnotation(sentence_id, person.id, "answer", key, label=1, marks=marks)


def expire_leases(store: Store) -> None:
    with store.writing() as db:
        db.execute("UPDATE slots SET lease_until_ms = 0 WHERE annotation_id IS NULL")


def test_a_dozen_sentences_are_leased_ahead(empty_store: Store, add_sentences, anna: Person) -> None:
    add_sentences(20)
    assert len({each.sentence.id for each in lease_ahead(empty_store, anna, rng=ALWAYS_POOL)}) == 12


def test_sentences_that_are_leased_ahead_are_kept(store: Store, anna: Person) -> None:
    first = ahead(store, anna)
    assert len(set(first)) == 3
    assert ahead(store, anna) == first


def test_sentences_come_in_the_order_in_which_they_were_leased(empty_store: Store, add_sentences, anna: Person) -> None:
    """Otherwise the held-out ones would always wait for the others."""
    add_sentences(3, split="dev")
    held_out = ahead(empty_store, anna)
    add_sentences(3)
    first, *others = lease_ahead(empty_store, anna, holding=held_out, count=4, rng=ALWAYS_POOL)[::-1]
    assert first.slot.split == "pool"
    assert [each.sentence.id for each in others[::-1]] == held_out


def test_an_answered_sentence_leaves_and_the_next_one_follows(store: Store, anna: Person) -> None:
    first = ahead(store, anna)
    assert submit(store, anna, answer(anna, first[0])).state == "saved"
    after = ahead(store, anna)
    assert after[:2] == first[1:]
    assert first[0] not in after


def test_the_same_submission_twice_is_saved_once(store: Store, anna: Person) -> None:
    (sentence, *_) = ahead(store, anna)
    assert submit(store, anna, answer(anna, sentence)) == submit(store, anna, answer(anna, sentence))
    assert len(annotations.of_sentences(store, [sentence])[sentence]) == 1


def test_answering_again_supersedes_and_fills_the_same_slot(store: Store, anna: Person) -> None:
    (sentence, *_) = ahead(store, anna)
    submit(store, anna, answer(anna, sentence))
    submit(store, anna, answer(anna, sentence, "answer-key-2", "+..."))
    log = annotations.of_sentences(store, [sentence])[sentence]
    assert [(each.marks, each.superseded, each.surplus) for each in log] == [
        ("..+.", True, False),
        ("+...", False, False),
    ]
    assert slots.counts(store)["filled"] == 1


def test_skipped_sentence_returns_to_the_queue_for_others(store: Store, anna: Person, ben: Person) -> None:
    (sentence, *_) = ahead(store, anna)
    submit(store, anna, NewAnnotation(sentence, anna.id, "skip", "skip-key-1"))
    assert sentence not in ahead(store, anna)
    assert sentence in {slot.sentence_id for slot in slots.upcoming(store, 10)}


def test_a_skip_takes_no_answer_back(store: Store, anna: Person) -> None:
    """The skip comes from a page that does not know of the answer."""
    (sentence, *_) = ahead(store, anna)
    submit(store, anna, answer(anna, sentence))
    receipt = submit(store, anna, NewAnnotation(sentence, anna.id, "skip", "skip-key-1"))
    assert (receipt.state, "that answer stays" in receipt.message) == ("rejected", True)
    assert slots.counts(store)["filled"] == 1
    assert annotations.newest(store, sentence, anna.id).kind == "answer"


def test_a_late_answer_is_taken_while_its_place_is_free(store: Store, anna: Person) -> None:
    (sentence, *_) = ahead(store, anna)
    expire_leases(store)
    assert submit(store, anna, answer(anna, sentence)).state == "saved"


WAYS_TO_LOSE_A_SENTENCE = {
    "its lease ran out": expire_leases,
    "its lease ran out and was tidied away": lambda s: (expire_leases(s), claims.release_abandoned(s)),
    "a round landed": lambda s: (land_round(s), claims.release_outdated(s, 1, keep=[])),
    "the server was started again": lambda s: s.close(),
}


def land_round(store: Store) -> None:
    landed = rounds.queue(store, config={}, seed=0, last_annotation=None)
    rounds.advance(store, landed.id, "ready")
    project.serve_round(store, landed.id)


@pytest.mark.parametrize("kind", ["answer", "skip"])
@pytest.mark.parametrize("way", WAYS_TO_LOSE_A_SENTENCE)
def test_a_sentence_that_was_given_once_may_be_answered_for_ever(store: Store, anna: Person, way: str, kind) -> None:
    (sentence, *_) = ahead(store, anna)
    WAYS_TO_LOSE_A_SENTENCE[way](store)
    label = 1 if kind == "answer" else None
    with Store.open(store.path) as after:
        assert submit(after, anna, NewAnnotation(sentence, anna.id, kind, "late-key-1", label=label)).state == "saved"


@pytest.mark.parametrize("kind", ["answer", "skip"])
def test_a_sentence_never_given_is_refused_in_the_words_for_one_that_does_not_exist(
    store: Store, anna: Person, ben: Person, kind
) -> None:
    (sentence, *_) = ahead(store, anna)
    label = 1 if kind == "answer" else None
    receipts = [
        submit(store, ben, replace(new, marks=marks, label=bad))
        for number in (sentence, 999, 10)
        for new in [NewAnnotation(number, ben.id, kind, "forged-key-1", label=label)]
        for marks, bad in ((None, label), *([("+", 1), (None, 77)] if label else []))
    ]
    assert {(each.state, each.message) for each in receipts} == {
        ("rejected", "You were never given this sentence; answer the one that your page shows.")
    }
    assert annotations.last_id(store) == 0


def test_a_person_s_answer_from_a_file_may_be_corrected(store: Store, ben: Person) -> None:
    annotations.add(store, NewAnnotation(3, ben.id, "answer", "key-of-a-file", label=1))
    assert submit(store, ben, answer(ben, 3)).state == "saved"


def test_deciding_over_others_answers_gives_nobody_the_sentence(store: Store, ben: Person) -> None:
    annotations.add(store, NewAnnotation(3, ben.id, "adjudicated", "decision-1", label=1))
    assert submit(store, ben, answer(ben, 3)).state == "rejected"


def test_a_late_answer_is_kept_as_surplus_when_its_place_was_taken(store: Store, anna: Person, ben: Person) -> None:
    (sentence, *_) = ahead(store, anna)
    expire_leases(store)
    assert ahead(store, ben)[0] == sentence
    receipt = submit(store, anna, answer(anna, sentence))
    assert receipt.state == "surplus"
    text = sentences.read(store, sentence).text
    assert receipt.message == f"“{text}” already had its answers; yours is kept as well."
    assert submit(store, ben, answer(ben, sentence, "answer-key-2")).state == "saved"
    assert slots.counts(store)["filled"] == 1


def test_where_two_answers_are_wanted_the_third_is_kept_as_surplus(
    empty_store: Store, add_sentences, anna: Person, ben: Person
) -> None:
    with empty_store.writing() as db:
        db.execute("UPDATE project SET overlap = 2")
    (sentence,) = add_sentences(1)
    cleo = people.add(empty_store, "Cleo")
    leases.record(empty_store, cleo.id, sentence)
    assert [ahead(empty_store, person) for person in (anna, ben, cleo)] == [[sentence], [sentence], []]
    states = [submit(empty_store, each, answer(each, sentence, f"key-of-{each.name}")).state for each in (cleo, anna)]
    assert states == ["surplus", "saved"], "both places are leased, and Cleo has neither"
    assert submit(empty_store, ben, answer(ben, sentence, "key-of-Ben")).state == "saved"
    assert slots.counts(empty_store)["filled"] == 2


def test_leasing_again_renews_the_leases_that_nobody_took_in_between(store: Store, anna: Person) -> None:
    first = ahead(store, anna)
    expire_leases(store)
    assert slots.counts(store)["leased"] == 0
    assert ahead(store, anna) == first
    assert slots.counts(store)["leased"] == 3


def test_leasing_again_gives_up_what_another_person_took_in_between(store: Store, anna: Person, ben: Person) -> None:
    first = ahead(store, anna)
    expire_leases(store)
    assert ahead(store, ben) == first
    assert not set(ahead(store, anna)) & set(first)


def test_bad_answers_are_rejected_with_a_reason_and_nothing_is_stored(store: Store, anna: Person, ben: Person) -> None:
    (sentence, *_) = ahead(store, anna)
    bad = answer(anna, sentence)
    refused = [
        submit(store, anna, replace(bad, marks="+")),
        submit(store, anna, replace(bad, label=5)),
        submit(store, anna, replace(bad, label=0)),
        submit(store, anna, replace(bad, sentence_id=999)),
        submit(store, anna, replace(bad, observed=Observed(saliency_round=9))),
        submit(store, ben, bad),
    ]
    assert {receipt.state for receipt in refused} == {"rejected"}
    assert all(receipt.message for receipt in refused)
    assert annotations.last_id(store) == 0


def test_a_person_deactivated_meanwhile_is_refused_at_the_next_action_and_gets_no_receipt(
    store: Store, anna: Person
) -> None:
    (sentence, *_) = ahead(store, anna)
    people.set_active(store, anna.id, False)
    assert anna.active, "what the page holds is older than the store"
    with pytest.raises(Deactivated, match="Anna was deactivated"):
        submit(store, anna, answer(anna, sentence))
    with pytest.raises(Deactivated):
        ahead(store, anna)
    assert annotations.last_id(store) == 0
    people.set_active(store, anna.id, True)
    assert submit(store, anna, answer(anna, sentence)).state == "saved", "the browser sends its draft again"


def test_another_person_s_key_gets_no_receipt(store: Store, anna: Person, ben: Person) -> None:
    (sentence, *_) = ahead(store, anna)
    submit(store, anna, answer(anna, sentence))
    assert submit(store, ben, answer(ben, sentence)).state == "rejected"


def test_held_out_sentences_are_mixed_in_and_used_when_the_pool_is_empty(
    empty_store: Store, add_sentences, anna: Person
) -> None:
    add_sentences(20)
    held_out = set(add_sentences(20, split="dev"))
    rng, drawn = random.Random(1), []
    for number in range(40):
        (assignment, *_) = lease_ahead(empty_store, anna, count=1, rng=rng)
        drawn.append(assignment.sentence.id)
        submit(empty_store, anna, answer(anna, drawn[-1], f"answer-key-{number}"))
    assert lease_ahead(empty_store, anna, rng=rng) == []
    assert 1 <= len(held_out & set(drawn[:20])) <= 10
    assert len(set(drawn)) == 40


def test_a_new_round_exchanges_only_what_was_not_shown(store: Store, anna: Person) -> None:
    shown, *not_shown = ahead(store, anna)
    head = [slot.sentence_id for slot in slots.upcoming(store, 7)][-2:]
    landed = rounds.queue(store, config={}, seed=0, last_annotation=None)
    slots.refill(store, landed.id, [slots.QueueEntry(sentence, "unsure", 0.5) for sentence in head])
    rounds.advance(store, landed.id, "ready")
    project.serve_round(store, landed.id)
    assert ahead(store, anna, holding=(shown, *not_shown)) == [shown, *head]
    assert not set(not_shown) & set(head)


@pytest.mark.parametrize("kind", ["answer", "skip"])
def test_an_undone_answer_may_be_given_again_after_it_was_saved(store: Store, anna: Person, kind) -> None:
    (sentence, *_) = ahead(store, anna)
    label = 0 if kind == "answer" else None
    submit(store, anna, NewAnnotation(sentence, anna.id, kind, "first-key-1", label=label))
    assert submit(store, anna, answer(anna, sentence)).state == "saved"
    assert slots.counts(store)["filled"] == 1
