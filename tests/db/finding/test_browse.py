"""A filter reads the most selective index, and never sorts or scans what an index has in order."""

from typing import Any

import pytest

from db.answers import annotations
from db.corpus import sentences
from db.finding import browse, browse_plan, search
from db.finding.filters import EVERYTHING, SentenceFilter
from db.records import NewAnnotation, NewSentence, Observed, Person, Sentence
from db.store import Store

FROM_INDEX = [
    (EVERYTHING, "SEARCH d USING COVERING INDEX sqlite_autoindex_sentences_2 (id>? AND id<?)"),
    (SentenceFilter(split="dev"), "SEARCH d USING COVERING INDEX sentences_split (split=? AND id>? AND id<?)"),
    (SentenceFilter(label=1), "annotations_label (label=? AND sentence_id>? AND sentence_id<?)"),
    (SentenceFilter(label=1, person=1), "annotations_label (label=? AND sentence_id>? AND sentence_id<?)"),
    (SentenceFilter(person=1), "annotations_of_person (person_id=? AND sentence_id>? AND sentence_id<?)"),
    (SentenceFilter(person=1, split="dev"), "annotations_of_person (person_id=?"),
    (SentenceFilter(answered=True), "annotations_sentence (sentence_id>? AND sentence_id<?)"),
    (SentenceFilter(disagreement=True), "annotations_sentence (sentence_id>? AND sentence_id<?)"),
    (SentenceFilter(flagged=True), "annotations_flagged (sentence_id>? AND sentence_id<?)"),
    (SentenceFilter(flagged=True, answered=False, split="dev"), "annotations_flagged (sentence_id>?"),
    (SentenceFilter(answered=False), "SEARCH d USING COVERING INDEX sqlite_autoindex_sentences_2 (id>? AND id<?)"),
    (SentenceFilter(answered=False, split="dev"), "sentences_split (split=? AND id>? AND id<?)"),
    (SentenceFilter(words=("ship",)), "SCAN d VIRTUAL TABLE INDEX"),
    (SentenceFilter(words=("ship",), answered=False, split="dev"), "SCAN d VIRTUAL TABLE INDEX"),
    (SentenceFilter(words=("ship",), label=1, split="dev"), "annotations_label (label=? AND sentence_id>?"),
    (SentenceFilter(words=("ship",), disagreement=True), "annotations_sentence (sentence_id>? AND sentence_id<?)"),
]


@pytest.mark.parametrize(("chosen", "index"), FROM_INDEX, ids=[str(place) for place in range(len(FROM_INDEX))])
def test_a_page_walks_an_index_in_order_and_sorts_nothing(store: Store, chosen: SentenceFilter, index: str) -> None:
    plan = browse_plan.plan_of(store, chosen)
    values = plan.values | {"after": 0, "upto": 9, "size": 9, "window": 9}
    for query in (plan.query(), plan.window()):
        steps = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
        assert not any("TEMP B-TREE" in step for step in steps), steps
        scans = [step for step in steps if step.startswith("SCAN") and "subquery" not in step]
        assert all("VIRTUAL TABLE INDEX" in step for step in scans), steps
    first, *_ = store.db.execute(f"EXPLAIN QUERY PLAN {plan.query()}", values)
    assert index in first[3]


def test_where_many_have_answers_the_words_are_looked_up_first(
    store: Store, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    search.index_missing(store)
    for sentence in range(1, 6):
        annotations.add(store, NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label=0))
    asked = SentenceFilter(words=("w3",), label=0)
    plans, found = [], []
    for window in (5, 6):
        monkeypatch.setattr(browse_plan, "WINDOW", window)
        plans.append(browse_plan.plan_of(store, asked).rows)
        found.append([each.id for each in browse.page(store, asked).sentences])
    assert plans == ["sentence_words d", "annotations d INDEXED BY annotations_label"]
    assert found == [[4], [4]]


def test_what_is_flagged_is_found_until_the_flag_is_taken_back(store: Store, anna: Person) -> None:
    flagged = SentenceFilter(flagged=True)
    annotations.add(store, NewAnnotation(3, anna.id, "skip", "key-00003", observed=Observed(flagged=True)))
    annotations.add(store, NewAnnotation(5, anna.id, "answer", "key-00005", label=0, observed=Observed(flagged=True)))
    annotations.add(store, NewAnnotation(6, anna.id, "answer", "key-00006", label=0))
    assert [each.id for each in browse.page(store, flagged).sentences] == [3, 5]
    annotations.add(store, NewAnnotation(5, anna.id, "answer", "key-00007", label=0))
    assert [each.id for each in browse.page(store, flagged).sentences] == [3]


def test_pages_follow_each_other_without_a_gap(store: Store) -> None:
    first = browse.page(store, EVERYTHING, size=4)
    second = browse.page(store, EVERYTHING, after_id=first.resume_after or 0, size=6)
    assert [each.id for each in (*first.sentences, *second.sentences)] == list(range(1, 11))
    assert second.resume_after is None


def test_if_few_pass_a_page_says_where_to_resume(store: Store, anna: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    annotations.add(store, NewAnnotation(10, anna.id, "answer", "key-00010", label=0))
    monkeypatch.setattr(browse_plan, "WINDOW", 2)
    monkeypatch.setattr(browse, "MOST_WINDOWS", 3)
    odd = SentenceFilter(literal="w9")
    assert browse.page(store, odd) == browse.Page([], 6)
    assert browse.page(store, odd, after_id=6).sentences == [sentences.read(store, 10)]
    assert browse.count(store, odd, at_most=5) == browse.Found(0, False)
    assert browse.count(store, SentenceFilter(answered=True), at_most=5) == browse.Found(1, True)
    assert [len(page) for page in browse.pages(store, odd)] == [1]


@pytest.mark.parametrize("more", [{}, {"split": "pool"}, {"answered": True}, {"label": 0}, {"words": ("w4",)}])
def test_named_sentences_are_found_like_any_others(store: Store, anna: Person, more: dict[str, Any]) -> None:
    search.index_missing(store)
    for sentence in (2, 5):
        annotations.add(store, NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label=0))
    named, every = SentenceFilter(among=(2, 5, 7, 99), **more), SentenceFilter(**more)
    expected = [each.id for each in browse.page(store, every).sentences if each.id in (2, 5, 7)]
    assert [each.id for each in browse.page(store, named).sentences] == expected
    assert browse.count_all(store, named) == len(expected)


def test_named_sentences_are_handed_over_a_window_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browse_plan, "WINDOW", 2)
    named = SentenceFilter(among=(1, 3, 5, 6, 8, 9, 10))
    assert [each.id for page in browse.pages(store, named, size=3) for each in page] == list(named.among or ())
    assert browse.page(store, named, size=3).resume_after == 5
    assert browse.page(store, SentenceFilter(among=())).sentences == []


def test_a_count_stops_at_its_limit(store: Store) -> None:
    assert browse.count(store, EVERYTHING, at_most=9) == browse.Found(9, False)
    assert browse.count(store, EVERYTHING, at_most=10) == browse.Found(10, True)


def test_sentences_of_an_import_under_way_are_not_found(store: Store, add_sentences) -> None:
    hidden = sentences.begin_import(store, source="test", source_hash="", tokenizer="given")
    shown = sentences.read(store, 1)
    sentences.add(store, hidden, [_copy(shown)])
    search.index_missing(store)
    assert browse.count(store, EVERYTHING, at_most=99) == browse.Found(10, True)
    assert browse.count(store, SentenceFilter(words=("ship",)), at_most=99) == browse.Found(10, True)


def _copy(sentence: Sentence) -> NewSentence:

    return NewSentence("hidden", sentence.text, sentence.tokens, sentence.starts, "pool")


def test_the_phrase_is_quoted_whatever_is_in_it() -> None:
    assert search.phrase(["a"]) == '"a"*'
    assert search.phrase(['sa"id', "NEAR("]) == '"sa""id NEAR("*'
