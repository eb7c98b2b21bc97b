import pytest

from annotator.answering.message import Message, Neighbours, read_message, receive
from annotator.answering.screen import screen
from db.answers import annotations
from db.learning import rounds
from db.records import Person
from db.store import Store


def item(sentence_id: int, **changes: object) -> dict[str, object]:
    good = {"key": "browser-key-1", "sentence_id": sentence_id, "kind": "answer", "label": 1, "marks": "..+."}
    return good | {"seconds": 4.2, "saliency_round": None, "marks_at_reveal": None} | changes


@pytest.fixture
def landed_round(store: Store) -> int:
    """A round whose saliency people may have seen."""
    return rounds.queue(store, config={}, seed=0, last_annotation=None).id


def test_received_answers_are_stored_and_get_receipts(store: Store, anna: Person, landed_round: int) -> None:
    sentence = screen(store, anna)["queue"][0]["sentence_id"]
    sent = item(sentence, saliency_round=landed_round, marks_at_reveal="..+.")
    receipts = receive(store, anna, read_message({"outbox": [sent], "holding": []}))
    assert receipts == [{"key": "browser-key-1", "state": "saved", "message": ""}]
    (stored,) = annotations.of_sentences(store, [sentence])[sentence]
    assert (stored.label, stored.marks, stored.observed.seconds) == (1, "..+.", 4.2)
    assert (stored.observed.saliency_round, stored.observed.marks_at_reveal) == (landed_round, "..+.")


def test_a_note_and_a_flag_are_stored_and_come_back(store: Store, anna: Person) -> None:
    first, second, *_ = [each["sentence_id"] for each in screen(store, anna)["queue"]]
    said = item(first, note="Which ship?", flagged=True)
    why = item(second, key="browser-key-2", kind="skip", label=None, marks=None, note="Not English")
    assert {each["state"] for each in receive(store, anna, read_message({"outbox": [said, why]}))} == {"saved"}
    answered, skipped = screen(store, anna)["earlier"]
    assert (answered["note"], answered["flagged"]) == ("Which ship?", True)
    assert (skipped["kind"], skipped["note"], skipped["flagged"]) == ("skip", "Not English", False)


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
def test_a_message_without_a_valid_key_asks_for_no_neighbours(beside: object) -> None:
    assert read_message({"beside": beside}).neighbours is None
    assert read_message(beside).neighbours is None


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
    (receipt,) = receive(store, anna, read_message({"outbox": [item(1) | change]}))
    assert receipt["state"] == "rejected"
    assert "never given" not in receipt["message"] or change.get("sentence_id", 1) is None
    assert receipt["message"].endswith(".")
    assert annotations.last_id(store) == 0


@pytest.mark.parametrize("message", [None, 7, [], {}, {"outbox": 3}, {"outbox": [1, None, {}, {"key": 5}]}], ids=str)
def test_messages_that_are_none_are_ignored(store: Store, anna: Person, message: object) -> None:
    assert receive(store, anna, read_message(message)) == []
    assert read_message(message).holding == ()


def test_an_impossible_duration_is_left_out_and_the_answer_kept(store: Store, anna: Person) -> None:
    screen(store, anna)
    receive(store, anna, read_message({"outbox": [item(1, seconds=-5)]}))
    assert annotations.of_sentences(store, [1])[1][0].observed.seconds is None


def test_a_message_is_read_once_and_whole() -> None:
    sent = {
        "project": "p",
        "person": "ann",
        "number": 7,
        "outbox": [{"key": "browser-key-1"}, {"key": 5}, "no answer"],
        "holding": [3, -1, True, "4", 2**53, 5],
        "has": [[3, None], [5, -2], [6, "1"], [7], "8", [True, 1], [9, 2**53], [-1, 1]],
        "beside": {"key": "browser-key-1", "later": True},
        "anew": True,
    }
    assert read_message(sent) == Message(
        project="p",
        person="ann",
        number=7,
        outbox=({"key": "browser-key-1"},),
        sent=3,
        holding=(3, 5),
        has={3: None, 5: -2},
        neighbours=Neighbours("browser-key-1", later=True),
        wants_newest=True,
    )


@pytest.mark.parametrize("number", [None, "7", 7.0, True, -1, 2**53])
def test_a_number_that_is_none_counts_as_zero(number: object) -> None:
    assert read_message({"number": number}).number == 0


def test_a_message_of_another_person_or_project_is_recognized() -> None:
    message = read_message({"project": "p", "person": "ann", "outbox": []})
    assert message.belongs_to(project="p", person="ann")
    assert not message.belongs_to(project="p", person="ben")
    assert not message.belongs_to(project="q", person="ann")
    assert not read_message(None).belongs_to(project="p", person="ann")


def test_an_answer_nested_too_deeply_is_refused_and_keeps_no_other_from_its_receipt(store: Store, anna: Person) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    screen(store, anna)
    outbox = [item(1, edits=deep), item(1, shown=[deep]), item(2, key="browser-key-2")]
    states = [each["state"] for each in receive(store, anna, read_message({"outbox": outbox}))]
    assert states == ["rejected", "rejected", "saved"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"note": "x" * 2001}, "The note has 2001 characters, more than 2000; shorten it."),
        ({"note": "a\x00b"}, "The note has the control character U+0000 at character 2; take it out."),
        ({"note": 5}, "The answer's note is not what was expected."),
        ({"edits": -1}, "The answer's edits is not what was expected."),
        ({"shown": [{"view": "gradient", "strength": 3}]}, "The answer's shown is not what was expected."),
    ],
    ids=str,
)
def test_a_refusal_says_what_is_wrong(store: Store, anna: Person, change: dict[str, object], why: str) -> None:
    (receipt,) = receive(store, anna, read_message({"outbox": [item(1, **change)]}))
    assert receipt["message"] == why
