"""Words that must not matter anywhere: made and withdrawn by a person, and taught to the rounds after that."""

from collections.abc import Callable
from dataclasses import asdict

import pytest

from annotator.errors import BadWordRule
from annotator.project.word_rules import add_rule, list_rules, withdraw_rule
from annotator.rounds.learning.training_set import build_training_set, training_set_of
from annotator.rounds.repeats import find_repeated
from annotator.rounds.settings import RoundSettings, resolve
from db.answers import annotations
from db.learning import rounds
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, word_rules


def answer(store: Store, person: Person, sentence: int, marks: str | None) -> int:
    new = NewAnnotation(sentence, person.id, "answer", f"key-{sentence:05}", label=1 if marks else 0, marks=marks)
    return annotations.add(store, new).id


def pool_marks(store: Store) -> list[str | None]:
    learned = build_training_set(store, up_to=annotations.last_id(store))
    return [example.marks for example in learned.examples["pool"]]


def test_a_rule_is_a_persons_act_which_is_listed_and_withdrawn(store: Store, ben: Person) -> None:
    assert add_rule(store, " Ship ", actor=ben) == "ship"
    add_rule(store, "SHIP", actor=ben)
    assert [(rule.word, rule.person) for rule in list_rules(store, actor=ben)] == [("ship", "Ben")]
    assert withdraw_rule(store, "Ship", actor=ben) == "ship"
    assert list_rules(store, actor=ben) == []
    deeds = [(row.action, row.detail) for row in reversed(audit.newest(store, 9))]
    assert deeds == [("word rule added", {"word": "ship"}), ("word rule withdrawn", {"word": "ship"})]


@pytest.mark.parametrize("word", ["", "  ", "a\nb", "x" * 257])
def test_what_is_no_word_is_refused(store: Store, word: str) -> None:
    with pytest.raises(BadWordRule, match="is not a word of 1 to 256 printable characters; give one word"):
        add_rule(store, word, actor=OWNER)


def test_only_a_rule_that_applies_can_be_withdrawn(store: Store) -> None:
    with pytest.raises(BadWordRule, match="There is no rule for 'ship'; `whylight word-rule list` shows"):
        withdraw_rule(store, "ship", actor=OWNER)


def test_a_rule_marks_its_word_in_every_answer_unless_people_marked_it_as_a_reason(store: Store, anna: Person) -> None:
    answer(store, anna, 1, "..+.")
    answer(store, anna, 2, ".+-.")
    answer(store, anna, 3, None)
    add_rule(store, "ship", actor=OWNER)
    assert pool_marks(store) == [".-+.", ".+-.", ".-.."]
    withdraw_rule(store, "ship", actor=OWNER)
    assert pool_marks(store) == ["..+.", ".+-.", None]


def test_a_rule_never_touches_dev_and_test(
    empty_store: Store, add_sentences: Callable[..., list[int]], anna: Person
) -> None:
    (dev,), (test,) = add_sentences(1, split="dev"), add_sentences(1, split="test")
    answer(empty_store, anna, dev, "..+.")
    last = answer(empty_store, anna, test, "..+.")
    add_rule(empty_store, "ship", actor=OWNER)
    learned = build_training_set(empty_store, up_to=last)
    assert [learned.examples[split][0].marks for split in ("dev", "test")] == ["..+.", "..+."]


def test_a_round_learns_under_the_rules_of_when_it_was_queued(store: Store, anna: Person) -> None:
    last = answer(store, anna, 1, "..+.")
    before = build_training_set(store, up_to=last)
    queued = rounds.queue(store, config={}, seed=0, last_annotation=last)
    with store.writing() as db:
        db.execute("UPDATE rounds SET created_ms = created_ms - 2000")
    add_rule(store, "ship", actor=OWNER)
    add_rule(store, "barge", actor=OWNER)
    rounds.advance(store, queued.id, "ready")
    twin = rounds.queue(store, config={}, seed=0, last_annotation=last, twin_of=queued.id)
    for learner in (rounds.read(store, queued.id), twin):
        assert training_set_of(store, learner) == before
    after = training_set_of(store, rounds.queue(store, config={}, seed=0, last_annotation=last))
    assert after.hash != before.hash
    assert after.counts(["none", "event"])["word_rules"] == 2
    assert after.counts(["none", "event"])["must_not_matter"] == 1


def test_a_round_under_other_rules_repeats_no_earlier_one(store: Store, anna: Person) -> None:
    last, settings = answer(store, anna, 1, "..+."), RoundSettings(encoder="static")
    config = asdict(resolve(settings, has_queries=False))
    queued = rounds.queue(store, config=config, seed=0, last_annotation=last)
    with store.writing() as db:
        db.execute("UPDATE rounds SET created_ms = created_ms - 2000")
    known = [rounds.read(store, queued.id)]
    assert find_repeated(store, settings, known=known) == known[0]
    add_rule(store, "ship", actor=OWNER)
    assert find_repeated(store, settings, known=known) is None
    withdraw_rule(store, "ship", actor=OWNER)
    assert find_repeated(store, settings, known=known) == known[0]


def test_a_rule_for_a_word_that_no_answer_has_changes_nothing_that_is_learned(store: Store, anna: Person) -> None:
    last = answer(store, anna, 1, "..+.")
    before = build_training_set(store, up_to=last)
    word_rules.add(store, "zeppelin", applies=True, person_id=None)
    after = build_training_set(store, up_to=last)
    assert (after.hash, after.examples) == (before.hash, before.examples)
