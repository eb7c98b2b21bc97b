"""Two rounds compared: by hand on a few sentences, and a trained round with its twin."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from judged_rounds import Says, add_round, id_of

from annotator.care.freeing import free_rounds
from annotator.errors import CannotCompare
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.measuring.changed import all_compared, list_changed
from annotator.rounds.measuring.comparing import (
    comparable_rounds,
    compare_rounds,
    default_pair,
    heading,
    shared_splits,
)
from annotator.rounds.measuring.comparison_files import as_csv, as_json_lines
from annotator.rounds.measuring.comparison_tables import (
    categories_table,
    confusion_table,
    figures_table,
    p_value,
    parts_table,
)
from annotator.rounds.measuring.parts import SEEN, UNSEEN
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from db.answers import annotations
from db.errors import UnknownRound
from db.learning import rounds
from db.queue import slots
from db.records import OWNER, NewAnnotation
from db.team import project
from learner.judging.changes import KINDS

FIRST, LAST = (0.9, 0.1, 0.0, 0.0), (0.0, 0.0, 0.1, 0.9)
"""Saliency that ranks the first word first, and the last."""


def answer(store, person, sentence, label, marks=None):
    key = f"{person.name}-{sentence:05}-{label}"
    return annotations.add(store, NewAnnotation(sentence, person.id, "answer", key, label=label, marks=marks))


@pytest.fixture
def judged_on(empty_store, add_sentences, anna):
    """Twelve test sentences: eleven events, marked at their last word, and one that is none."""
    ids = add_sentences(12, split="test")
    for sentence in ids[:11]:
        answer(empty_store, anna, sentence, 1, "...+")
    answer(empty_store, anna, ids[11], 0)
    return ids


def gold_of(ids):
    return {"test": {each: (1, "...+") for each in ids[:11]} | {ids[11]: (0, None)}}


@pytest.fixture
def pair(empty_store, judged_on):
    """Round 1 and its twin: it gains two sentences, loses one, looks elsewhere at two, and misses two for both."""
    gold, last = gold_of(judged_on), annotations.last_id(empty_store)
    none, right = judged_on[11], dict.fromkeys(judged_on[:11], Says(1, 0.8, LAST))
    twin = right | {none: Says(0, 0.6)} | {each: Says(0, 0.7, FIRST) for each in judged_on[:4]}
    twin |= {judged_on[4]: Says(1, 0.6, FIRST)}
    taught = right | {none: Says(1, 0.9)} | {each: Says(0, 0.9, FIRST) for each in judged_on[2:4]}
    taught |= {judged_on[0]: Says(1, 0.95, LAST), judged_on[5]: Says(1, 0.8, LAST)}
    add_round(empty_store, taught, gold=gold, last_annotation=last, config={"loss": "margin"}, serve=True)
    add_round(empty_store, twin, gold=gold, twin_of=1, last_annotation=last, config={"loss": "none"})
    return compare_rounds(empty_store, -1, 1, actor=OWNER)


def test_figures_and_counts_by_hand(pair) -> None:
    assert heading(pair) == "Twin of round 1 → round 1"
    assert (pair.split, pair.figures.sentences, pair.figures.gained, pair.figures.lost) == ("test", 12, 2, 1)
    assert pair.figures.p == 1.0  # binomial(3, ½): 2 of 3 either way
    assert pair.verdict.startswith("No difference in accuracy that 12 test sentences could show")
    accuracy = pair.figures.differences["accuracy"]
    assert (accuracy.before, accuracy.after) == pytest.approx((100 * 8 / 12, 100 * 9 / 12))
    assert dict(pair.counts) == {
        "now right": 2,
        "now wrong": 1,
        "right for the wrong words": 0,  # a sentence of four words has none outside the six
        "right for other words": 1,
        "both wrong": 2,
    }
    assert pair.confusion.change.tolist() == [[-1, 1], [-2, 2]]


def test_the_categories_of_appendix_d_name_the_rounds(pair) -> None:
    assert pair.categories["both right, both look"] == 7
    assert pair.categories["only round 1 is right and looks"] == 0  # the twin looks as well
    assert sum(pair.categories.values()) == 11


def test_the_parts_are_label_length_marks_and_whether_people_agree(empty_store, pair, judged_on, ben) -> None:
    answer(empty_store, ben, judged_on[0], 1)
    answer(empty_store, ben, judged_on[1], 0)
    again = compare_rounds(empty_store, -1, 1, actor=OWNER)
    # All have at most four words: a part of all sentences would say what the whole does, with another interval.
    sizes = {(part.group, part.name): part.difference.sentences for part in again.parts}
    assert sizes == {
        ("label", "none"): 1,
        ("label", "event"): 11,
        ("marks", "with marked words"): 11,
        ("marks", "without"): 1,
        ("several people", "people agree"): 1,
        ("several people", "people differ"): 1,
    }


def test_changed_sentences_come_with_both_models_and_the_marks(empty_store, pair, judged_on) -> None:
    first, second = list_changed(empty_store, pair, "now right", limit=20, actor=OWNER)
    assert id_of(empty_store, first.id) == judged_on[0]  # 0.3 → 0.95, before 0.3 → 0.8
    assert (first.gold, first.marks, first.kinds) == ("event", "...+", ("now right",))
    assert (first.before.label, first.before.is_right, first.after.label, first.after.is_right) == (
        *("none", False),
        *("event", True),
    )
    assert (first.before.probability, first.before.probability_of_gold) == pytest.approx((0.7, 0.3))
    assert first.before.saliency == pytest.approx(FIRST, abs=1e-3)
    assert first.after.saliency == pytest.approx(LAST, abs=1e-3)
    assert id_of(empty_store, second.id) == judged_on[1]
    assert list_changed(empty_store, pair, "now right", limit=1, actor=OWNER) == [first]


def test_marks_are_those_that_the_second_round_was_judged_by(empty_store, pair, judged_on, anna) -> None:
    later = NewAnnotation(judged_on[0], anna.id, "answer", "key-later", label=1, marks="+...")
    annotations.add(empty_store, later)
    assert list_changed(empty_store, pair, "now right", limit=1, actor=OWNER)[0].marks == "...+"


def test_a_freed_round_keeps_figures_and_loses_its_shading(empty_store, pair) -> None:
    add_round(empty_store, {}, gold={}, serve=True)
    free_rounds(empty_store, [1], actor=OWNER)
    after = compare_rounds(empty_store, -1, 1, actor=OWNER)
    assert after.figures == pair.figures
    assert [remark for remark in after.remarks if "Round 1's files were freed" in remark]
    first = list_changed(empty_store, after, "now right", limit=1, actor=OWNER)[0]
    assert (first.after.saliency, first.after.label) == (None, "event")


def test_files_that_are_not_what_was_saved_are_not_shown(empty_store, pair) -> None:
    path = empty_store.path.parent / rounds.read(empty_store, 1).saliency_file
    np.save(path, np.zeros((48, 2), dtype=np.float16))
    after = compare_rounds(empty_store, -1, 1, actor=OWNER)
    assert any("SHA-256 differs" in remark for remark in after.remarks)
    assert list_changed(empty_store, after, "now right", limit=1, actor=OWNER)[0].after.saliency is None


def test_sentences_that_one_round_was_not_judged_on_are_counted_and_left_out(empty_store, pair, judged_on) -> None:
    fewer = {each: Says(1) for each in judged_on[:6]}
    judged = {each: (1, "...+") for each in judged_on[:5]} | {judged_on[5]: (0, None)}
    newer = add_round(empty_store, fewer, gold={"test": judged})
    compared = compare_rounds(empty_store, 1, newer.id, actor=OWNER)
    assert compared.figures.sentences == 5
    assert compared.remarks[0] == "6 test sentences are left out: only one of the rounds was judged on them."
    assert compared.remarks[1] == "1 test sentence is left out: its label changed in between."


def test_what_cannot_be_compared_is_refused_with_the_reason(empty_store, pair, judged_on) -> None:
    def refusal(before, after, **more):
        with pytest.raises(CannotCompare) as refused:
            compare_rounds(empty_store, before, after, actor=OWNER, **more)
        return str(refused.value)

    assert "was chosen twice" in refusal(1, 1)
    assert "not both judged on dev" in refusal(-1, 1, split="dev")
    old = rounds.queue(empty_store, config={}, seed=0, last_annotation=None)
    assert f"Round {old.id} is not ready yet" in refusal(1, old.id)
    rounds.advance(empty_store, old.id, "ready")
    assert "did not keep what it did with each sentence" in refusal(1, old.id)
    with pytest.raises(UnknownRound):
        compare_rounds(empty_store, 1, 99, actor=OWNER)


def test_the_default_is_the_serving_round_against_its_twin_else_the_round_before(empty_store, judged_on) -> None:
    assert default_pair(empty_store, actor=OWNER) is None
    says, gold = dict.fromkeys(judged_on, Says(1)), gold_of(judged_on)
    add_round(empty_store, says, gold=gold, serve=True)
    assert default_pair(empty_store, actor=OWNER) is None
    add_round(empty_store, says, gold=gold, serve=True)
    assert default_pair(empty_store, actor=OWNER) == (1, 2)
    add_round(empty_store, says, gold=gold, twin_of=2)
    add_round(empty_store, says, gold=gold)
    assert default_pair(empty_store, actor=OWNER) == (-2, 2)
    assert [each.id for each in comparable_rounds(empty_store, actor=OWNER)] == [3, 2, -2, 1]
    assert shared_splits(empty_store, 1, 2, actor=OWNER) == ["test"]


def test_pool_sentences_say_how_they_were_chosen_and_whether_a_round_learned_from_them(
    empty_store, add_sentences, judged_on, anna
) -> None:
    pool = add_sentences(4)
    slots.refill(
        empty_store, None, [slots.QueueEntry(pool[1], "unsure", 0.5), slots.QueueEntry(pool[3], "unsure", 0.4)]
    )

    def fill(sentence):
        place = slots.place_for(empty_store, anna.id, sentence)
        slots.fill(empty_store, place, anna.id, answer(empty_store, anna, sentence, 1).id)

    for sentence in pool[:2]:
        fill(sentence)
    began = annotations.last_id(empty_store)
    for sentence in pool[2:]:
        fill(sentence)
    says = dict.fromkeys([*judged_on, *pool], Says(1))
    for label in (0, 1):
        add_round(
            empty_store,
            says | {pool[3]: Says(label)},
            gold=gold_of(judged_on),
            last_annotation=began,
        )
    parts = compare_rounds(empty_store, 1, 2, actor=OWNER).pool
    assert [(part.group, part.name, part.difference.sentences) for part in parts] == [
        (UNSEEN, "drawn at random", 1),
        (UNSEEN, "chosen by an acquisition", 1),
        (SEEN, "drawn at random", 1),
        (SEEN, "chosen by an acquisition", 1),
    ]
    assert [part.difference.points for part in parts] == [0, 100, 0, 0]


def test_the_tables_are_text_with_signs_and_intervals(pair) -> None:
    figures = figures_table(pair)
    assert figures.head[1:3] == ("Twin of round 1", "Round 1")
    name, before, after, difference, sentences = figures.rows[0]
    assert (name, before, after, sentences) == ("accuracy", "66.7", "75.0", "12")
    assert difference.startswith("+8.3 (−")
    assert confusion_table(pair).rows[1] == ("event", "4 → 2 (−2)", "7 → 9 (+2)")
    assert [row[0] for row in parts_table(pair, pair.parts).rows][:3] == ["label", "", "marks"]
    assert ("Both right, both look", "7", "63.6") in categories_table(pair).rows
    assert [p_value(0.0004), p_value(0.0042), p_value(0.04)] == ["p < 0.001", "p = 0.004", "p = 0.04"]


def test_both_files_hold_every_compared_sentence(empty_store, pair) -> None:
    changed = list(all_compared(empty_store, pair, actor=OWNER))
    lines = [json.loads(line) for line in as_json_lines(pair, changed).decode().splitlines()]
    assert len(lines) == 12
    assert lines[0]["before"]["round"] == "1-twin" and lines[0]["after"]["round"] == "1"
    assert len(lines[0]["after"]["saliency"]) == len(lines[0]["tokens"]) == 4
    assert {kind for line in lines for kind in line["kinds"]} == set(KINDS) - {"right for the wrong words"}
    head, *rows = csv.reader(io.StringIO(as_csv(pair, changed).decode()))
    assert len(rows) == 12 and all(len(row) == len(head) for row in rows)
    assert dict(zip(head, rows[0], strict=True))["1-twin label"] == "none"


def test_a_text_that_looks_like_a_formula_stays_text_in_csv(empty_store, pair) -> None:
    one = replace(list_changed(empty_store, pair, "now right", limit=1, actor=OWNER)[0], text='=HYPERLINK("x")')
    assert "'=HYPERLINK" in as_csv(pair, [one]).decode()


@pytest.mark.slow
def test_a_trained_round_and_its_twin_are_compared_and_shaded(empty_store, add_sentences, anna) -> None:
    for words, label, marks in ((("The", "ship", "sank"), 1, "..+."), (("A", "boat", "slept"), 0, None)):
        for split in ("pool", "test"):
            for sentence in add_sentences(12, split=split, words=words):
                answer(empty_store, anna, sentence, label, marks)
    queued = queue_round(
        empty_store, actor=OWNER, settings=RoundSettings(steps=30, vectors="random", queue_size=5, twin=True)
    )
    work_on_round(empty_store, queued.id)
    rounds.begin_next(empty_store)
    work_on_round(empty_store, -queued.id)
    assert default_pair(empty_store, actor=OWNER) == (-queued.id, queued.id)
    compared = compare_rounds(empty_store, -queued.id, queued.id, actor=OWNER)
    assert compared.figures.sentences == 24 and not compared.remarks
    for changed in all_compared(empty_store, compared, actor=OWNER):
        for seen in (changed.before, changed.after):
            assert seen.saliency is not None and len(seen.saliency) == 4 and any(seen.saliency)
    assert project.read(empty_store).serving_round == queued.id
