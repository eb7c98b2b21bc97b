import tempfile
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from answered import EMOJI, Said, answer_all, bring, decide, person_called
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judged_rounds import Says, add_round

from annotator.answering.picking import pick_sentence
from annotator.exporting.example import GivenAnswer, Span
from annotator.exporting.examples import Examples
from annotator.project.labels import retire_label
from annotator.project.word_rules import add_rule
from annotator.reviewing.browsing import choose
from annotator.rounds.learning.training_set import build_training_set
from db.answers import annotations
from db.corpus import sentences
from db.records import OWNER, Label

LABELS = (Label(0, "none", takes_rationale=False), Label(1, "event"), Label(2, "unsure"))
SAID = st.builds(Said, st.integers(0, 2), st.sampled_from([None, ".", "+", "+-."]), st.none() | st.floats(0, 1e6))
TEXTS = ["The ship sank", "All survived", "the  ship of the line", EMOJI]


@pytest.fixture(scope="session")
def make(new_store):
    return lambda path: new_store(path, labels=LABELS, overlap=3)


@pytest.fixture
def project(make, tmp_path):
    """A project with one sentence per text, all in the pool."""
    with make(tmp_path / "project.db") as store:
        bring(store, tmp_path, ({"id": f"s{place}", "text": text} for place, text in enumerate(TEXTS)))
        yield store


def by_id(store, **asked):
    return {row.id: row for row in Examples(store, **asked)}


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(["train", "dev", "test"])), min_size=1, max_size=6),
    st.lists(st.lists(SAID, max_size=6), min_size=1, max_size=3),
    st.lists(SAID, max_size=2),
    st.sampled_from(["majority", "newest"]),
    st.sampled_from([None, "unsure"]),
)
def test_the_examples_are_what_a_round_started_now_would_learn(make, texts, said, decided, policy, retired):
    with tempfile.TemporaryDirectory() as name, make(Path(name) / "project.db") as store:
        bring(
            store,
            Path(name),
            ({"id": f"s{place}", "text": text, "split": split} for place, (text, split) in enumerate(texts)),
        )
        for who, answers in zip(["ada", "Bob", "Cy"], said, strict=False):
            answer_all(store, who, answers)
        for page in sentences.pages(store):
            for sentence, one in zip(page, decided, strict=False):
                decide(store, "Zoe", sentence.id, len(sentence.tokens), one)
        add_rule(store, "the", actor=OWNER)
        if retired is not None:
            retire_label(store, retired, actor=OWNER)
        learned = build_training_set(store, up_to=annotations.last_id(store), policy=policy)
        examples = Examples(store, policy=policy)
        rows = list(examples)
        of_round = {(each.id, each.split): each for each in chain.from_iterable(learned.examples.values())}
        in_pool = {"train": "pool", "dev": "dev", "test": "test"}
        assert {(row.id, in_pool[row.split]) for row in rows} == of_round.keys()
        for row in rows:
            example = of_round[row.id, in_pool[row.split]]
            assert (row.tokens, LABELS[example.label].name, row.marks) == (example.tokens, row.label, example.marks)
        assert examples.left_out["tie"] == learned.ties
        assert examples.left_out["held out elsewhere"] == learned.straddling_left_out.total()
        assert len(rows) + examples.left_out.total() == sentences.count(store)


def test_a_row_says_what_everybody_said(project):
    for who, said in [("ada", Said(1, "+..", 2.0)), ("Bob", Said(1, "++.", 4.0)), ("Cy", Said(0, None))]:
        answer_all(project, who, [said])
    (row,) = Examples(project)
    assert (row.label, row.marks, row.words, row.votes) == ("event", row.marks, row.words, {"none": 1, "event": 2})
    assert [given.person for given in row.answers] == ["ada", "Bob", "Cy"]
    assert row.soft_label == {"none": 1 / 3, "event": 2 / 3}
    assert row.soft_marks[:2] == (1.0, 0.5)
    assert row.seconds == 6.0
    assert row.chosen == "random"


def test_the_newest_answer_decides_where_that_is_asked_for(project):
    answer_all(project, "ada", [Said(1, "+")])
    answer_all(project, "Bob", [Said(0)])
    examples = Examples(project)
    assert list(examples) == []
    assert examples.left_out == {"tie": 1, "no answer": 3}
    (row,) = Examples(project, policy="newest")
    assert (row.label, row.marks, row.votes) == ("none", None, {"none": 1, "event": 1})


def test_a_decision_overrules_people_and_their_answers_stay(project):
    answer_all(project, "ada", [Said(0, None, 1.5)])
    (row,) = Examples(project)
    sentence = sentences.find(project, [row.id])[row.id]
    decide(project, "Zoe", sentence.id, len(sentence.tokens), Said(1, "-+"))
    (row,) = Examples(project)
    assert (row.label, row.decided, row.votes) == ("event", True, {"none": 1})
    assert row.answers == (GivenAnswer("Zoe", "event", row.marks),)
    assert row.overruled == (GivenAnswer("ada", "none", None, 1.5),)
    assert row.soft_marks == tuple(float(mark == "+") for mark in row.marks)


def test_spans_are_runs_of_words_in_code_points(project):
    answer_all(project, "ada", [Said(1, "++-")] * 4)
    row = by_id(project)["s3"]
    assert row.spans[:2] == (Span(0, 7, "+"), Span(8, 13, "-"))
    assert EMOJI[0:7] == "Sehr 👍🏽"
    assert all(row.text[span.start : span.end] for span in row.spans)


def test_without_names_people_have_numbers_and_gold_stays(make, tmp_path):
    with make(tmp_path / "project.db") as store:
        lines = [{"id": "s0", "text": "The ship", "split": "dev", "label": "event"}, {"id": "s1", "text": "sank"}]
        bring(store, tmp_path, lines)
        answer_all(store, "Zoe", [Said(1, "+")])
        people = {row.id: [given.person for given in row.answers] for row in Examples(store, with_names=False)}
        assert people == {"s0": ["gold"], "s1": ["person 1"]}
        assert by_id(store)["s0"].chosen is None, "no one was given it"


def test_the_newest_round_says_what_it_predicts(project):
    answer_all(project, "ada", [Said(1, "+")] * 4)
    (page,) = sentences.pages(project)
    says = {sentence.id: Says(1, saliency=tuple(0.1 * i for i in range(len(sentence.tokens)))) for sentence in page[:2]}
    add_round(project, {page[0].id: replace(says[page[0].id], label=2)}, gold={})
    newest = add_round(project, says, gold={})
    rows = by_id(project)
    assert rows["s0"].prediction.round == newest.id
    assert rows["s0"].prediction.probabilities["event"] == pytest.approx(0.8)
    assert rows["s0"].prediction.saliency == pytest.approx((0.0, 0.1, 0.2), abs=1e-3)
    assert rows["s0"].prediction.explained == "event"
    assert rows["s3"].prediction is None
    assert all(row.prediction is None for row in Examples(project, with_predictions=False))


def test_a_sentence_that_an_acquisition_or_a_person_chose_is_not_random(project):
    (page,) = sentences.pages(project)
    with project.writing() as db:
        db.execute("UPDATE slots SET reason = 'unsure', score = 0.5 WHERE sentence_id = ?", [page[0].id])
    pick_sentence(project, person_called(project, "ada"), "s1")
    answer_all(project, "ada", [Said(1, "+")] * 4)
    assert {name: row.chosen for name, row in by_id(project).items()} == {
        "s0": "acquired",
        "s1": "picked",
        "s2": "random",
        "s3": "random",
    }


def test_only_what_a_filter_finds_is_exported(project):
    answer_all(project, "ada", [Said(1, "+")] * 4)
    assert by_id(project, chosen=choose(project, search="survived")).keys() == {"s1"}


def test_answers_that_come_meanwhile_are_left_out(project):
    answer_all(project, "ada", [Said(1, "+")] * 4)
    rows = iter(Examples(project))
    first = next(rows)
    answer_all(project, "Bob", [Said(0)] * 4)
    assert [dict(row.votes) for row in (first, *rows)] == [{"event": 1}] * 4
