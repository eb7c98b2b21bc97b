"""Whatever a browser sends, each answer with a key gets a receipt, and only real answers are stored."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.answering.message import read_message, receive
from annotator.answering.screen import ScreenRequest, screen
from annotator.rounds.learning.training_set import build_training_set
from db.answers import annotations
from db.corpus import sentences
from db.queue import leases, slots
from db.records import NewAnnotation, NewSentence, Person
from db.store import Store
from db.team import people

pytestmark = pytest.mark.slow

ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80) | st.just("x" * 3000)
# Texts that Hypothesis does not make but Streamlit accepts, and numbers that the store cannot hold.
ODD |= st.sampled_from(["half \ud83d a pair", "a null\0character", "        ", 2**53, 2**63, 2**70])
JSON = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "key": st.sampled_from(["good-key-1", "good-key-2", "theirs-key", "short", "k" * 65, "gold-key-1"]) | ODD,
    "sentence_id": st.sampled_from([1, 2, 3, 99, 0, -1, 2**63, 2**70, "1", True]) | ODD,
    "kind": st.sampled_from(["answer", "skip", "withdrawn", "adjudicated"]) | ODD,
    "label": st.sampled_from([0, 1, 2, -1, True, 2**64, None]) | ODD,
    "marks": st.sampled_from(["+.", "..", "+", "+..", "ab", None]) | ODD,
    "seconds": ODD, "saliency_round": ODD, "marks_at_reveal": ODD, "note": ODD, "flagged": ODD,
    "seconds_to_first_mark": ODD, "edits": ODD, "guidelines_version": ODD,
    "shown": JSON | st.just([{"seconds": 1, "view": "gradient", "strength": 2}]),
    "person_id": st.just(2), "surplus": ODD, "created_ms": ODD, "id": ODD,
}  # fmt: skip
MESSAGES = JSON | st.fixed_dictionaries(
    {"outbox": st.lists(st.fixed_dictionaries({}, optional=FIELDS), max_size=6)},
    optional={
        "holding": JSON | st.lists(ODD, max_size=3),
        "beside": JSON | st.fixed_dictionaries({"key": ODD, "later": st.booleans()}),
        "project": JSON,
        "person": JSON,
    },
)


@pytest.fixture(scope="module")
def begun(new_store: Callable[..., Store], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of three sentences: Anna was given two of them, and Ben has skipped one."""
    with new_store(tmp_path_factory.mktemp("begun") / "p.db") as store:
        import_id = sentences.begin_import(store, source="s", source_hash="", tokenizer="t")
        sentences.add(
            store, import_id, [NewSentence(f"s{n}", f"a {n}", ("a", str(n)), (0, 2), "pool") for n in (1, 2, 3)]
        )
        sentences.finish_import(store, import_id)
        slots.create_missing(store)
        anna, ben = people.add(store, "Anna"), people.add(store, "Ben")
        for person, sentence_id in ((ben, 1), (anna, 1), (anna, 2)):
            leases.record(store, person.id, sentence_id)
        receive(store, ben, read_message({"outbox": [{"key": "theirs-key", "sentence_id": 1, "kind": "skip"}]}))
    return store.path


@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MESSAGES)
def test_no_message_raises_or_stores_what_it_may_not(begun: Path, message: object) -> None:
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(shutil.copy(begun, folder))) as store:
        anna, before = people.find(store, "Anna"), annotations.last_id(store)
        assert anna is not None

        read = read_message(message)
        receipts = receive(store, anna, read)

        items = message.get("outbox") if isinstance(message, dict) else []
        keyed = [each["key"] for each in items if isinstance(each.get("key"), str)] if isinstance(items, list) else []
        assert [receipt["key"] for receipt in receipts] == keyed
        stored = [
            each for log in annotations.of_sentences(store, [1, 2, 3]).values() for each in log if each.id > before
        ]
        assert {each.submission_key for each in stored} <= {r["key"] for r in receipts if r["state"] != "rejected"}
        for each in stored:
            assert (each.person_id, each.kind in ("answer", "skip")) == (anna.id, True)
            assert each.marks is None or (len(each.marks), each.label) == (2, 1)
            assert each.sentence_id in (1, 2), "the third was never given to her"
        screen(store, anna, ScreenRequest(holding=read.holding, receipts=receipts, neighbours=read.neighbours))


SPLITS = {"pool": 40, "dev": 10, "test": 10}


def answer_all_that_is_given(store: Store, person: Person) -> None:
    while queue := screen(store, person)["queue"]:
        outbox = [
            {
                "key": f"honest-{each['sentence_id']:05}",
                "sentence_id": each["sentence_id"],
                "kind": "answer",
                "label": 1,
            }
            for each in queue
        ]
        assert {each["state"] for each in receive(store, person, read_message({"outbox": outbox}))} == {"saved"}


def sizes(store: Store) -> dict[str, int]:
    learned = build_training_set(store, up_to=annotations.last_id(store))
    return {split: len(examples) for split, examples in learned.examples.items()}


@pytest.mark.parametrize("forged", [{"kind": "answer", "label": 0}, {"kind": "answer", "label": 1}, {"kind": "skip"}])
def test_one_annotator_empties_no_training_or_test_data(
    empty_store: Store, add_sentences: Callable[..., list[int]], anna: Person, forged: dict[str, object]
) -> None:
    """Mal, who holds no sentence, answers every sentence in one message, and some that do not exist."""
    for split, number in SPLITS.items():
        add_sentences(number, split=split)
    answer_all_that_is_given(empty_store, anna)
    assert sizes(empty_store) == SPLITS
    mal, before = people.add(empty_store, "Mal"), annotations.last_id(empty_store)
    numbers = [*range(1, 61), 61, 999, 2**40]
    outbox = [{"key": f"forged-{number:05}", "sentence_id": number, **forged} for number in numbers]
    receipts = receive(empty_store, mal, read_message({"outbox": outbox}))
    assert {(each["state"], each["message"]) for each in receipts} == {
        ("rejected", "You were never given this sentence; answer the one that your page shows.")
    }, "the words are the same for a sentence that is not there, and none is the sentence's"
    assert annotations.last_id(empty_store) == before
    assert sizes(empty_store) == SPLITS


@pytest.mark.parametrize("label", [0, 1])
def test_one_annotator_who_lets_leases_expire_empties_no_data_either(
    empty_store: Store, add_sentences: Callable[..., list[int]], anna: Person, label: int
) -> None:
    """Mal is given all sixty, a dozen at a time, lets the leases expire, and answers after others have."""
    for split, number in SPLITS.items():
        add_sentences(number, split=split)
    mal, given = people.add(empty_store, "Mal"), set[int]()
    while len(given) < 60:
        asked = ScreenRequest(holding=sorted(given)[:20])
        given |= {each["sentence_id"] for each in screen(empty_store, mal, asked)["queue"]}
        with empty_store.writing() as db:  # he cannot claim them again, as if others held them
            db.execute("UPDATE slots SET lease_until_ms = ? WHERE person_id = ?", [2**62, mal.id])
            db.execute("UPDATE slots SET person_id = NULL WHERE annotation_id IS NULL")
    with empty_store.writing() as db:
        db.execute("UPDATE slots SET lease_until_ms = 0")
    answer_all_that_is_given(empty_store, anna)
    outbox = [{"key": f"late-{n:07}", "sentence_id": n, "kind": "answer", "label": label} for n in given]
    assert {each["state"] for each in receive(empty_store, mal, read_message({"outbox": outbox}))} == {"surplus"}
    assert sizes(empty_store) == SPLITS


def test_a_huge_outbox_is_taken_in_part_and_the_rest_when_it_comes_again(store: Store) -> None:
    anna = people.add(store, "Anna")
    flood = [{"key": f"browser-key-{n:06}", "sentence_id": 1 + n % 10, "kind": "skip"} for n in range(5000)]
    assert len(receive(store, anna, read_message({"outbox": flood}))) == 200


@pytest.mark.parametrize("note", ["half \ud83d a pair", "a null\0character"])
def test_one_answer_that_cannot_be_stored_keeps_no_other_from_it(store: Store, note: str) -> None:
    anna = people.add(store, "Anna")
    outbox = [
        {"key": "browser-key-1", "sentence_id": 1, "kind": "skip", "note": note},
        {"key": "key \ud83d with half", "sentence_id": 1, "kind": "skip"},
        {"key": "key\0with-null", "sentence_id": 1, "kind": "skip"},
        {"key": "browser-key-2", "sentence_id": 2, "kind": "skip"},
    ]
    screen(store, anna)
    receipts = receive(store, anna, read_message({"outbox": outbox}))
    assert [each["state"] for each in receipts] == ["rejected", "rejected", "rejected", "saved"]


def test_a_receipt_does_not_reveal_a_file_s_own_answers_by_their_keys(store: Store) -> None:
    """The keys are hashes of the answers: a receipt that depended on them would show whether a guess is right."""
    gold, anna = people.add(store, "gold", active=False), people.add(store, "Anna")
    annotations.add(store, NewAnnotation(1, gold.id, "answer", "gold-0123456789", label=1))
    guess = {"sentence_id": 1, "kind": "answer", "label": 99}
    outbox = [guess | {"key": key} for key in ("gold-0123456789", "gold-9876543210")]
    known, unknown = receive(store, anna, read_message({"outbox": outbox}))
    assert known["message"] == unknown["message"]


def test_everything_that_is_stored_can_be_exported_and_imported_again(store: Store) -> None:
    anna = people.add(store, "Anna")
    outbox = [
        {"key": " " * 8, "sentence_id": 1, "kind": "skip"},
        {"key": "browser-key-1", "sentence_id": 1, "kind": "skip", "edits": 2**60},
    ]
    assert [each["state"] for each in receive(store, anna, read_message({"outbox": outbox}))] == [
        "rejected",
        "rejected",
    ]
