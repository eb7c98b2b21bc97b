"""Whatever a browser sends: a receipt for each answer with a key, and nothing stored that was not meant."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.marking import asked_beside, held_sentences, receive, screen
from db import annotations, people, sentences, slots
from db.records import Label, NewAnnotation, NewSentence
from db.store import Store

ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80) | st.just("x" * 3000)
# What Hypothesis' texts leave out, and Streamlit lets pass; and numbers that the store cannot hold.
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


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MESSAGES)
def test_no_message_raises_or_stores_what_it_may_not(message: object) -> None:
    labels = (Label(0, "none", takes_rationale=False), Label(1, "event"))
    with tempfile.TemporaryDirectory() as folder, Store.create(Path(folder) / "p.db", labels=labels) as store:
        import_id = sentences.begin_import(store, source="s", source_hash="", tokenizer="t")
        sentences.add(
            store, import_id, [NewSentence(f"s{n}", f"a {n}", ("a", str(n)), (0, 2), "pool") for n in (1, 2, 3)]
        )
        sentences.finish_import(store, import_id)
        slots.create_missing(store)
        anna, ben = people.add(store, "Anna"), people.add(store, "Ben")
        receive(store, ben, {"outbox": [{"key": "theirs-key", "sentence_id": 1, "kind": "skip"}]})
        before = annotations.last_id(store)

        receipts = receive(store, anna, message)

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
        screen(store, anna, holding=held_sentences(message), receipts=receipts, beside=asked_beside(message))


def test_a_huge_outbox_is_taken_in_part_and_the_rest_when_it_comes_again(store: Store) -> None:
    anna = people.add(store, "Anna")
    flood = [{"key": f"browser-key-{n:06}", "sentence_id": 1 + n % 10, "kind": "skip"} for n in range(5000)]
    assert len(receive(store, anna, {"outbox": flood})) == 200


@pytest.mark.parametrize("note", ["half \ud83d a pair", "a null\0character"])
def test_one_answer_that_cannot_be_stored_keeps_no_other_from_it(store: Store, note: str) -> None:
    anna = people.add(store, "Anna")
    outbox = [
        {"key": "browser-key-1", "sentence_id": 1, "kind": "skip", "note": note},
        {"key": "key \ud83d with half", "sentence_id": 1, "kind": "skip"},
        {"key": "key\0with-null", "sentence_id": 1, "kind": "skip"},
        {"key": "browser-key-2", "sentence_id": 2, "kind": "skip"},
    ]
    receipts = receive(store, anna, {"outbox": outbox})
    assert [each["state"] for each in receipts] == ["rejected", "rejected", "rejected", "saved"]


def test_a_file_s_own_answers_are_not_told_by_their_keys(store: Store) -> None:
    """They are hashes of what the answer is: a receipt that knew them would say whether a guess is right."""
    gold, anna = people.add(store, "gold", active=False), people.add(store, "Anna")
    annotations.add(store, NewAnnotation(1, gold.id, "answer", "gold-0123456789", label=1))
    said = [
        receive(store, anna, {"outbox": [{"key": key, "sentence_id": 1, "kind": "answer", "label": 99}]})[0]["message"]
        for key in ("gold-0123456789", "gold-9876543210")
    ]
    assert said[0] == said[1]


def test_everything_that_is_stored_can_be_exported_and_imported_again(store: Store) -> None:
    anna = people.add(store, "Anna")
    outbox = [
        {"key": " " * 8, "sentence_id": 1, "kind": "skip"},
        {"key": "browser-key-1", "sentence_id": 1, "kind": "skip", "edits": 2**60},
    ]
    assert [each["state"] for each in receive(store, anna, {"outbox": outbox})] == ["rejected", "rejected"]
