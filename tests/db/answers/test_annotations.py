import sqlite3
from dataclasses import replace

import pytest

from db import counting
from db.answers import admissions, annotations, review
from db.errors import MisalignedMarks, UnknownLabel, UnknownSentence
from db.records import NewAnnotation, Observed, Person
from db.store import Store


@pytest.fixture
def answer(store: Store, anna: Person) -> NewAnnotation:
    return NewAnnotation(1, anna.id, "answer", "key-0001", label=1, marks="..+.", observed=Observed(seconds=2.5))


def test_answer_is_stored_as_it_came(store: Store, answer: NewAnnotation) -> None:
    stored = annotations.add(store, answer)
    assert annotations.of_sentences(store, [1, 2]) == {1: [stored], 2: []}
    assert (stored.label, stored.marks, stored.observed.seconds, stored.kind) == (1, "..+.", 2.5, "answer")


def test_the_same_key_is_stored_once(store: Store, answer: NewAnnotation) -> None:
    first = annotations.add(store, answer)
    assert annotations.add(store, replace(answer, marks="++++")) == first
    assert annotations.last_id(store) == first.id


def test_a_second_answer_supersedes_the_first(store: Store, answer: NewAnnotation) -> None:
    first = annotations.add(store, answer)
    second = annotations.add(store, replace(answer, submission_key="key-0002", label=0, marks=None))
    assert second.supersedes == first.id
    assert [answer.superseded for answer in annotations.of_sentences(store, [1])[1]] == [True, False]


@pytest.mark.parametrize("marks", ["...", ".....", "..1.", "..+ "])
def test_marks_that_do_not_fit_the_tokens_are_refused(store: Store, answer: NewAnnotation, marks: str) -> None:
    with pytest.raises(MisalignedMarks, match="for 4 tokens"):
        annotations.add(store, replace(answer, marks=marks))
    assert annotations.last_id(store) == 0


def test_unknown_label_and_sentence_are_refused(store: Store, answer: NewAnnotation) -> None:
    with pytest.raises(UnknownLabel):
        annotations.add(store, replace(answer, label=7))
    with pytest.raises(UnknownSentence):
        annotations.add(store, replace(answer, sentence_id=999))


def test_marks_for_a_label_without_rationale_are_refused(store: Store, answer: NewAnnotation) -> None:
    with pytest.raises(MisalignedMarks, match="takes no rationale"):
        annotations.add(store, replace(answer, label=0))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE annotations SET marks = '++++'",
        "DELETE FROM annotations",
        "REPLACE INTO annotations SELECT * FROM annotations",
    ],
)
def test_an_answer_can_never_be_changed(store: Store, answer: NewAnnotation, statement: str) -> None:
    stored = annotations.add(store, answer)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), store.writing() as db:
        db.execute(statement)
    assert annotations.find(store, stored.submission_key) == stored


FORGED = """
    INSERT INTO annotations (sentence_id, person_id, kind, label, token_hash, token_count, marks, submission_key,
        supersedes, created_ms)
    SELECT :sentence, :person, :kind, :label, coalesce(:hash, token_hash), :count, :marks, 'forged-key', :supersedes, 0
    FROM sentences WHERE id = :sentence
"""
HONEST = {
    "sentence": 2,
    "person": 1,
    "kind": "answer",
    "label": 1,
    "hash": None,
    "count": 4,
    "marks": "..+.",
    "supersedes": None,
}


@pytest.mark.parametrize(
    "forgery",
    [
        {"count": 3, "marks": "..+"},
        {"marks": "..+"},
        {"marks": "..x."},
        {"hash": b"0" * 16},
        {"label": 9},
        {"label": None},
        {"kind": "skip"},
        {"kind": "guess"},
        {"person": 99},
        {"label": 0},
        {"supersedes": 1},
    ],
    ids=str,
)
def test_the_schema_itself_refuses_forged_rows(store: Store, answer: NewAnnotation, forgery: dict[str, object]) -> None:
    annotations.add(store, answer)
    with pytest.raises(sqlite3.IntegrityError), store.writing() as db:
        db.execute(FORGED, HONEST | forgery)


def test_the_schema_takes_the_row_that_the_forgeries_start_from(store: Store, answer: NewAnnotation) -> None:
    annotations.add(store, answer)
    with store.writing() as db:
        db.execute(FORGED, HONEST)
    assert annotations.last_id(store) == 2


def test_a_chain_cannot_fork(store: Store, answer: NewAnnotation) -> None:
    annotations.add(store, answer)
    annotations.add(store, replace(answer, submission_key="key-0002"))
    with pytest.raises(sqlite3.IntegrityError), store.writing() as db:
        db.execute(FORGED, HONEST | {"sentence": 1, "supersedes": 1})


def test_counts_ignore_superseded_answers(store: Store, answer: NewAnnotation, anna: Person) -> None:
    annotations.add(store, answer)
    annotations.add(store, replace(answer, submission_key="key-0002", label=0, marks=None))
    annotations.add(store, replace(answer, submission_key="key-0003", sentence_id=2))
    annotations.add(store, NewAnnotation(3, anna.id, "skip", "key-0004"))
    assert annotations.count_answers_by_label(store) == {0: (1, 0), 1: (1, 1)}
    assert annotations.count_by_person(store) == {"Anna": {"answer": 2, "skip": 1}}


def test_the_surplus_answers_are_found_without_reading_all_answers(store: Store, anna: Person) -> None:
    asked: list[str] = []
    store.db.conn.set_trace_callback(asked.append)
    assert review.surplus_sentences(store, limit=9) == []
    store.db.conn.set_trace_callback(None)
    plan = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {asked[0]}")]
    assert plan[0] == "SCAN a USING INDEX annotations_surplus", plan


def test_whether_an_answer_counts_is_looked_up_and_not_searched_for(store: Store) -> None:
    query = f"SELECT count(*) FROM annotations a WHERE a.label IS NOT NULL AND {counting.counts()}"
    plan = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert any("m USING INDEX admissions_annotation (annotation_id=?)" in step for step in plan), plan
    assert any(step.startswith("SEARCH newer USING") for step in plan), plan


def test_admissions_are_a_log_of_which_the_newest_holds(store: Store, answer: NewAnnotation, anna: Person) -> None:
    late = annotations.add(store, answer, surplus=True)
    assert annotations.count_by_person(store) == {}
    for admitted in (True, False, True):
        admissions.add(store, late.id, admitted, person_id=anna.id)
        assert annotations.find(store, answer.submission_key).has_a_vote is admitted
        assert annotations.count_by_person(store) == ({"Anna": {"answer": 1}} if admitted else {})
    for statement in ("DELETE FROM admissions", "UPDATE admissions SET admitted = 0"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), store.writing() as db:
            db.execute(statement)


def test_finding_which_of_a_few_sentences_a_person_answered_does_not_read_all_their_answers(store, anna) -> None:
    plan = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {annotations.ANSWERED_OF}", ["[1]", anna.id])]
    assert any("annotations_of_person (person_id=? AND sentence_id=?)" in step for step in plan), plan
    for number, kind in ((1, "answer"), (2, "skip")):
        label = 1 if kind == "answer" else None
        annotations.add(store, NewAnnotation(number, anna.id, kind, f"browser-key-{number}", label=label))
    assert annotations.answered_of(store, anna.id, [3, 2, 1]) == [1]
