import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.answers import annotations
from db.corpus import sentences
from db.errors import UnknownSentence
from db.queue import slots
from db.records import NewAnnotation, NewSentence, Person
from db.store import Store

SHIP = NewSentence("s-1", "The ship sank.", ("The", "ship", "sank", "."), (0, 4, 9, 13), "pool", metadata={"book": 7})


def begin(store: Store) -> int:
    return sentences.begin_import(store, source="a.jsonl", source_hash="00", tokenizer="given")


def test_a_sentence_comes_back_as_it_was_brought(empty_store: Store) -> None:
    import_id = begin(empty_store)
    (sentence_id,) = sentences.add(empty_store, import_id, [SHIP])
    sentences.finish_import(empty_store, import_id)
    found = sentences.find(empty_store, ["s-1", "s-2"])
    assert found == {"s-1": sentences.read(empty_store, sentence_id)}
    assert found["s-1"].tokens == SHIP.tokens
    assert found["s-1"].metadata == {"book": 7}
    assert found["s-1"].token_hash == sentences.hash_tokens(SHIP.tokens)


def test_an_import_is_invisible_before_it_is_finished(empty_store: Store) -> None:
    import_id = begin(empty_store)
    (sentence_id,) = sentences.add(empty_store, import_id, [SHIP])
    assert sentences.count(empty_store) == 0
    assert list(sentences.pages(empty_store)) == []
    assert sentences.find(empty_store, ["s-1"]) == {}
    assert slots.create_missing(empty_store) == 0
    with pytest.raises(UnknownSentence):
        sentences.read(empty_store, sentence_id)


def test_the_next_import_removes_what_a_dead_one_left(empty_store: Store) -> None:
    sentences.add(empty_store, begin(empty_store), [SHIP])
    import_id = begin(empty_store)
    sentences.add(empty_store, import_id, [SHIP])
    sentences.finish_import(empty_store, import_id)
    assert sentences.count(empty_store) == 1


def test_pages_give_every_sentence_once(store: Store) -> None:
    pages = list(sentences.pages(store, size=4))
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [each.id for page in pages for each in page] == list(range(1, 11))


def test_pages_of_answered_sentences_leave_the_others_out(store: Store, anna: Person) -> None:
    annotations.add(store, NewAnnotation(3, anna.id, "answer", "key-0001", label=0))
    assert [each.id for page in sentences.pages(store, answered=True) for each in page] == [3]


@given(
    st.lists(st.text() | st.sampled_from(['"', "\\", "\x00", "\x1f", "\x7f", "\u2028", "🚢"])), st.lists(st.integers(0))
)
def test_tokens_and_starts_are_written_as_json_writes_them(tokens: list[str], starts: list[int]) -> None:
    row = sentences.encode(NewSentence("s", "", tuple(tokens), tuple(starts), "pool"))
    written = [json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in (tokens, starts)]
    assert [row.tokens, row.starts] == written
