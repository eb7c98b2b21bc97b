import pytest

from db.answers import annotations
from db.corpus import sentences
from db.finding import texts
from db.finding.texts import Text
from db.records import NewAnnotation, NewSentence, Person, Split
from db.store import Store


@pytest.fixture
def bring(empty_store: Store):
    """Return a function that imports one sentence per (words, split, query) and returns the ids.

    `ready=False` leaves the import unfinished.
    """

    def bring(*given: tuple[str, Split, str | None], ready: bool = True) -> list[int]:
        first = empty_store.db.execute("SELECT count(*) FROM sentences").fetchone()[0]
        new = [_sentence(f"s{first + place}", *each) for place, each in enumerate(given)]
        import_id = sentences.begin_import(empty_store, source="test", source_hash="", tokenizer="given")
        ids = sentences.add(empty_store, import_id, new)
        if ready:
            sentences.finish_import(empty_store, import_id)
        return ids

    return bring


def _sentence(name: str, words: str, split: Split, query: str | None) -> NewSentence:
    tokens = tuple(words.split())
    starts = tuple(sum(len(token) + 1 for token in tokens[:place]) for place in range(len(tokens)))
    query_tokens = tuple(query.split()) if query is not None else None
    return NewSentence(name, words, tokens, starts, split, query=query, query_tokens=query_tokens)


def text(words: str, query: str | None = None) -> Text:
    encoded = sentences.encode(_sentence("x", words, "pool", query))
    return Text(encoded.token_hash, encoded.query_tokens)


def test_a_text_has_the_strictest_split_of_the_sentences_that_have_it(empty_store: Store, bring) -> None:
    bring(("a b", "pool", None), ("a b", "test", None), ("a b", "dev", None), ("c d", "dev", None), ("e", "pool", None))
    splits = texts.splits_of(empty_store, [text("a b"), text("c d"), text("e"), text("f"), text("e")])
    assert splits == {text("a b"): "test", text("c d"): "dev", text("e"): "pool"}


def test_more_texts_than_one_statement_takes_are_found(empty_store: Store, bring) -> None:
    bring(*((f"w{number}", "dev", None) for number in range(450)))
    assert set(texts.splits_of(empty_store, [text(f"w{number}") for number in range(500)]).values()) == {"dev"}
    assert len(texts.splits_of(empty_store, [text(f"w{number}") for number in range(500)])) == 450


def test_the_same_words_with_another_query_are_another_text(empty_store: Store, bring) -> None:
    bring(("a b", "pool", "who ?"), ("a b", "test", "when ?"), ("a b", "dev", None))
    assert texts.count_straddling(empty_store) == 0
    assert texts.splits_of(empty_store, [text("a b", "when ?"), text("a b", "why ?")]) == {
        text("a b", "when ?"): "test"
    }
    bring(("a b", "pool", "when ?"))
    assert texts.count_straddling(empty_store) == 1


def test_what_an_unfinished_import_left_is_not_seen(empty_store: Store, bring) -> None:
    bring(("a b", "pool", None))
    bring(("a b", "test", None), ("c", "test", None), ready=False)
    assert texts.splits_of(empty_store, [text("a b"), text("c")]) == {text("a b"): "pool"}
    assert texts.count_straddling(empty_store) == 0


def test_straddling_texts_are_named_with_a_sentence_of_each_split(empty_store: Store, bring) -> None:
    bring(("a b", "pool", None), ("a b", "pool", None), ("a b", "test", None), ("c", "dev", None))
    (found,) = texts.straddling(empty_store, limit=5)
    assert found.sentences == {"pool": "s0", "test": "s2"}


def test_answers_whose_text_is_held_out_elsewhere_are_found(empty_store: Store, bring, anna: Person) -> None:
    ids = bring(
        *(("a", split, None) for split in ("pool", "dev", "test")),
        *(("b", split, None) for split in ("pool", "dev")),
        *(("c", split, None) for split in ("pool", "pool")),
        *(("d", split, None) for split in ("pool", "test")),
    )
    for sentence_id in ids[:-2]:
        annotations.add(empty_store, NewAnnotation(sentence_id, anna.id, "answer", f"key-{sentence_id:05}", label=0))
    assert texts.answered_elsewhere_held_out(empty_store) == (
        {ids[0], ids[1], ids[3]},
        texts.count_straddling(empty_store),
    )
    assert texts.count_straddling(empty_store) == 3
    assert texts.pool_held_out_elsewhere(empty_store) == {ids[0], ids[3], ids[7]}


@pytest.mark.parametrize("query", ["same", "differing"])
@pytest.mark.parametrize("ask", ["splits_of", "count_straddling", "answered_elsewhere_held_out", "straddling"])
def test_work_grows_with_the_project_and_not_with_its_square(empty_store: Store, bring, ask: str, query: str) -> None:
    def steps() -> int:
        counted = [0]
        conn = empty_store.db.conn
        conn.set_progress_handler(lambda: counted.__setitem__(0, counted[0] + 1) or 0, 100)
        if ask == "splits_of":
            texts.splits_of(empty_store, [text("a b", query_of(number)) for number in range(size)])
        elif ask == "straddling":
            texts.straddling(empty_store, limit=5)
        else:
            getattr(texts, ask)(empty_store)
        conn.set_progress_handler(None, 0)
        return counted[0]

    def query_of(number: int) -> str | None:
        return f"q{number // 2}" if query == "differing" else None

    def more(first: int) -> None:
        splits = ("pool", "test")
        bring(*(("a b", splits[number % 2], query_of(number)) for number in range(first, first + 1000)))

    size = 1000
    more(0)
    before = steps()
    size = 4000
    for first in (1000, 2000, 3000):
        more(first)
    assert steps() <= 5 * before + 20  # four times as many sentences; the square would be 16 times


@pytest.mark.parametrize("statement", [texts._ANSWERED_AND_COUNT, texts._IN_POOL, texts._splits_sql(2), texts._COUNT])
def test_the_index_alone_answers(empty_store: Store, statement: str) -> None:
    values = [b"", None] * statement.count("(?, ?)")
    plan = [row[3] for row in empty_store.db.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    looked_up = [step for step in plan if step.split()[:2] in (["SEARCH", "s"], ["SCAN", "s"])]
    assert looked_up and all("USING COVERING INDEX sentences_words" in step for step in looked_up), plan
    assert not any("AUTOMATIC" in step for step in plan), plan
