from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import CannotTrain
from annotator.rounds.learning.deciding import majority, newest
from annotator.rounds.learning.training_set import build_training_set, check_trainable
from db.answers import annotations
from db.records import Annotation, NewAnnotation, Person
from db.store import Store


def answers(*given: tuple[int, str | None]) -> list[Annotation]:
    return [
        Annotation(1, person, "answer", f"key-{person:05}", label=label, marks=marks)
        for person, (label, marks) in enumerate(given)
    ]


def test_one_answer_is_the_majority() -> None:
    assert majority(answers((1, "..+."))) == (1, "..+.")


def test_a_tie_has_no_label() -> None:
    assert majority(answers((0, None), (1, "..+."))) is None
    assert majority(answers((0, None), (1, "...."), (2, "...."))) is None


def test_a_word_is_marked_if_more_than_half_of_the_label_s_voters_marked_it() -> None:
    assert majority(answers((1, "++.-"), (1, "+..-"), (1, ".+-."), (0, None))) == (1, "++.-")
    assert majority(answers((1, "+..."), (1, "...."))) == (1, "....")
    assert majority(answers((1, "+..."), (1, "-..."), (1, "+...")))[1] == "+..."


def test_the_newest_answer_decides_where_that_is_asked_for() -> None:
    first, second = answers((0, None), (1, "..+."))
    older, later = replace(first, id=7), replace(second, id=4)
    assert newest([older, later]) == (0, None)
    assert newest([replace(first, id=2), later]) == (1, "..+.")


def test_those_without_marks_do_not_outvote_those_with_marks() -> None:
    assert majority(answers((1, None), (1, None), (1, "..+."))) == (1, "..+.")


def test_without_marks_from_anyone_there_is_no_rationale() -> None:
    assert majority(answers((0, None), (0, None))) == (0, None)


@given(st.lists(st.tuples(st.integers(0, 2), st.text("+-.", min_size=4, max_size=4)), min_size=1, max_size=7))
def test_the_majority_does_not_depend_on_the_order_of_people(voters: list[tuple[int, str]]) -> None:
    assert majority(answers(*voters)) == majority(answers(*reversed(voters)))


def store_answer(store: Store, person: Person, sentence: int, label: int, marks: str | None = None) -> int:
    key = f"{person.name}-{sentence}-{label}-{annotations.last_id(store)}"
    return annotations.add(store, NewAnnotation(sentence, person.id, "answer", key, label=label, marks=marks)).id


def test_only_answers_up_to_the_given_one_count(store: Store, anna: Person) -> None:
    first = store_answer(store, anna, 1, 1, "..+.")
    before = build_training_set(store, up_to=first)
    store_answer(store, anna, 1, 0)
    last = store_answer(store, anna, 2, 1, "+...")
    assert build_training_set(store, up_to=first) == before
    assert [(each.id, each.label, each.marks) for each in before.examples["pool"]] == [("pool-0", 1, "..+.")]
    after = build_training_set(store, up_to=last)
    assert [(each.label, each.marks) for each in after.examples["pool"]] == [(0, None), (1, "+...")]
    assert after.hash != before.hash


def test_skipped_and_withdrawn_answers_teach_nothing(store: Store, anna: Person, ben: Person) -> None:
    store_answer(store, anna, 1, 1, "..+.")
    annotations.add(store, NewAnnotation(1, anna.id, "withdrawn", "withdrawn-1"))
    annotations.add(store, NewAnnotation(2, ben.id, "skip", "skip-key-1"))
    assert build_training_set(store, up_to=9).examples == {"pool": [], "dev": [], "test": []}


def test_the_counts_tell_what_the_round_learns_from(
    empty_store: Store, add_sentences, anna: Person, ben: Person
) -> None:
    first, second, third = add_sentences(3)
    (dev,) = add_sentences(1, split="dev")
    store_answer(empty_store, anna, first, 1, "..+-")
    store_answer(empty_store, anna, second, 1, "....")
    store_answer(empty_store, anna, third, 1, "+...")
    store_answer(empty_store, ben, third, 0)
    store_answer(empty_store, anna, dev, 0)
    counts = build_training_set(empty_store, up_to=9).counts(["none", "event"])
    assert counts == {
        "answers": 2,
        "marked": 1,
        "must_not_matter": 1,
        "by_label": {"none": 0, "event": 2},
        "ties": 1,
        "retired": 0,
        "adjudicated": 0,
        "dev": 1,
        "test": 0,
        "texts_in_two_splits": 0,
        "left_out_of_pool": 0,
        "left_out_of_dev": 0,
        "word_rules": 0,
    }


def test_a_training_set_groups_the_texts_of_the_project_once(store: Store, anna: Person) -> None:
    last = store_answer(store, anna, 1, 1, "..+.")
    statements: list[str] = []
    store.db.conn.set_trace_callback(statements.append)
    build_training_set(store, up_to=last)
    store.db.conn.set_trace_callback(None)
    assert sum("GROUP BY s.token_hash" in each for each in statements) == 1


def test_too_little_to_learn_from_is_said_in_words(store: Store, anna: Person) -> None:
    with pytest.raises(CannotTrain, match="No pool sentence has been answered"):
        check_trainable(store, build_training_set(store, up_to=0))
    last = store_answer(store, anna, 1, 1, "..+.")
    with pytest.raises(CannotTrain, match="The only answer so far is 'event'"):
        check_trainable(store, build_training_set(store, up_to=last))
    last = store_answer(store, anna, 2, 0)
    check_trainable(store, build_training_set(store, up_to=last))
