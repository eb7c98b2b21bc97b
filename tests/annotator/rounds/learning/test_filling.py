"""From the store to the queue: only pool sentences, the record of why, and orders before the first round."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotator.answering.queue import upcoming
from annotator.answering.screen import screen
from annotator.errors import CannotOrder, NotAllowed
from annotator.reviewing.browsing import describe_sentence
from annotator.rounds.learning import filling, ordering, process, teaching
from annotator.rounds.learning.filling import choose_head, texts_of
from annotator.rounds.learning.ordering import order_pool
from annotator.rounds.learning.pool_scores import PoolScores
from annotator.rounds.learning.training_set import TrainingSet, build_training_set
from annotator.rounds.settings import RoundSettings, resolve
from annotator.rounds.start import queue_round
from db.answers import annotations
from db.corpus import sentences
from db.learning import rounds
from db.queue import queue_entries, slots
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, people, project
from learner import registry
from learner.acquisition_names import KNOWN, line_of

QUICK = RoundSettings(steps=30, vectors="random", queue_size=10)
NAMES = (*registry.names("acquisition"), "0.7*margin+0.3*typical")


@pytest.fixture
def answered(empty_store: Store, add_sentences, anna: Person) -> Store:
    """12 answered pool sentences and 24 open ones; 6 answered dev and 6 answered test sentences, and 4 open ones."""
    for split, number in (("pool", 12), ("dev", 6), ("test", 6)):
        marked = ("Our", split, "sank") if split != "pool" else ("The", "ship", "sank")
        for place, sentence in enumerate(add_sentences(number, split=split, words=marked)):
            answer(empty_store, anna, sentence, place % 2)
    with empty_store.writing() as db:
        db.execute("DELETE FROM slots")
    slots.create_missing(empty_store)
    add_sentences(12, words=("A", "ship", "sank"))
    add_sentences(12, words=("The", "boat", "slept"))
    add_sentences(2, split="dev", words=("Her", "yacht", "sank"))
    add_sentences(2, split="test", words=("His", "raft", "sank"))
    return empty_store


def answer(store: Store, person: Person, sentence: int, label: int) -> None:
    marks = "..+." if label else None
    annotations.add(store, NewAnnotation(sentence, person.id, "answer", f"key-{sentence:05}", label=label, marks=marks))


@pytest.fixture
def scored(answered: Store, tmp_path: Path) -> tuple[Store, Any, TrainingSet, PoolScores]:
    """A trained model, and what it predicts for the pool."""
    settings = resolve(QUICK, has_queries=False)
    training_set = build_training_set(answered, up_to=annotations.last_id(answered))
    trained = teaching.teach(answered, training_set, settings)
    pool = filling.open_pool(answered)
    return answered, trained, training_set, process.score_sentences(answered, trained, pool, tmp_path / "saliency.npy")


def splits_of(store: Store, ids: list[int]) -> set[str]:
    return {sentence.split for sentence in sentences.of_ids(store, ids)}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_dev_or_test_is_chosen_or_changes_what_is(scored, name: str) -> None:
    """With other sentences, labels and marks in dev and test, each acquisition makes the very same queue."""
    store, trained, training_set, scores = scored
    settings = replace(QUICK, acquisition=name)
    head = choose_head(store, trained, training_set, scores, settings)
    assert splits_of(store, [entry.sentence_id for entry in head]) == {"pool"}
    others = {
        split: [replace(each, tokens=("Other", "words", "here", "now"), label=0, marks="++++") for each in examples]
        for split, examples in training_set.examples.items()
        if split != "pool"
    }
    changed = replace(training_set, examples=training_set.examples | others)
    assert choose_head(store, trained, changed, scores, settings) == head
    open_ids = set(slots.open_sentences(store))
    assert len(head) == 10
    assert {entry.sentence_id for entry in head} <= open_ids, "none that is answered"


@pytest.mark.slow
def test_no_acquisition_reads_a_sentence_of_dev_or_test(scored, monkeypatch: pytest.MonkeyPatch) -> None:
    store, trained, training_set, scores = scored
    asked: list[int] = []
    monkeypatch.setattr(filling, "texts_of", lambda store, ids: (asked.extend(ids.tolist()), texts_of(store, ids))[1])
    for name in NAMES:
        choose_head(store, trained, training_set, scores, replace(QUICK, acquisition=name))
    assert splits_of(store, asked) == {"pool"}


@pytest.mark.slow
def test_sentences_that_were_not_scored_can_be_drawn(scored) -> None:
    store, trained, training_set, scores = scored
    some = PoolScores(
        scores.sentence_ids[:6], scores.probabilities[:6], scores.labels[:6], scores.offsets[:7], scores.file
    )
    head = choose_head(store, trained, training_set, some, replace(QUICK, queue_size=24, acquisition="diffuse"))
    known = set(scores.sentence_ids[:6].tolist())
    assert len(head) == 24
    assert {entry.sentence_id for entry in head if entry.reason == "unsure"} <= known
    assert len([entry for entry in head if entry.reason == "random"]) >= 18


@pytest.mark.slow
def test_a_round_lands_with_the_record_of_why(answered: Store, ben: Person) -> None:
    settings = replace(QUICK, acquisition="0.5*margin+0.5*core-set")
    queued = queue_round(answered, settings=settings, actor=OWNER)
    process.work_on_round(answered, queued.id)
    assert rounds.read(answered, queued.id).error is None
    chosen = queue_entries.of_round(answered, queued.id)
    head = slots.upcoming(answered, 10)
    assert [(one.sentence_id, one.reason, one.score) for one in chosen] == [
        (slot.sentence_id, slot.reason, slot.score) for slot in head
    ]
    assert [one.place for one in chosen] == list(range(1, 11))
    assert all(one.parts.keys() == {"margin", "core-set"} for one in chosen if one.reason == "unsure")
    assert [one.probability for one in chosen if one.reason == "random"] == [2 / 24] * 2
    (first,) = sentences.of_ids(answered, [chosen[0].sentence_id])
    described = describe_sentence(answered, first.external_id, actor=OWNER)["chosen"]
    assert [one["why"] for one in described] == [chosen[0].why]
    assert "The model gives" in chosen[0].why
    lines = {drawn["sentence_id"]: drawn["reason"] for drawn in screen(answered, ben)["queue"]}
    assert lines[chosen[0].sentence_id] == line_of("margin"), "of equal parts, the first"
    assert not any(character.isdigit() for line in lines.values() for character in line)


@pytest.mark.slow
def test_a_round_that_is_cancelled_while_it_lands_records_nothing(answered: Store) -> None:
    queued = queue_round(answered, settings=QUICK, actor=OWNER)
    rounds.request_cancel(answered, queued.id)
    process.work_on_round(answered, queued.id)
    assert rounds.read(answered, queued.id).state == "cancelled"
    assert queue_entries.of_round(answered, queued.id) == []


# ---- before the first round


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No encoder is installed, so words are counted."""
    monkeypatch.setattr(ordering, "open_encoder", lambda store, settings: None)


@pytest.fixture
def three_kinds(empty_store: Store, add_sentences: Callable[..., list[int]]) -> Store:
    for words in (("The", "ship", "sank"), ("My", "dog", "barked"), ("We", "ate", "bread")):
        add_sentences(6, words=words)
    add_sentences(6, split="dev", words=("Held", "out", "words"))
    return empty_store


@pytest.mark.usefixtures("counted")
def test_typical_sentences_can_lead_the_queue_before_any_answer(three_kinds: Store, anna: Person) -> None:
    assert order_pool(three_kinds, "typical", actor=OWNER, size=4) == 4
    head = slots.upcoming(three_kinds, 30)
    assert {slot.split for slot in head} == {"pool"}
    assert len(head) == 18
    assert sum(slot.score is not None for slot in head[:4]) == 4, "a fifth of four is none"
    firsts = [sentences.read(three_kinds, slot.sentence_id).tokens[0] for slot in head[:3]]
    assert set(firsts) == {"The", "My", "We"}
    drawn = [each["reason"] for each in screen(three_kinds, anna)["queue"]]
    assert drawn.count(KNOWN["typical"].line) == 4
    assert audit.newest(three_kinds, 1)[0].detail == {"by": "typical", "size": 4, "seed": 0}


@pytest.mark.usefixtures("counted")
def test_an_order_before_the_first_round_keeps_why_it_chose_each_sentence(three_kinds: Store) -> None:
    order_pool(three_kinds, "typical", actor=OWNER, size=4)
    rows = upcoming(three_kinds, 5, actor=OWNER)
    assert [row["place"] for row in rows] == [1, 2, 3, 4, None]
    assert all(row["why"] and row["parts"].keys() == {"typical"} for row in rows[:4])
    order_pool(three_kinds, "typical", actor=OWNER, size=10, seed=1)
    chosen = [
        queue_entries.of_newest_order(three_kinds, row["sentence"]) for row in upcoming(three_kinds, 10, actor=OWNER)
    ]
    assert [one and one.place for one in chosen] == list(range(1, 11))
    drawn_at_random = [one for one in chosen if one and one.reason == "random"]
    assert len(drawn_at_random) == 2
    assert all(one.score is None and one.probability for one in drawn_at_random)
    order_pool(three_kinds, "random", actor=OWNER)
    assert {row["place"] for row in upcoming(three_kinds, 18, actor=OWNER)} == {None}


@pytest.mark.usefixtures("counted")
def test_an_order_reads_neither_dev_nor_test_nor_answers_to_them(
    answered: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(ordering, "texts_of", lambda store, ids: (asked.extend(ids.tolist()), texts_of(store, ids))[1])
    order_pool(answered, "typical", actor=OWNER)
    assert splits_of(answered, asked) == {"pool"}
    assert {words[0] for words, _ in ordering._answered(answered)} == {"The"}, "dev and test begin with Our"


@pytest.mark.usefixtures("counted")
def test_the_random_order_comes_back(three_kinds: Store) -> None:
    before = [slot.sentence_id for slot in slots.upcoming(three_kinds, 18)]
    order_pool(three_kinds, "typical", actor=OWNER)
    assert [slot.sentence_id for slot in slots.upcoming(three_kinds, 18)] != before
    assert order_pool(three_kinds, "random", actor=OWNER) == 0
    assert [slot.sentence_id for slot in slots.upcoming(three_kinds, 18)] == before


@pytest.mark.slow
def test_an_installed_encoder_reads_the_pool_for_its_order(
    three_kinds: Store, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = RoundSettings(encoder=str(tiny_encoder))
    monkeypatch.setattr(ordering, "RoundSettings", lambda: settings)
    read: list[tuple[int, int]] = []
    assert order_pool(three_kinds, "typical", actor=OWNER, size=9, progress=lambda *now: read.append(now)) == 9
    assert read[-1] == (18, 18)


def test_an_empty_pool_has_no_order(empty_store: Store) -> None:
    assert order_pool(empty_store, "typical", actor=OWNER) == 0


@pytest.mark.usefixtures("counted")
def test_only_a_researcher_orders_and_only_before_the_first_round(three_kinds: Store) -> None:
    annotator = people.add(three_kinds, "Ann", role="annotator")
    with pytest.raises(NotAllowed):
        order_pool(three_kinds, "typical", actor=annotator)
    with pytest.raises(CannotOrder, match="typical or random, not margin"):
        order_pool(three_kinds, "margin", actor=OWNER)
    started = rounds.queue(three_kinds, config={}, seed=0, last_annotation=None)
    rounds.advance(three_kinds, started.id, "ready")
    project.serve_round(three_kinds, started.id)
    with pytest.raises(CannotOrder, match="start a round with --acquisition typical"):
        order_pool(three_kinds, "typical", actor=OWNER)


def test_the_words_of_rows_come_in_the_order_of_the_rows(three_kinds: Store) -> None:
    ids = np.array([9, 2, 14])
    assert [words[0] for words, _ in texts_of(three_kinds, ids)] == ["My", "The", "We"]
