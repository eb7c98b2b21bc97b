import json
from pathlib import Path

import pytest

from annotator.answering.message import Neighbours, read_message
from annotator.answering.queue import submit
from annotator.answering.screen import ScreenRequest, screen
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from db.answers import annotations
from db.corpus import sentences
from db.learning import predictions, rounds
from db.learning.round_records import Prediction
from db.queue import claims, slots
from db.records import OWNER, NewAnnotation, NewSentence, Person
from db.store import Store
from db.team import people, project


@pytest.fixture
def serving_round(store: Store) -> int:
    """A landed round whose model looks at the second token of every sentence."""
    return serve_round(store)


def serve_round(store: Store, **made: object) -> int:
    """Let a round serve whose record says this about its model."""
    landed = rounds.queue(store, config={}, seed=0, last_annotation=None)
    scores = (0.5, -2.0, 1.0, 0.0)
    predictions.add(store, [Prediction(landed.id, each, 1, (0.4, 0.6), scores, scores) for each in range(1, 11)])
    slots.refill(store, landed.id, [slots.QueueEntry(each, "unsure", 0.9) for each in range(1, 11)])
    rounds.advance(store, landed.id, "ready", metrics={"model": made} if made else {})
    project.serve_round(store, landed.id)
    return landed.id


def answer(store: Store, person: Person, sentence_id: int, key: str, marks: str = "..+.") -> None:
    submit(store, person, NewAnnotation(sentence_id, person.id, "answer", key, label=1, marks=marks))


def test_the_screen_is_json_and_has_the_sentences_ahead(store: Store, anna: Person) -> None:
    drawn = json.loads(json.dumps(screen(store, anna)))
    assert len(drawn["queue"]) == 10
    first = drawn["queue"][0]
    assert first["tokens"] == first["text"].split()
    assert (first["saliency"], first["round"], first["reason"]) == (None, None, "Next in random order.")
    assert (drawn["answered"], drawn["open"], drawn["earlier"], drawn["notice"]) == (0, 10, [], "")


def test_saliency_comes_scaled_with_its_round_and_the_reason(store: Store, anna: Person, serving_round: int) -> None:
    first = screen(store, anna)["queue"][0]
    assert first["saliency"] == {"input_x_gradient": [0.25, -1.0, 0.5, 0.0], "gradient": [0.25, -1.0, 0.5, 0.0]}
    assert (first["guess"], first["explained"], first["own_view"]) == (1, 1, "input_x_gradient")
    assert (first["round"], first["reason"]) == (serving_round, "Chosen because the model was unsure.")
    assert "0.6" not in json.dumps(first), "the model's probability stays on the server"


def test_the_model_s_own_view_has_the_name_that_the_round_s_record_gives_it(store: Store, anna: Person) -> None:
    serve_round(store, model="evidence", view="evidence")
    first = screen(store, anna)["queue"][0]
    assert (first["own_view"], set(first["saliency"])) == ("evidence", {"evidence", "gradient"})


def test_where_the_guess_is_a_constant_label_the_likeliest_other_one_is_explained(store: Store, anna: Person) -> None:
    serve_round(store, model="evidence", view="evidence", constant_labels=[1])
    first = screen(store, anna)["queue"][0]
    assert (first["guess"], first["explained"]) == (1, 0)


def test_a_text_that_came_into_test_after_it_was_scored_is_shaded_no_longer(
    store: Store, anna: Person, serving_round: int
) -> None:
    first = screen(store, anna)["queue"][0]
    held = sentences.read(store, first["sentence_id"])
    import_id = sentences.begin_import(store, source="test", source_hash="", tokenizer="given")
    sentences.add(store, import_id, [NewSentence("held out", held.text, held.tokens, held.starts, "test")])
    sentences.finish_import(store, import_id)
    shaded = {each["sentence_id"]: each["saliency"] is not None for each in screen(store, anna)["queue"]}
    assert [sentence_id for sentence_id, is_shaded in shaded.items() if not is_shaded] == [held.id]


def test_mode_never_sends_no_saliency(store: Store, anna: Person, serving_round: int) -> None:
    with store.writing() as db:
        db.execute("UPDATE project SET saliency_mode = 'never'")
    assert {(each["saliency"], each["guess"], each["round"]) for each in screen(store, anna)["queue"]} == {(None,) * 3}
    assert {each["reason"] for each in screen(store, anna)["queue"]} == {"Next in line."}, "unsure is an opinion"


def test_held_out_sentences_come_without_saliency_and_reason(empty_store: Store, add_sentences, anna: Person) -> None:
    (dev,) = add_sentences(1, split="dev")
    landed = rounds.queue(empty_store, config={}, seed=0, last_annotation=None)
    predictions.add(empty_store, [Prediction(landed.id, dev, 1, (0.4, 0.6), (1.0,) * 4, (1.0,) * 4)])
    rounds.advance(empty_store, landed.id, "ready")
    project.serve_round(empty_store, landed.id)
    (drawn,) = screen(empty_store, anna)["queue"]
    assert (drawn["sentence_id"], drawn["saliency"], drawn["round"], drawn["reason"]) == (dev, None, None, "")


def answer_all(store: Store, person: Person) -> list[str]:
    """Answer all ten sentences, and return the keys in order."""
    keys = []
    while queue := screen(store, person)["queue"]:
        keys.append(f"browser-key-{len(keys)}")
        answer(store, person, queue[0]["sentence_id"], keys[-1])
    return keys


def test_a_persons_answers_come_back_for_undo_the_newest_first_and_then_those_before(
    store: Store, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.answering.screen.EARLIER_AT_ONCE", 4)
    keys = answer_all(store, anna)
    assert len(keys) == 10
    newest = screen(store, anna)["earlier"]
    assert [each["key"] for each in newest] == keys[6:]
    assert {(each["kind"], each["label"], each["marks"]) for each in newest} == {("answer", 1, "..+.")}
    drawn = screen(store, anna, ScreenRequest(neighbours=Neighbours(keys[2], later=False)))
    assert [each["key"] for each in drawn["earlier"]] == keys[:2]
    assert drawn["beside"] == {"key": keys[2], "later": False}
    assert screen(store, anna, ScreenRequest(neighbours=Neighbours(keys[0], later=False)))["earlier"] == []
    later = screen(store, anna, ScreenRequest(neighbours=Neighbours(keys[2], later=True)))["earlier"]
    assert [each["key"] for each in later] == keys[3:7]
    assert screen(store, anna, ScreenRequest(neighbours=Neighbours(keys[9], later=True)))["earlier"] == []


def test_an_answer_that_was_corrected_comes_back_once_as_it_is_now(store: Store, anna: Person) -> None:
    keys = answer_all(store, anna)
    first = screen(store, anna)["earlier"][0]["sentence_id"]
    answer(store, anna, first, "correction", marks="+...")
    earlier = screen(store, anna)["earlier"]
    assert [each["key"] for each in earlier] == [*keys[1:], "correction"]
    assert (earlier[-1]["sentence_id"], earlier[-1]["marks"]) == (first, "+...")


def test_an_imported_answer_s_neighbours_can_be_asked_for_by_its_key(store: Store, anna: Person) -> None:
    """Files from other tools have their own keys."""
    annotations.add(store, NewAnnotation(1, anna.id, "skip", "other tool_1: é"))
    annotations.add(store, NewAnnotation(2, anna.id, "skip", "other tool_2: é"))
    asked = ScreenRequest(neighbours=read_message({"beside": {"key": "other tool_2: é", "later": False}}).neighbours)
    assert [each["key"] for each in screen(store, anna, asked)["earlier"]] == ["other tool_1: é"]
    assert read_message({"beside": {"key": "half \ud83d a pair", "later": False}}).neighbours is None


def test_nobody_looks_back_over_another_person_s_answers(store: Store, anna: Person, ben: Person) -> None:
    keys = answer_all(store, anna)
    assert screen(store, ben)["earlier"] == []
    for later in (False, True):
        assert screen(store, ben, ScreenRequest(neighbours=Neighbours(keys[5], later)))["earlier"] == []


def test_the_notice_says_why_the_queue_is_empty(empty_store: Store, add_sentences, anna: Person, ben: Person) -> None:
    assert "no sentences yet" in screen(empty_store, anna)["notice"]
    add_sentences(1)
    screen(empty_store, ben)
    assert "with other people" in screen(empty_store, anna)["notice"]
    submit(empty_store, ben, NewAnnotation(1, ben.id, "skip", "skip-key-1"))
    assert "answered or skipped" in screen(empty_store, ben)["notice"]
    assert screen(empty_store, anna)["notice"] == ""
    answer(empty_store, anna, 1, "browser-key-1")
    assert "Every sentence has been answered" in screen(empty_store, anna)["notice"]


def test_the_next_steps_are_those_that_the_person_may_take(empty_store: Store, add_sentences, anna: Person) -> None:
    annotator = people.add(empty_store, "Nora", role="annotator")

    def pages(person: Person) -> list[str]:
        return [step["page"] for step in screen(empty_store, person)["next_steps"]]

    assert (pages(annotator), pages(anna)) == ([], ["data"])
    (only,) = add_sentences(1)
    assert pages(anna) == []
    answer(empty_store, anna, only, "browser-key-1")
    assert (pages(annotator), pages(anna)) == (["my-work"], ["rounds", "data", "my-work"])


def test_sentences_that_all_came_with_answers_are_not_called_answered_by_people(
    empty_store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "answered.jsonl"
    file.write_text('{"text": "One sank.", "label": "event", "marks": ".+."}\n{"text": "None did.", "label": "none"}\n')
    import_file(empty_store, file, ImportSettings(answers="keep", hold_out=0), actor=OWNER)
    drawn = screen(empty_store, people.add(empty_store, "Rosa", role="researcher"))
    assert "came with an answer" in drawn["notice"]
    assert [each["page"] for each in drawn["next_steps"]] == ["rounds", "data"]


def has_of(drawn: dict[str, object]) -> dict[int, int | None]:
    """Return what a browser reports to have of the sentences that were sent as a whole."""
    return {each["sentence_id"]: each["round"] for each in drawn["queue"] if "tokens" in each}


def sent_whole(drawn: dict[str, object]) -> list[int]:
    return [each["sentence_id"] for each in drawn["queue"] if "tokens" in each]


def test_a_sentence_that_the_browser_has_is_not_sent_again(store: Store, anna: Person, serving_round: int) -> None:
    drawn = screen(store, anna)
    has = has_of(drawn)
    first, second, *_ = holding = list(has)
    asked = ScreenRequest(holding=holding, has=has, earlier=False)
    again = screen(store, anna, asked)
    assert [set(each) for each in again["queue"]] == [{"sentence_id", "reason"}] * 10
    assert len(json.dumps(again)) < len(json.dumps(drawn)) / 2
    del has[second]
    assert sent_whole(screen(store, anna, asked)) == [second]
    later = serve_round(store)
    assert set(sent_whole(screen(store, anna, ScreenRequest(holding=holding, has=has, earlier=False)))) == set(holding)
    has = dict.fromkeys(holding, later)
    has[first] = None
    assert sent_whole(screen(store, anna, ScreenRequest(holding=holding, has=has, earlier=False))) == [first]


def test_a_sentence_without_a_prediction_is_not_sent_again_either(
    empty_store: Store, add_sentences, anna: Person
) -> None:
    ids = [*add_sentences(8), *add_sentences(2, split="dev")]
    landed = rounds.queue(empty_store, config={}, seed=0, last_annotation=None)
    rounds.advance(empty_store, landed.id, "ready")
    project.serve_round(empty_store, landed.id)
    has = has_of(screen(empty_store, anna))
    assert has == dict.fromkeys(ids)
    assert sent_whole(screen(empty_store, anna, ScreenRequest(holding=list(has), has=has, earlier=False))) == []


def test_a_page_that_has_enough_ahead_writes_nothing(store: Store, anna: Person, ben: Person) -> None:
    with store.writing() as db:
        db.execute("UPDATE project SET lease_minutes = 30")
    has = has_of(screen(store, anna))
    holding = list(has)
    asked = ScreenRequest(holding=holding, has=has, earlier=False)
    written = store.db.conn.total_changes
    assert len(screen(store, anna, asked)["queue"]) == 10
    assert store.db.conn.total_changes == written
    with store.writing() as db:  # a tenth of the lease is over
        db.execute("UPDATE slots SET lease_until_ms = lease_until_ms - 200000 WHERE person_id = ?", [anna.id])
    ends = [slot.lease_until_ms for slot in claims.held(store, anna.id)]
    screen(store, anna, asked)
    assert min(slot.lease_until_ms for slot in claims.held(store, anna.id)) > max(ends)
    for number, sentence in enumerate(holding[:5]):
        answer(store, anna, sentence, f"browser-key-{number}")
    assert len(screen(store, anna, asked)["queue"]) == 5


def test_a_new_round_exchanges_what_a_page_has_ahead(store: Store, anna: Person) -> None:
    has = has_of(screen(store, anna))
    shown, *_ = holding = list(has)
    serve_round(store)
    drawn = screen(store, anna, ScreenRequest(holding=holding, has=has, earlier=False))
    assert {each["reason"] for each in drawn["queue"][1:]} == {"Chosen because the model was unsure."}
    assert drawn["queue"][0]["sentence_id"] == shown
