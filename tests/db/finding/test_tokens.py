"""The tokens of sentences, without the rest of them."""

from collections.abc import Callable

from db.corpus import sentences
from db.finding import tokens
from db.records import NewSentence
from db.store import Store


def test_the_tokens_are_those_of_the_sentences_in_the_order_that_was_asked_for(
    empty_store: Store, add_sentences: Callable[..., list[int]]
) -> None:
    ids = [*add_sentences(3), *add_sentences(2, split="test", words=("A", "boat"))]
    found = tokens.of_ids(empty_store, [*reversed(ids), 99])
    assert [(one.id, one.tokens, one.query_tokens) for one in found] == [
        (one.id, one.tokens, one.query_tokens) for one in reversed(sentences.of_ids(empty_store, ids))
    ]
    assert tokens.counts(empty_store, [*reversed(ids), 99]) == [len(one.tokens) for one in found]


def test_a_query_has_tokens_and_an_import_that_is_not_finished_has_none_to_show(empty_store: Store) -> None:
    import_id = sentences.begin_import(empty_store, source="a.jsonl", source_hash="00", tokenizer="given")
    words, asked_for = ("It", "sank", "."), ("What", "?")
    asked = NewSentence("q-1", "It sank.", words, (0, 3, 7), "pool", query="What?", query_tokens=asked_for)
    ids = sentences.add(empty_store, import_id, [asked])
    assert tokens.of_ids(empty_store, ids) == tokens.counts(empty_store, ids) == []
    sentences.finish_import(empty_store, import_id)
    assert tokens.of_ids(empty_store, ids) == [(ids[0], words, asked_for)]
    assert tokens.counts(empty_store, ids) == [3]
