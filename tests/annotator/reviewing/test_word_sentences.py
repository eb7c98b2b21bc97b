"""A word's sentences: one's own marks on it, given and taken back; and a sentence chosen to be answered."""

from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from annotator.answering.picking import pick_sentence
from annotator.answering.queue import submit
from annotator.answering.screen import ScreenRequest, screen
from annotator.errors import CannotMark, CannotPick, NotAllowed
from annotator.project.people import add_person
from annotator.reviewing.word_sentences import (
    PAGE_SIZE,
    WordSentences,
    must_not_matter,
    sentences_with_word,
    still_observed,
    take_back,
)
from db.answers import annotations
from db.corpus import sentences
from db.finding import pool_words, search
from db.queue import leases, random_share, slots
from db.records import OWNER, Annotation, NewAnnotation, NewSentence, Observed, Person
from db.store import Store

WORDS = ("Ships", "sank", "near", "ships")


@pytest.fixture
def rita(empty_store: Store) -> Person:
    return add_person(empty_store, "Rita", role="researcher", actor=OWNER)


@pytest.fixture
def fleet(empty_store: Store, add_sentences) -> Store:
    """A project with five pool sentences, one dev sentence, and a pool sentence with a text of test."""
    add_sentences(5, words=WORDS)
    add_sentences(1, words=WORDS, split="dev")
    (again,) = add_sentences(1, words=WORDS)
    twice = sentences.read(empty_store, again)
    held_out = NewSentence("held out", twice.text, twice.tokens, twice.starts, "test")
    import_id = sentences.begin_import(empty_store, source="test", source_hash="", tokenizer="given")
    sentences.add(empty_store, import_id, [held_out])
    sentences.finish_import(empty_store, import_id)
    search.index_missing(empty_store)
    return empty_store


def answer(store: Store, person: Person, sentence_id: int, marks: str | None = "+....", label: int = 1) -> None:
    leases.record(store, person.id, sentence_id)
    observed = Observed(seconds=9.0, note="so", flagged=True)
    key = f"browser-key-{sentence_id:04}-{annotations.last_id(store)}"
    submit(store, person, NewAnnotation(sentence_id, person.id, "answer", key, label, marks, observed))


def external(store: Store, sentence_id: int) -> str:
    return sentences.read(store, sentence_id).external_id


def test_a_click_is_an_answer_that_supersedes_and_another_takes_it_back(fleet: Store, rita: Person) -> None:
    answer(fleet, rita, 1)
    must_not_matter(fleet, rita, external(fleet, 1), "ships")
    (own,) = sentences_with_word(fleet, rita, "ships").own
    assert (own.answer.marks, own.is_marked, own.answer.label) == ("-..-.", True, 1)
    assert (own.answer.observed.note, own.answer.observed.flagged, own.answer.observed.seconds) == ("so", True, None)
    take_back(fleet, rita, external(fleet, 1), "ships")
    log = annotations.of_sentences(fleet, [1])[1]
    assert [(one.marks, one.superseded) for one in log] == [("+....", True), ("-..-.", True), ("+....", False)]
    assert slots.held_by(fleet, log[-1].id) is not None, "the answer fills the place of the one it replaces"


@dataclass(frozen=True)
class LaterObserved(Observed):
    """What is observed once a fact was added to the record."""

    pulse: int | None = None


def test_only_what_is_named_stays_observed_and_no_fact_that_is_added_later() -> None:
    seen: dict[str, Any] = {one.name: f"what was seen of {one.name}" for one in fields(LaterObserved)}
    before = LaterObserved(**seen)
    assert all(getattr(before, one.name) != one.default for one in fields(LaterObserved))
    named = ("saliency_round", "marks_at_reveal", "note", "guidelines_version", "flagged", "suggestion")
    stays = Observed(**{name: seen[name] for name in named})
    assert still_observed(Annotation(1, 1, "answer", "key-00001", 1, "..+", before)) == stays
    imported = Annotation(1, 1, "answer", "key-00001", 1, "..+", before, import_id=1)
    assert still_observed(imported) == replace(stays, saliency_round=None, guidelines_version=None)


def test_a_mark_that_was_there_from_the_first_answer_is_taken_back_to_none(fleet: Store, rita: Person) -> None:
    answer(fleet, rita, 1, "-..-+")
    take_back(fleet, rita, external(fleet, 1), "ships")
    assert sentences_with_word(fleet, rita, "SHIPS").own[0].answer.marks == "....+"


def test_only_one_s_own_answers_and_only_the_pool_are_listed(fleet: Store, rita: Person, anna: Person) -> None:
    for sentence_id in (1, 6, 7):
        answer(fleet, rita, sentence_id)
    answer(fleet, anna, 2)
    found = sentences_with_word(fleet, rita, "ships")
    assert [own.sentence.id for own in found.own] == [1], "dev, and a text that is also in test, are left out"
    assert [one.id for one in found.open] == [3, 4, 5], "2 has all its answers"
    assert sentences_with_word(fleet, rita, "ship") == WordSentences("ship", (), None, ()), "which only begins one"
    with pytest.raises(CannotMark, match="is not a pool sentence"):
        must_not_matter(fleet, rita, external(fleet, 6), "ships")


def test_what_takes_no_marks_and_what_is_not_one_s_own_is_refused(fleet: Store, rita: Person, anna: Person) -> None:
    answer(fleet, rita, 1, None, label=0)
    answer(fleet, anna, 2)
    with pytest.raises(CannotMark, match="has no marks; open it"):
        must_not_matter(fleet, rita, external(fleet, 1), "ships")
    with pytest.raises(CannotMark, match="You have not answered"):
        must_not_matter(fleet, rita, external(fleet, 2), "ships")
    with pytest.raises(NotAllowed):
        must_not_matter(fleet, add_person(fleet, "Nils", role="annotator", actor=OWNER), external(fleet, 2), "ships")


def test_long_lists_come_in_pages(empty_store: Store, add_sentences, rita: Person) -> None:
    ids = add_sentences(PAGE_SIZE + 2, words=WORDS)
    search.index_missing(empty_store)
    for sentence_id in ids:
        answer(empty_store, rita, sentence_id, ".....")
    first = sentences_with_word(empty_store, rita, "ships")
    rest = sentences_with_word(empty_store, rita, "ships", after=first.next_after or 0)
    assert [own.sentence.id for own in (*first.own, *rest.own)] == ids
    assert rest.next_after is None


def test_a_sentence_that_a_person_chose_comes_first_and_is_not_one_that_chance_chose(
    fleet: Store, rita: Person
) -> None:
    screen(fleet, rita)
    picked = pick_sentence(fleet, rita, external(fleet, 4))
    data = screen(fleet, rita, ScreenRequest(holding=[1, 2], picked=picked))
    assert (data["queue"][0]["sentence_id"], data["queue"][0]["reason"], data["picked"]) == (4, "You chose it.", 4)
    for sentence_id in (3, 4):
        answer(fleet, rita, sentence_id)
    assert pool_words.drawn_at_random(fleet) == {3}
    assert random_share.answered_draws(fleet) == []


@pytest.mark.parametrize(("sentence_id", "why"), [(6, "in dev or test"), (7, "in dev or test"), (1, "all its answers")])
def test_dev_test_and_what_needs_no_answer_cannot_be_chosen(
    fleet: Store, rita: Person, anna: Person, sentence_id: int, why: str
) -> None:
    answer(fleet, anna, 1)
    with pytest.raises(CannotPick, match=why):
        pick_sentence(fleet, rita, external(fleet, sentence_id))
