"""What the answers that count say of each sentence, whatever was superseded, surplus or retired."""

import json

from db.answers import admissions, annotations, votes
from db.finding import pool_words
from db.queue import slots
from db.records import NewAnnotation
from db.team import project


def answer(store, person, sentence, label, *, marks=None, kind="answer", surplus=False):
    key = f"{person.name}-{sentence}-{label}-{kind}-{marks}"
    new = NewAnnotation(sentence, person.id, kind, key, label=label, marks=marks)
    return annotations.add(store, new, surplus=surplus).id


def test_only_the_newest_answer_of_a_person_is_a_vote(store, anna, ben) -> None:
    answer(store, anna, 1, 0)
    newest = answer(store, anna, 1, 1)
    last = answer(store, ben, 1, 1)
    assert votes.votes(store) == [(1, 1, 2, last, False)]
    assert newest < last


def test_a_surplus_answer_is_a_vote_once_it_is_admitted(store, anna, ben) -> None:
    answer(store, anna, 1, 0)
    late = answer(store, ben, 1, 1, surplus=True)
    assert [(vote.label, vote.answers) for vote in votes.votes(store)] == [(0, 1)]
    admissions.add(store, late, True, person_id=anna.id)
    assert [(vote.label, vote.answers) for vote in votes.votes(store)] == [(0, 1), (1, 1)]


def test_a_decision_and_a_retired_label_are_told_apart(store, anna, ben) -> None:
    answer(store, anna, 1, 0)
    answer(store, ben, 1, 1, kind="adjudicated")
    assert [(vote.label, vote.is_decision) for vote in votes.votes(store)] == [(0, False), (1, True)]
    project.set_retired(store, 0, True)
    assert [(vote.label, vote.is_decision) for vote in votes.votes(store)] == [(1, True)]


def test_votes_about_some_sentences_are_those_of_all(store, anna) -> None:
    for sentence in (1, 2, 3):
        answer(store, anna, sentence, sentence % 2)
    every = votes.votes(store)
    assert votes.votes(store, [3, 1]) == [every[0], every[2]]
    assert votes.votes(store, []) == []


def test_marks_come_with_their_label(store, anna, ben) -> None:
    answer(store, anna, 1, 1, marks="..+.")
    answer(store, ben, 1, 0)
    answer(store, anna, 2, 1, marks="+...")
    assert votes.marks(store, [1]) == [(1, 1, "..+.", False)]


def test_given_sentences_say_whether_chance_chose_them(store, anna) -> None:
    """1 is drawn at random, 2 unsure, 3 has its shuffled place, 5 is typical at the start; 4 came with its answer."""
    entries = [slots.QueueEntry(1, "random", None), slots.QueueEntry(2, "unsure", 0.5)]
    entries.append(slots.QueueEntry(5, "start", 0.9))
    slots.refill(store, None, entries)
    first = {}
    for sentence in (1, 2, 3, 5):
        first[sentence] = answer(store, anna, sentence, 0)
        second = answer(store, anna, sentence, 1)
        place = slots.place_for(store, anna.id, sentence)
        assert place is not None
        slots.fill(store, place, anna.id, second)
    answer(store, anna, 4, 1)
    expected = [(1, True, first[1]), (2, False, first[2]), (3, True, first[3]), (5, False, first[5])]
    assert votes.given(store) == expected
    assert pool_words.drawn_at_random(store) == {1, 3}, "what was typical of the pool was not drawn"


def test_a_hundred_thousand_named_sentences_fit_into_one_query(store, anna) -> None:
    answer(store, anna, 1, 1)
    assert len(json.dumps(list(range(100_000)))) > 500_000
    assert [vote.sentence_id for vote in votes.votes(store, range(100_000))] == [1]
