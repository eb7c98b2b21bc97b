"""Sets: a search's sentences under a name, which stay as they are."""

import pytest

from annotator.errors import BadFilter, BadSet
from annotator.project.sets import delete_set, find_set, list_sets, rename_set, save_set
from annotator.reviewing.browsing import choose, list_sentences
from db.answers import annotations
from db.errors import AlreadyExists
from db.finding import sets
from db.finding.filters import EVERYTHING, SentenceFilter
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit


def found(store: Store, **asked: object) -> list[int]:
    rows, _ = list_sentences(store, choose(store, **asked), actor=OWNER)  # type: ignore[arg-type]
    return [row["sentence_id"] for row in rows]


def answer(store: Store, person: Person, sentence: int, label: int = 1) -> None:
    annotations.add(store, NewAnnotation(sentence, person.id, "answer", f"key-{sentence:06}", label))


def test_a_set_keeps_what_the_search_found_when_it_was_saved(store: Store, ben: Person) -> None:
    answer(store, ben, 4)
    answer(store, ben, 2)
    saved = save_set(store, " My  answers ", choose(store, person="Ben"), {"person": "Ben"}, actor=ben)
    assert (saved.name, saved.saved_by, saved.sentences, saved.search) == ("My answers", "Ben", 2, {"person": "Ben"})
    answer(store, ben, 7)
    assert found(store, set_name="MY ANSWERS") == [2, 4]
    assert audit.newest(store, 1)[0].detail == {"set": "My answers", "sentences": 2, "search": {"person": "Ben"}}


def test_a_set_counts_what_is_answered_and_what_is_left(store: Store, ben: Person) -> None:
    save_set(store, "first", SentenceFilter(among=(1, 2, 3)), {}, actor=ben)
    save_set(store, "all", EVERYTHING, {}, actor=OWNER)
    for sentence in (2, 3, 9):
        answer(store, ben, sentence)
    annotations.add(store, NewAnnotation(1, ben.id, "skip", "key-of-skip"))
    counted = [(one.name, one.saved_by, one.sentences, one.answered, one.left) for one in list_sets(store, actor=ben)]
    assert counted == [("all", None, 10, 3, 7), ("first", "Ben", 3, 2, 1)]


def test_a_set_is_a_filter_that_goes_with_the_others(store: Store, ben: Person) -> None:
    save_set(store, "first", SentenceFilter(among=(1, 2, 3, 4)), {}, actor=ben)
    answer(store, ben, 2)
    answer(store, ben, 9)
    assert found(store, set_name="first", answered=True) == [2]
    assert found(store, set_name="first", answered=False) == [1, 3, 4]
    assert found(store, set_name="first", among=[3, 8]) == [3]
    with pytest.raises(BadSet, match="no set 'second'; `whylight set list` shows its sets"):
        choose(store, set_name="second")
    with pytest.raises(BadFilter):
        choose(store, set_name="first", split="never")


def test_names_are_unique_whatever_their_case_and_free_again_after_a_deletion(store: Store, ben: Person) -> None:
    save_set(store, "Short ones", EVERYTHING, {}, actor=ben)
    save_set(store, "Others", EVERYTHING, {}, actor=ben)
    with pytest.raises(AlreadyExists, match="The set 'SHORT ones' already exists"):
        save_set(store, "SHORT ones", EVERYTHING, {}, actor=ben)
    with pytest.raises(AlreadyExists):
        rename_set(store, "Others", "\uff53hort ONES", actor=ben)
    assert rename_set(store, "others", "SHORT", actor=ben) == "SHORT"
    assert rename_set(store, "short", "Short", actor=ben) == "Short", "its own name in another case"
    assert delete_set(store, "short ones", actor=ben) == "Short ones"
    save_set(store, "short ones", EVERYTHING, {}, actor=ben)
    deeds = [(row.action, row.detail["set"]) for row in reversed(audit.newest(store, 4))]
    assert deeds == [
        *(("set renamed", "Others"), ("set renamed", "SHORT")),
        *(("set deleted", "Short ones"), ("set saved", "short ones")),
    ]


def test_a_deleted_set_is_gone_and_the_answers_to_it_stay(store: Store, ben: Person) -> None:
    save_set(store, "first", SentenceFilter(among=(1, 2)), {}, actor=ben)
    answer(store, ben, 1)
    deleted = find_set(store, "first").id
    delete_set(store, "first", actor=ben)
    assert (list_sets(store, actor=ben), sets.member_ids(store, deleted)) == ([], [])
    assert found(store, answered=True) == [1]
    with pytest.raises(BadSet, match="no set 'first'"):
        delete_set(store, "first", actor=ben)


@pytest.mark.parametrize(
    ("name", "why"), [(" \u200b ", "needs a name"), ("x" * 101, "at most 100"), ("a\x07", "print")]
)
def test_a_name_that_cannot_be_is_refused(store: Store, name: str, why: str) -> None:
    with pytest.raises(BadSet, match=why):
        save_set(store, name, EVERYTHING, {}, actor=OWNER)
    assert list_sets(store, actor=OWNER) == []


def test_nothing_found_is_no_set(store: Store) -> None:
    with pytest.raises(BadSet, match="finds no sentence, so there is nothing to save"):
        save_set(store, "none", SentenceFilter(split="dev"), {}, actor=OWNER)
