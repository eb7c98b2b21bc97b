"""Sentences that are tried on the models of rounds, with a word changed, and each person's list of them."""

import json

import pytest

from annotator.errors import CannotScore
from annotator.names import LONGEST_ID
from annotator.project.word_rules import LONGEST_RULE
from annotator.rounds.asking.model_message import ModelMessage, SentenceAct, WordChange, read_model_message
from annotator.rounds.asking.trying import change_word, list_tried, remove_tried, rounds_to_try, try_sentence
from db.learning import rounds, tried
from db.records import OWNER, Person
from db.store import Store
from db.team import people


@pytest.fixture
def rita(served: Store) -> Person:
    return people.add(served, f"Rita {len(people.all_of(served))}", role="researcher")


@pytest.mark.slow
def test_a_changed_word_shows_both_versions_and_which_label_flips(served: Store, rita: Person) -> None:
    first = try_sentence(served, " The ship sank. ", [1, -1], actor=rita)
    assert first.before.text == "The ship sank."
    assert [one.label for one in first.before.scored] == ["event", "event"]
    assert [len(one.saliency) for one in first.before.scored] == [4, 4]
    assert (first.change, first.flips) == (None, (False, False))
    changed = change_word(served, first.before.text, 2, "slept", first, actor=rita)
    assert changed.change is not None
    assert (changed.change.word, changed.change.instead) == ("sank", "slept")
    assert changed.change.after.text == "The ship slept."
    assert [one.label for one in changed.change.after.scored] == ["none", "none"]
    assert changed.flips == (True, True)
    # Beside another sentence in its batch, a number's last digit may be rounded otherwise.
    for again, alone in zip(changed.before.scored, first.before.scored, strict=True):
        assert (again.label, again.explained) == (alone.label, alone.explained)
        assert (again.probability, *again.saliency) == pytest.approx((alone.probability, *alone.saliency), abs=2e-6)


@pytest.mark.slow
def test_what_was_tried_is_kept_for_the_person_who_tried_it(served: Store, rita: Person) -> None:
    first = try_sentence(served, "The ship sank.", [1], actor=rita)
    second = change_word(served, "The ship sank.", 1, "", first, actor=rita)
    assert list_tried(served, actor=rita) == [second, first]
    assert list_tried(served, actor=OWNER) == []
    remove_tried(served, second.id, actor=OWNER)
    assert list_tried(served, actor=rita) == [second, first]
    remove_tried(served, second.id, actor=rita)
    assert list_tried(served, actor=rita) == [first]


@pytest.mark.slow
def test_the_only_word_of_a_sentence_cannot_be_deleted(served: Store, rita: Person) -> None:
    first = try_sentence(served, "Sank", [1], actor=rita)
    with pytest.raises(CannotScore, match="There is no word to try; type a sentence"):
        change_word(served, "Sank", 0, "", first, actor=rita)


@pytest.mark.slow
def test_a_list_that_someone_else_wrote_is_read_with_care(served: Store, rita: Person) -> None:
    good = try_sentence(served, "The ship sank.", [1], actor=rita)
    row = json.loads(tried.of_person(served, rita.id, most=1)[0].results)
    for spoilt in (
        "[]",
        json.dumps(row | {"rounds": [1, -1]}),
        json.dumps(row | {"before": {"text": "The", "scored": row["before"]["scored"]}}),
        json.dumps(row | {"before": {"text": "", "scored": []}}),
    ):
        tried.add(served, "x", spoilt, person_id=rita.id)
    assert list_tried(served, actor=rita) == [good]


def test_only_rounds_with_files_can_be_tried(store: Store) -> None:
    for number in (1, 2, 3, 4):
        rounds.queue(store, config={}, seed=0, last_annotation=None)
        kept = {} if number == 4 else {"checkpoint": f"p.rounds/{number}/checkpoint", "checkpoint_hash": "0"}
        rounds.advance(store, number, "ready", **kept)
    rounds.record_freed(store, 2, person_id=None, bytes_freed=1)
    rounds.record_deleted(store, 3, person_id=None)
    assert [one.id for one in rounds_to_try(store, actor=OWNER)] == [1]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"kind": "change", "version": 1, "place": 2, "instead": "slept"}, ModelMessage(WordChange(1, 2, "slept"))),
        ({"kind": "change", "version": 2, "place": 2, "instead": ""}, ModelMessage()),
        ({"kind": "change", "version": 0, "place": -1, "instead": ""}, ModelMessage()),
        ({"kind": "open", "id": 3}, ModelMessage(open_trial=3)),
        ({"kind": "remove", "id": 3}, ModelMessage(remove_trial=3)),
        ({"kind": "remove", "id": 2**80}, ModelMessage()),
        ({"kind": "rule", "word": "ship"}, ModelMessage(rule="ship")),
        ({"kind": "withdraw", "word": "ship"}, ModelMessage(withdraw="ship")),
        ({"kind": "delete", "word": "ship"}, ModelMessage(delete="ship")),
        ({"kind": "delete", "word": "x" * 301}, ModelMessage()),
        ({"kind": "rule", "word": "x" * (LONGEST_RULE + 1)}, ModelMessage(rule="x" * (LONGEST_RULE + 1))),
        (
            {"kind": "mark", "sentence": "x" * LONGEST_ID},
            ModelMessage(sentence=SentenceAct("mark", "x" * LONGEST_ID)),
        ),
        ({"kind": "mark", "sentence": "x" * (LONGEST_ID + 1)}, ModelMessage()),
        ({"kind": "burn", "word": "ship"}, ModelMessage()),
        (None, ModelMessage()),
        ("delete", ModelMessage()),
    ],
)
def test_a_message_of_the_page_is_read_as_an_act_or_as_none(sent: object, read: ModelMessage) -> None:
    assert read_model_message(sent) == read
