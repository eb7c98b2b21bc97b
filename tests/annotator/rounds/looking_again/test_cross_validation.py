"""What the models that look again learn from, and what is left out together."""

from dataclasses import replace

import numpy as np
import pytest

from annotator.errors import CannotLookAgain
from annotator.project.word_rules import add_rule
from annotator.rounds.looking_again.cross_validation import enough_answers, leave_out
from db.answers import annotations
from db.corpus import sentences
from db.learning import rounds
from db.learning.round_records import Round
from db.records import OWNER, NewAnnotation, NewSentence, Person
from db.store import Store
from learner.data.example import Example


def learned(store: Store, person: Person, answered: list[int]) -> Round:
    """Return a round of a second ago that learned from answers to these sentences, every other one an event."""
    for sentence in answered:
        new = NewAnnotation(sentence, person.id, "answer", f"key-{sentence:05}", sentence % 2)
        annotations.add(store, new)
    queued = rounds.queue(store, config={}, seed=0, last_annotation=annotations.last_id(store))
    return replace(queued, created_ms=queued.created_ms - 1000)


def test_a_rule_made_after_the_round_marks_no_word_for_a_look_by_its_settings(
    empty_store: Store, add_sentences, anna: Person
) -> None:
    ended = learned(empty_store, anna, add_sentences(20))
    add_rule(empty_store, "ship", actor=OWNER)
    training_set = enough_answers(empty_store, ended)
    assert training_set.rules == 0
    assert {example.marks for example in training_set.examples["pool"]} == {None}


def test_answers_to_equal_texts_are_left_out_together() -> None:
    examples = [Example((f"ship {row % 30}", "sank"), row % 2, id=f"s{row}") for row in range(60)]
    folds = leave_out(examples, folds=5, seed=0)
    assert folds[:30].tolist() == folds[30:].tolist()
    assert len(set(folds.tolist())) == 5


def test_the_same_words_under_other_queries_are_texts_of_their_own() -> None:
    examples = [Example(("a", "b"), 0, query=("who", str(row))) for row in range(10)]
    assert np.bincount(leave_out(examples, folds=5, seed=0)).tolist() == [2] * 5


def test_answers_to_equal_texts_are_counted_once(empty_store: Store, add_sentences, anna: Person) -> None:
    new = [NewSentence(f"copy-{n}", "It sank", ("It", "sank"), (0, 3), "pool") for n in range(3)]
    import_id = sentences.begin_import(empty_store, source="test", source_hash="", tokenizer="given")
    copies = sentences.add(empty_store, import_id, new)
    sentences.finish_import(empty_store, import_id)
    ended = learned(empty_store, anna, [*copies, *add_sentences(18)])
    with pytest.raises(CannotLookAgain, match="learned from 21 sentences with 19 different texts; to look again"):
        enough_answers(empty_store, ended)
