from collections.abc import Callable

import pytest

from annotator.answering.queue import submit
from annotator.errors import Deactivated
from annotator.project.people import set_active
from annotator.reviewing.my_work import PAGE_SIZE, Learned, learned, list_own, today
from db.answers import annotations
from db.finding import search
from db.learning import rounds
from db.queue import leases
from db.records import OWNER, NewAnnotation, Observed, Person
from db.store import Store
from db.team import people

Answer = Callable[..., None]


@pytest.fixture
def answer(store: Store) -> Answer:
    """Let a person answer, or skip, the sentence with this id."""
    search.index_missing(store)
    count = iter(range(10**6))

    def give(person: Person, sentence_id: int, *, label: int | None = 1, **more: object) -> None:
        kind, marks = ("skip", None) if label is None else ("answer", "..+." if label else None)
        key = f"browser-key-{next(count):05}"
        leases.record(store, person.id, sentence_id)
        observed = Observed(**more)  # type: ignore[arg-type]
        new = NewAnnotation(sentence_id, person.id, kind, key, label, marks, observed)
        assert submit(store, person, new).key == key

    return give


def texts(store: Store, person: Person, *arguments: object, **more: object) -> list[str]:
    rows, _ = list_own(store, person, *arguments, **more)  # type: ignore[arg-type]
    return [row["text"] for row in rows]


def test_only_what_counts_and_only_one_s_own(store: Store, anna: Person, ben: Person, answer: Answer) -> None:
    answer(anna, 1)
    answer(ben, 2)
    answer(anna, 3, label=None, note="Not English")
    answer(anna, 1, label=0)
    (row,), more = list_own(store, anna, "answered")
    assert (row["label"], row["words"], more) == ("none", [], None)
    (skipped,), _ = list_own(store, anna, "skipped")
    assert (skipped["label"], skipped["note"]) == ("skipped", "Not English")
    assert len(texts(store, ben, "answered")) == 1


def test_the_marked_words_are_listed(store: Store, anna: Person, answer: Answer) -> None:
    answer(anna, 1, flagged=True)
    (row,), _ = list_own(store, anna, "flagged")
    assert (row["words"], row["flagged"]) == ([row["text"].split()[2]], True)


def test_each_page_begins_where_the_last_one_ended(empty_store: Store, add_sentences, anna: Person) -> None:
    ids = add_sentences(PAGE_SIZE + 3)
    for number, sentence_id in enumerate(ids):
        leases.record(empty_store, anna.id, sentence_id)
        submit(empty_store, anna, NewAnnotation(sentence_id, anna.id, "answer", f"browser-key-{number}", 0))
    first, more = list_own(empty_store, anna, "answered")
    second, end = list_own(empty_store, anna, "answered", before=more)
    assert (len(first), len(second), end) == (PAGE_SIZE, 3, None)
    assert len({row["key"] for row in [*first, *second]}) == PAGE_SIZE + 3


def test_a_search_finds_words_among_one_s_own(store: Store, anna: Person, ben: Person, answer: Answer) -> None:
    for sentence_id in (1, 2, 3):
        answer(anna, sentence_id)
    answer(ben, 4)
    one = texts(store, anna, "answered")[0]
    assert texts(store, anna, "answered", search=one) == [one]
    assert texts(store, anna, "answered", search="no such words") == []
    assert texts(store, anna, "skipped", search=one) == []


def test_today_counts_corrections_once_and_leaves_out_what_was_before(
    store: Store, anna: Person, answer: Answer
) -> None:
    answer(anna, 1, seconds=4.0)
    answer(anna, 1, seconds=6.0)
    answer(anna, 2, seconds=8.0, flagged=True)
    answer(anna, 3, label=None)
    now = today(store, anna, since_ms=0)
    assert (now.answers, now.skips, now.flagged, now.seconds_each, now.left) == (2, 1, 1, 7.0, 8)
    assert today(store, anna, since_ms=2**62).answers == 0


def test_a_deactivated_person_sees_nothing(store: Store, anna: Person, ben: Person) -> None:
    set_active(store, "Ben", False, actor=OWNER)
    with pytest.raises(Deactivated):
        list_own(store, ben, "answered")


def test_all_marks_and_the_round_that_learned_from_them_are_listed(store: Store, anna: Person, answer: Answer) -> None:
    leases.record(store, anna.id, 3)
    submit(store, anna, NewAnnotation(3, anna.id, "answer", "browser-key-minus", 1, "-..."))
    answer(anna, 1)
    learned = rounds.queue(store, config={}, seed=0, last_annotation=annotations.last_id(store))
    rounds.advance(store, learned.id, "ready")
    answer(anna, 2, label=0)
    (none, event, minus), _ = list_own(store, anna, "answered")
    assert [row["round"] for row in (none, event, minus)] == [None, learned.id, learned.id]
    assert [row["no_words"] for row in (none, event, minus)] == [False, False, True]
    assert (minus["against"], minus["words"]) == ([minus["text"].split()[0]], [])


def test_a_person_learns_which_round_has_their_answers(store: Store, anna: Person, ben: Person, answer: Answer) -> None:
    answer(anna, 1)
    answer(anna, 1, label=0)
    answer(anna, 2, label=None)
    answer(ben, 3)
    assert learned(store, anna) is None
    for round_id in (1, 2):
        made = rounds.queue(store, config={}, seed=0, last_annotation=annotations.last_id(store) - (round_id == 1))
        rounds.advance(store, made.id, "ready", metrics={})
    answer(anna, 4)
    assert learned(store, anna) == Learned(round=2, answers=1, newer=1)
    assert learned(store, ben) == Learned(round=2, answers=1, newer=0)


def test_a_project_without_sentences_is_not_one_that_has_all_its_answers(empty_store: Store, add_sentences) -> None:
    anna = people.add(empty_store, "Anna")
    assert today(empty_store, anna, since_ms=0).is_empty
    add_sentences(1)
    assert not today(empty_store, anna, since_ms=0).is_empty
