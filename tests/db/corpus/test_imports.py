"""What an import has added so far is asked for again and again, so the answer must not cost more with each sentence."""

from db.corpus import imports, sentences
from db.records import NewSentence
from db.store import Store


def brought(store: Store, name: str, count: int) -> int:
    number = sentences.begin_import(store, source=name, source_hash="", tokenizer="given")
    texts = [(f"{name}-{place}", f"{name}{place}") for place in range(count)]
    sentences.add(store, number, [NewSentence(name, word, (word,), (0,), "pool") for name, word in texts])
    sentences.finish_import(store, number)
    return number


def test_only_what_this_import_added_is_returned(empty_store: Store) -> None:
    brought(empty_store, "a", 3)
    second = brought(empty_store, "b", 3)
    assert imports.added_by(empty_store, second, ["a-0", "b-0", "b-2", "b-7"]) == {"b-0", "b-2"}


def test_the_work_does_not_grow_with_the_import(empty_store: Store) -> None:
    def steps(import_id: int, name: str) -> int:
        counted: list[None] = []
        empty_store.db.conn.set_progress_handler(lambda: counted.append(None), 1)
        found = imports.added_by(empty_store, import_id, [f"{name}-{place}" for place in range(10)])
        empty_store.db.conn.set_progress_handler(None, 1)
        assert len(found) == 10
        return len(counted)

    small, large = brought(empty_store, "small", 20), brought(empty_store, "large", 2_000)
    assert steps(large, "large") < 2 * steps(small, "small")
