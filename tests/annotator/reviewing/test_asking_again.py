"""A sentence that someone asks about again is to settle until there is a new decision."""

import sqlite3

import pytest

from annotator.reviewing.asking_again import ask_again
from annotator.reviewing.review import list_shared, list_with_reopened, settle
from db.answers import annotations
from db.errors import UnknownSentence
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, people


def is_settled(store: Store) -> dict[int, bool]:
    listed = list_with_reopened(store, list_shared(store, actor=OWNER), actor=OWNER)
    return {each.sentence_id: each.is_settled for each in listed}


def test_a_sentence_is_reopened_with_the_answers_of_its_file(store: Store, ben: Person) -> None:
    gold = people.add(store, people.GOLD, active=False)
    annotations.add(store, NewAnnotation(3, gold.id, "answer", "gold-key-3", 1, "+..."))
    assert ask_again(store, "pool-2", actor=ben)
    (reopened,) = list_with_reopened(store, [], actor=OWNER)
    assert [(each.person_id, each.label) for each in reopened.answers] == [(gold.id, 1)]
    assert (audit.newest(store, 1)[0].action, audit.newest(store, 1)[0].person) == ("asked again", "Ben")


def test_only_a_decision_from_afterwards_settles_it_and_it_can_be_reopened_once_more(
    store: Store, anna: Person, ben: Person
) -> None:
    for person in (anna, ben):
        annotations.add(store, NewAnnotation(1, person.id, "answer", f"key-of-{person.name}", 1))
    settle(store, anna, 1, label=1, marks=None, key="decision-1")
    assert is_settled(store) == {1: True}
    assert ask_again(store, "pool-0", actor=ben)
    assert is_settled(store) == {1: False}
    assert not ask_again(store, "pool-0", actor=anna), "asking twice is asking once"
    settle(store, anna, 1, label=1, marks=None, key="decision-2")
    assert is_settled(store) == {1: True}
    assert ask_again(store, "pool-0", actor=anna)
    assert is_settled(store) == {1: False}


def test_asking_can_be_taken_back(store: Store, anna: Person) -> None:
    annotations.add(store, NewAnnotation(1, anna.id, "answer", "key-00001", 1))
    assert not ask_again(store, "pool-0", asked=False, actor=anna)
    ask_again(store, "pool-0", actor=anna)
    assert ask_again(store, "pool-0", asked=False, actor=anna)
    assert is_settled(store) == {}
    assert [line.action for line in audit.newest(store, 2)] == ["no longer asked again", "asked again"]


def test_an_unknown_sentence_is_refused(store: Store, anna: Person) -> None:
    with pytest.raises(UnknownSentence, match="no sentence 'elsewhere'"):
        ask_again(store, "elsewhere", actor=anna)


@pytest.mark.parametrize("statement", ["UPDATE asked_again SET asked = 0", "DELETE FROM asked_again"])
def test_what_was_asked_stays_on_record(store: Store, anna: Person, statement: str) -> None:
    ask_again(store, "pool-0", actor=anna)
    with pytest.raises(sqlite3.IntegrityError, match="stays on record"), store.writing() as db:
        db.execute(statement)
