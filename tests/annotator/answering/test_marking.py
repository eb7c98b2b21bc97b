import json

import pytest

from annotator.answering.marking import Beside, asked_beside, held_sentences, receive, screen
from db import annotations, predictions, project, rounds, slots
from db.records import NewAnnotation, Person, Prediction
from db.store import Store


def item(sentence_id: int, **changes: object) -> dict[str, object]:
    good = {"key": "browser-key-1", "sentence_id": sentence_id, "kind": "answer", "label": 1, "marks": "..+."}
    return good | {"seconds": 4.2, "saliency_round": None, "marks_at_reveal": None} | changes


@pytest.fixture
def serving_round(store: Store) -> int:
    """A landed round whose model looks at the second token of every sentence."""
    landed = rounds.start(store, config={}, seed=0, last_annotation=None)
    scores = (0.5, -2.0, 1.0, 0.0)
    predictions.add(store, [Prediction(landed.id, each, 1, (0.4, 0.6), scores, scores) for each in range(1, 11)])
    slots.refill(store, landed.id, [slots.QueueEntry(each, "unsure", 0.9) for each in range(1, 11)])
    rounds.advance(store, landed.id, "ready")
    project.serve_round(store, landed.id)
    return landed.id


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
    assert first["guess"] == 1
    assert (first["round"], first["reason"]) == (serving_round, "Chosen because the model was unsure.")
    assert "0.6" not in json.dumps(first), "the model's probability stays on the server"


def test_mode_never_sends_no_saliency(store: Store, anna: Person, serving_round: int) -> None:
    with store.writing() as db:
        db.execute("UPDATE project SET saliency_mode = 'never'")
    assert {(each["saliency"], each["guess"], each["round"]) for each in screen(store, anna)["queue"]} == {(None,) * 3}
    assert {each["reason"] for each in screen(store, anna)["queue"]} == {"Next in line."}, "unsure is an opinion"


def test_held_out_sentences_come_without_saliency_and_reason(empty_store: Store, add_sentences, anna: Person) -> None:
    (dev,) = add_sentences(1, split="dev")
    landed = rounds.start(empty_store, config={}, seed=0, last_annotation=None)
    predictions.add(empty_store, [Prediction(landed.id, dev, 1, (0.4, 0.6), (1.0,) * 4, (1.0,) * 4)])
    rounds.advance(empty_store, landed.id, "ready")
    project.serve_round(empty_store, landed.id)
    (drawn,) = screen(empty_store, anna)["queue"]
    assert (drawn["sentence_id"], drawn["saliency"], drawn["round"], drawn["reason"]) == (dev, None, None, "")


def test_received_answers_are_stored_and_get_receipts(store: Store, anna: Person, serving_round: int) -> None:
    sentence = screen(store, anna)["queue"][0]["sentence_id"]
    sent = item(sentence, saliency_round=serving_round, marks_at_reveal="..+.")
    receipts = receive(store, anna, {"outbox": [sent], "holding": []})
    assert receipts == [{"key": "browser-key-1", "state": "saved", "message": ""}]
    (stored,) = annotations.of_sentences(store, [sentence])[sentence]
    assert (stored.label, stored.marks, stored.seconds) == (1, "..+.", 4.2)
    assert (stored.saliency_round, stored.marks_at_reveal) == (serving_round, "..+.")


def test_a_note_and_a_flag_are_stored_and_come_back(store: Store, anna: Person) -> None:
    first, second, *_ = [each["sentence_id"] for each in screen(store, anna)["queue"]]
    said = item(first, note="Which ship?", flagged=True)
    why = item(second, key="browser-key-2", kind="skip", label=None, marks=None, note="Not English")
    assert {each["state"] for each in receive(store, anna, {"outbox": [said, why]})} == {"saved"}
    answered, skipped = screen(store, anna)["earlier"]
    assert (answered["note"], answered["flagged"]) == ("Which ship?", True)
    assert (skipped["kind"], skipped["note"], skipped["flagged"]) == ("skip", "Not English", False)


def answer_all(store: Store, person: Person) -> list[str]:
    """Answer all ten sentences, and give the keys in order."""
    keys = []
    while queue := screen(store, person)["queue"]:
        keys.append(f"browser-key-{len(keys)}")
        receive(store, person, {"outbox": [item(queue[0]["sentence_id"], key=keys[-1])]})
    return keys


def test_a_persons_answers_come_back_for_undo_the_newest_first_and_then_those_before(
    store: Store, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.answering.marking.EARLIER_AT_ONCE", 4)
    keys = answer_all(store, anna)
    assert len(keys) == 10
    newest = screen(store, anna)["earlier"]
    assert [each["key"] for each in newest] == keys[6:]
    assert {(each["kind"], each["label"], each["marks"]) for each in newest} == {("answer", 1, "..+.")}
    drawn = screen(store, anna, beside=Beside(keys[2], later=False))
    assert [each["key"] for each in drawn["earlier"]] == keys[:2]
    assert drawn["beside"] == {"key": keys[2], "later": False}
    assert screen(store, anna, beside=Beside(keys[0], later=False))["earlier"] == []
    later = screen(store, anna, beside=Beside(keys[2], later=True))["earlier"]
    assert [each["key"] for each in later] == keys[3:7]
    assert screen(store, anna, beside=Beside(keys[9], later=True))["earlier"] == []


def test_an_answer_that_was_corrected_comes_back_once_as_it_is_now(store: Store, anna: Person) -> None:
    keys = answer_all(store, anna)
    first = screen(store, anna)["earlier"][0]["sentence_id"]
    receive(store, anna, {"outbox": [item(first, key="correction", marks="+...")]})
    earlier = screen(store, anna)["earlier"]
    assert [each["key"] for each in earlier] == [*keys[1:], "correction"]
    assert (earlier[-1]["sentence_id"], earlier[-1]["marks"]) == (first, "+...")


def test_the_key_of_an_imported_answer_can_be_asked_beside(store: Store, anna: Person) -> None:
    """Files of other tools give keys of their own."""
    annotations.add(store, NewAnnotation(1, anna.id, "skip", "other tool_1: é"))
    annotations.add(store, NewAnnotation(2, anna.id, "skip", "other tool_2: é"))
    asked = asked_beside({"beside": {"key": "other tool_2: é", "later": False}})
    assert [each["key"] for each in screen(store, anna, beside=asked)["earlier"]] == ["other tool_1: é"]
    assert asked_beside({"beside": {"key": "half \ud83d a pair", "later": False}}) is None


def test_nobody_looks_back_over_the_answers_of_somebody_else(store: Store, anna: Person, ben: Person) -> None:
    keys = answer_all(store, anna)
    assert screen(store, ben)["earlier"] == []
    for later in (False, True):
        assert screen(store, ben, beside=Beside(keys[5], later))["earlier"] == []


@pytest.mark.parametrize(
    "beside",
    [
        None,
        3,
        "key",
        {"key": "k"},
        {"key": 3, "later": True},
        {"key": "k", "later": 1},
        {"key": "x" * 65, "later": True},
    ],
)
def test_what_asks_for_no_answer_asks_for_none(beside: object) -> None:
    assert asked_beside({"beside": beside}) is None
    assert asked_beside(beside) is None


@pytest.mark.parametrize(
    "change",
    [
        {"sentence_id": "1"},
        {"sentence_id": True},
        {"sentence_id": -1},
        {"sentence_id": 2**70},
        {"sentence_id": None},
        {"kind": "adjudicated"},
        {"kind": None},
        {"label": None},
        {"label": 1.0},
        {"label": "event"},
        {"label": 99},
        {"marks": 7},
        {"marks": "..+"},
        {"marks": "<b>."},
        {"marks": "..+.", "kind": "skip"},
        {"key": "short"},
        {"key": "x" * 65},
        {"saliency_round": 77},
        {"note": 5},
        {"note": "x" * 2001},
        {"note": "a\x00b"},
        {"flagged": "yes"},
        {"marks_at_reveal": "+"},
    ],
    ids=str,
)
def test_hostile_answers_get_a_reason_and_change_nothing(store: Store, anna: Person, change: dict[str, object]) -> None:
    assert 1 in [each["sentence_id"] for each in screen(store, anna)["queue"]]
    (receipt,) = receive(store, anna, {"outbox": [item(1) | change]})
    assert receipt["state"] == "rejected"
    assert "never given" not in receipt["message"] or change.get("sentence_id", 1) is None
    assert receipt["message"].endswith(".")
    assert annotations.last_id(store) == 0


@pytest.mark.parametrize("message", [None, 7, [], {}, {"outbox": 3}, {"outbox": [1, None, {}, {"key": 5}]}], ids=str)
def test_messages_that_are_none_are_ignored(store: Store, anna: Person, message: object) -> None:
    assert receive(store, anna, message) == []
    assert held_sentences(message) == []


def test_an_impossible_duration_is_left_out_and_the_answer_kept(store: Store, anna: Person) -> None:
    screen(store, anna)
    receive(store, anna, {"outbox": [item(1, seconds=-5)]})
    assert annotations.of_sentences(store, [1])[1][0].seconds is None


def test_the_notice_says_why_the_queue_is_empty(empty_store: Store, add_sentences, anna: Person, ben: Person) -> None:
    assert "no sentences yet" in screen(empty_store, anna)["notice"]
    add_sentences(1)
    screen(empty_store, ben)
    assert "with other people" in screen(empty_store, anna)["notice"]
    receive(empty_store, ben, {"outbox": [{"key": "skip-key-1", "sentence_id": 1, "kind": "skip"}]})
    assert "answered or skipped" in screen(empty_store, ben)["notice"]
    assert screen(empty_store, anna)["notice"] == ""
    receive(empty_store, anna, {"outbox": [item(1)]})
    assert "Every sentence has been answered" in screen(empty_store, anna)["notice"]
