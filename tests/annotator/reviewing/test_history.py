import pytest

from annotator.answering.queue import submit
from annotator.formats.answers.observed import OBSERVED_FIELDS, name_facts
from annotator.reviewing.history import sentence_history
from db.errors import UnknownSentence
from db.learning import rounds
from db.queue import claims, leases, slots
from db.records import OWNER, NewAnnotation, Observed, Person
from db.store import Store


def test_a_history_has_every_answer_with_its_person_and_the_lease(store: Store, anna: Person, ben: Person) -> None:
    shown = rounds.queue(store, config={}, seed=0, last_annotation=None).id
    (first, *_) = [slot.sentence_id for slot in slots.upcoming(store, 1)]
    external_id = f"pool-{first - 1}"
    for person, key, marks, seen in ((anna, "1", "..+.", None), (anna, "2", "+...", shown), (ben, "3", "...+", None)):
        leases.record(store, person.id, first)
        submit(store, person, NewAnnotation(first, person.id, "answer", key * 8, 1, marks, Observed(2.5, seen)))
    told = sentence_history(store, external_id, actor=OWNER)
    assert told["text"] == f"The ship sank w{first - 1}"
    assert [
        (each["person"], each["label"], each["marks"], each["superseded"], each["surplus"], each["round_shown"])
        for each in told["answers"]
    ] == [
        ("Anna", "event", "..+.", True, False, None),
        ("Anna", "event", "+...", False, False, shown),
        ("Ben", "event", "...+", False, True, None),
    ]
    assert told["leases"] == []


def test_a_history_has_all_that_was_observed_of_an_answer_known_or_not(store: Store, anna: Person) -> None:
    observed = Observed(
        seconds=2.5,
        note="Which ship?",
        seconds_to_first_mark=0.5,
        edits=3,
        shown=({"seconds": 0.0, "view": None, "strength": 0},),
        guidelines_version=None,
        flagged=True,
    )
    (slot,) = slots.upcoming(store, 1)
    leases.record(store, anna.id, slot.sentence_id)
    submit(store, anna, NewAnnotation(slot.sentence_id, anna.id, "answer", "key-00001", 1, "..+.", observed))
    (answer,) = sentence_history(store, f"pool-{slot.sentence_id - 1}", actor=OWNER)["answers"]
    assert {name: answer[name] for name in OBSERVED_FIELDS} == name_facts(observed)
    assert (answer["edits"], answer["guidelines_version"], answer["round_shown"]) == (3, None, None)


def test_a_history_says_who_holds_the_sentence(store: Store, anna: Person) -> None:
    slot = claims.claim(store, anna.id, held_out=False, lease_ms=60_000)
    assert slot is not None
    told = sentence_history(store, f"pool-{slot.sentence_id - 1}", actor=OWNER)
    assert [lease["person"] for lease in told["leases"]] == ["Anna"]
    assert told["answers"] == []


def test_a_sentence_that_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(UnknownSentence, match="no sentence 'pool-99'"):
        sentence_history(store, "pool-99", actor=OWNER)
