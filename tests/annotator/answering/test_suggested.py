"""What people see of a language model's suggestion, and what an answer records of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from annotator.answering.message import read_message, receive
from annotator.answering.screen import ScreenRequest, screen
from annotator.exporting.answers import export_project
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from db.answers import annotations, suggestions
from db.corpus import sentences
from db.learning import rounds
from db.queue import random_share, slots
from db.records import OWNER, NewSentence, Person, Suggestion
from db.store import Store
from db.team import project

SHOWN = {"model": "m", "label": 1, "words": [1, 2]}
SEEN = {"model": "m", "label": "event", "words": [1, 2], "seconds": 1.25, "label_before": None, "taken": 2.5}


@pytest.fixture
def suggesting(store: Store) -> Store:
    """A project whose pool sentences 1 to 9 have a suggestion, and the tenth none."""
    for sentence_id in range(1, 10):
        suggestions.add(store, Suggestion(sentence_id, "m", 1, (1, 2)), characters=9)
    return store


def queue(store: Store, person: Person, **asked: Any) -> dict[int, dict[str, Any]]:
    return {each["sentence_id"]: each for each in screen(store, person, ScreenRequest(**asked))["queue"]}


def send(store: Store, person: Person, sentence_id: int, **changes: Any) -> dict[str, str]:
    answer = {"kind": "answer", "label": 1, "marks": ".++.", "key": f"key-of-{sentence_id}", "suggestion": SEEN}
    message = read_message({"outbox": [answer | {"sentence_id": sentence_id} | changes]})
    (receipt,) = receive(store, person, message)
    return receipt


def test_a_project_without_suggestions_sends_nothing_of_them(store: Store, anna: Person) -> None:
    assert "suggest" not in json.dumps(screen(store, anna))
    suggestions.leave_without(store, list(range(1, 11)))
    assert "suggest" not in json.dumps(screen(store, anna))


def test_only_a_sentence_with_a_suggestion_carries_one(suggesting: Store, anna: Person) -> None:
    drawn = screen(suggesting, anna)
    assert drawn["suggests"] is True
    assert {each["sentence_id"] for each in drawn["queue"] if "suggestion" not in each} == {10}
    assert {json.dumps(each["suggestion"]) for each in drawn["queue"] if "suggestion" in each} == {json.dumps(SHOWN)}


def test_a_sentence_that_the_browser_has_comes_with_its_suggestion_again(suggesting: Store, anna: Person) -> None:
    queue(suggesting, anna)
    again = queue(suggesting, anna, holding=[1, 10], has={1: None, 10: None})
    assert again[1] == {"sentence_id": 1, "reason": "Next in random order.", "suggestion": SHOWN}
    assert again[10] == {"sentence_id": 10, "reason": "Next in random order."}


def test_where_people_see_no_model_they_see_no_suggestion(suggesting: Store, anna: Person) -> None:
    project.change(suggesting, {"saliency_mode": "never"})
    assert "suggest" not in json.dumps(screen(suggesting, anna))


def test_what_chance_chose_what_came_into_test_and_a_retired_label_show_none(suggesting: Store, anna: Person) -> None:
    held = sentences.read(suggesting, 2)
    import_id = sentences.begin_import(suggesting, source="t", source_hash="", tokenizer="given")
    sentences.add(suggesting, import_id, [NewSentence("held", held.text, held.tokens, held.starts, "test")])
    sentences.finish_import(suggesting, import_id)
    slots.refill(suggesting, None, [slots.QueueEntry(1, "random", None), slots.QueueEntry(3, "start", 1.0)])
    drawn = queue(suggesting, anna)
    assert {each for each, row in drawn.items() if "suggestion" not in row} == {1, 2, 10}
    project.set_retired(suggesting, 1, True)
    assert not any("suggestion" in row for row in queue(suggesting, anna).values())


def test_a_sentence_of_the_queue_s_random_fifth_shows_none_even_when_it_is_reopened(
    suggesting: Store, anna: Person
) -> None:
    slots.refill(suggesting, None, [slots.QueueEntry(1, "random", None)])
    queue(suggesting, anna)
    for sentence_id in (1, 3):
        assert send(suggesting, anna, sentence_id, suggestion=None)["state"] == "saved"
    earlier = {each["sentence_id"]: each for each in screen(suggesting, anna)["earlier"]}
    assert ("suggestion" in earlier[1], earlier[3]["suggestion"]) == (False, SHOWN)
    reopened = screen(suggesting, anna, ScreenRequest(reopen="key-of-3"))["reopen"]
    assert reopened["suggestion"] == SHOWN


def test_the_answer_records_what_was_in_view_and_a_file_carries_it(suggesting: Store, anna: Person, tmp_path) -> None:
    queue(suggesting, anna)
    assert send(suggesting, anna, 4)["state"] == "saved"
    assert annotations.of_sentences(suggesting, [4])[4][0].observed.suggestion == SEEN
    written = tmp_path / "out.jsonl"
    export_project(suggesting, str(written), actor=OWNER)
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    (answer,) = [answer for line in lines for answer in line["annotations"]]
    assert answer["suggestion"] == SEEN
    with Store.create(tmp_path / "again.db", labels=project.labels(suggesting)) as again:
        import_file(again, written, ImportSettings(), actor=OWNER)
        export_project(again, str(tmp_path / "again.jsonl"), actor=OWNER)
    assert (tmp_path / "again.jsonl").read_bytes() == written.read_bytes()


@pytest.mark.parametrize(
    "changes",
    [{"words": [1]}, {"label": "none"}, {"model": "another"}, {"words": [1, 2, 3]}, {"seconds": 1, "extra": 2}],
)
def test_a_suggestion_that_was_never_made_is_refused(suggesting: Store, anna: Person, changes: dict[str, Any]) -> None:
    queue(suggesting, anna)
    receipt = send(suggesting, anna, 4, suggestion=SEEN | changes)
    assert receipt["state"] == "rejected"
    assert send(suggesting, anna, 10)["state"] == "rejected", "it has no suggestion"
    assert annotations.last_id(suggesting) == 0


def test_an_answer_after_a_look_at_a_suggestion_stands_for_no_random_draw(
    suggesting: Store, anna: Person, draw: Callable[[list[int]], None]
) -> None:
    queue(suggesting, anna)
    draw([1, 2])  # while the sentence is on her screen, with its suggestion
    assert send(suggesting, anna, 1)["state"] == "saved"
    assert send(suggesting, anna, 2, suggestion=None)["state"] == "saved"
    assert [each.sentence_id for each in random_share.answered_draws(suggesting)] == [2]


@pytest.fixture
def draw(store: Store) -> Callable[[list[int]], None]:
    """Let a round draw these sentences at random and serve."""

    def draw(sentence_ids: list[int]) -> None:
        landed = rounds.queue(store, config={}, seed=0, last_annotation=None)
        rounds.advance(store, landed.id, "ready")
        slots.refill(store, landed.id, [slots.QueueEntry(each, "random", None, 0.2) for each in sentence_ids])

    return draw
