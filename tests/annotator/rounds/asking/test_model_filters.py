"""Where the serving round is wrong, unsure, or sees sentences unlike an earlier one; and what it says of one."""

import numpy as np
import pytest
from judged_rounds import Says, add_round
from numpy.random import default_rng

from annotator.care.freeing import free_rounds
from annotator.errors import BadFilter, NoScores
from annotator.rounds.asking.model_filters import (
    FINDINGS,
    Judged,
    count_judged,
    earlier_rounds,
    sentences_changed_since,
    sentences_found,
)
from annotator.rounds.asking.opinion import opinion_of
from annotator.rounds.learning.kept_scores import open_scores
from db.answers import annotations
from db.corpus import sentences
from db.learning import predictions, rounds
from db.learning.round_records import Prediction
from db.records import OWNER, NewAnnotation, NewSentence


def answer(store, person, sentence, label, marks=None, kind="answer"):
    key = f"{person.name}-{sentence:05}-{kind}-{label}"
    annotations.add(store, NewAnnotation(sentence, person.id, kind, key, label=label, marks=marks))


def found(store, finding):
    return sentences_found(store, finding, actor=OWNER).ids


def external(store, sentence_id):
    return sentences.read(store, sentence_id).external_id


def test_wrong_is_what_people_decided_otherwise(store, anna, ben) -> None:
    add_round(store, dict.fromkeys(range(1, 8), Says(1)), gold={}, serve=True)
    answer(store, anna, 1, 0)
    answer(store, anna, 2, 1)
    answer(store, anna, 3, 0)  # a tie is no decision
    answer(store, ben, 3, 1)
    answer(store, anna, 4, 1)  # overruled
    answer(store, ben, 4, 0, kind="adjudicated")
    answer(store, anna, 9, 0)  # not scored
    choice = sentences_found(store, "wrong", actor=OWNER)
    assert choice.ids == (1, 4)
    assert choice.remark == (
        "By round 1, which serves. It has not scored 3 of 10 sentences, which are left out here. "
        "Sentences of dev and test are not listed."
    )
    assert choice.says(1) == "event 0.80"


def test_right_and_wrong_are_counted_where_people_decided(store, add_sentences, anna) -> None:
    assert count_judged(store, None, actor=OWNER) is None, "no round serves"
    (dev,) = add_sentences(1, split="dev")
    add_round(store, dict.fromkeys([*range(1, 6), dev], Says(1)), gold={}, serve=True)
    for sentence, label in ((1, 0), (2, 1), (3, 1), (dev, 1), (9, 1)):  # 9 is not scored
        answer(store, anna, sentence, label)
    assert count_judged(store, None, actor=OWNER) == Judged("1", 2, 1)
    assert count_judged(store, [1, 2, 4, dev], actor=OWNER) == Judged("1", 1, 1)


def test_no_sentence_of_dev_or_test_is_listed_to_be_corrected(store, add_sentences, anna) -> None:
    held_out = [*add_sentences(1, split="dev"), *add_sentences(1, split="test")]
    add_round(store, dict.fromkeys([1, *held_out], Says(1, 0.55, (0.1, 0.9, 0.8, 0.7))), gold={}, serve=True)
    for sentence in (1, *held_out):
        answer(store, anna, sentence, 0)
    assert found(store, "wrong") == (1,)
    assert found(store, "unsure") == (1,)
    add_round(store, dict.fromkeys([1, *held_out], Says(0)), gold={}, serve=True)
    changed = sentences_changed_since(store, 1, actor=OWNER)
    assert changed.ids == (1,)
    assert changed.remark.endswith("Sentences of dev and test are not listed.")


def test_unsure_is_where_the_two_likeliest_labels_are_close(store) -> None:
    says = {1: Says(1, 0.59), 2: Says(0, 0.61), 3: Says(0, 0.5)}
    add_round(store, says, gold={}, serve=True)
    assert found(store, "unsure") == (1, 3)


def test_changed_is_what_an_earlier_round_labelled_otherwise(store) -> None:
    add_round(store, {1: Says(0), 2: Says(1), 3: Says(0)}, gold={})
    add_round(store, {4: Says(1), 3: Says(1), 2: Says(1), 1: Says(1)}, gold={}, serve=True)
    assert sentences_changed_since(store, 1, actor=OWNER).ids == (1, 3)
    assert earlier_rounds(store, actor=OWNER) == [1]


def test_right_for_the_wrong_words_looks_at_none_of_the_marked_words(empty_store, anna) -> None:
    """Eight words: the marked one is the sixth or the seventh that the model looks at; equal ones come in order."""
    tokens = tuple("abcdefgh")
    new = [NewSentence(f"s{n}", " ".join(tokens), tokens, tuple(range(0, 16, 2)), "pool") for n in range(5)]
    import_id = sentences.begin_import(empty_store, source="test", source_hash="", tokenizer="given")
    ids = sentences.add(empty_store, import_id, new)
    sentences.finish_import(empty_store, import_id)
    falling, level = tuple(range(8, 0, -1)), (1,) * 8
    marks = [".....+..", "......+.", "......+.", ".....+..", None]
    saliency = [falling, falling, level, level, falling]
    for sentence, signs in zip(ids, marks, strict=True):
        answer(empty_store, anna, sentence, 1, signs)
    says = {each: Says(1, 0.9, scores) for each, scores in zip(ids, saliency, strict=True)}
    add_round(empty_store, says, gold={}, serve=True)
    assert found(empty_store, "right for the wrong words") == (ids[1], ids[2])
    assert found(empty_store, "wrong") == ()
    add_round(empty_store, says, gold={}, constant_labels=[1], serve=True)
    assert found(empty_store, "right for the wrong words") == (), "the shading is for the other label"


def test_where_a_model_looks_is_the_same_as_one_sentence_at_a_time(empty_store, anna) -> None:
    rng, says, expected = default_rng(0), {}, []
    tokens = tuple(f"w{n}" for n in range(14))
    starts = tuple(sum(len(token) + 1 for token in tokens[:place]) for place in range(14))
    import_id = sentences.begin_import(empty_store, source="test", source_hash="", tokenizer="given")
    new = [NewSentence(f"s{n}", " ".join(tokens), tokens, starts, "pool") for n in range(40)]
    ids = sentences.add(empty_store, import_id, new)
    sentences.finish_import(empty_store, import_id)
    for sentence in ids:
        scores = rng.integers(-4, 4, size=14).astype(float)  # many are equal
        signs = "".join(rng.choice(list("+...."), size=14))
        answer(empty_store, anna, sentence, 1, signs)
        says[sentence] = Says(1, 0.9, tuple(scores))
        most = np.argsort(-scores, kind="stable")[:6]
        if "+" in signs and "+" not in {signs[place] for place in most}:
            expected.append(sentence)
    add_round(empty_store, says, gold={}, serve=True)
    assert 5 < len(expected) < 35
    assert found(empty_store, "right for the wrong words") == tuple(expected)


def test_what_no_round_can_say_is_refused_with_the_reason(store) -> None:
    with pytest.raises(BadFilter, match="No round serves yet"):
        found(store, "wrong")
    assert opinion_of(store, "pool-0", actor=OWNER) == "No round serves yet, so no model has read this sentence."
    add_round(store, {1: Says(1)}, gold={})
    add_round(store, {1: Says(1)}, gold={}, serve=True)
    free_rounds(store, [1], actor=OWNER)
    with pytest.raises(NoScores, match="Round 1's files were freed"):
        sentences_changed_since(store, 1, actor=OWNER)
    assert earlier_rounds(store, actor=OWNER) == []


def test_an_opinion_has_label_probability_shading_and_whether_people_agree(store, anna) -> None:
    add_round(store, {1: Says(1, 0.7, (0.4, 0.3, 0.2, 0.1)), 2: Says(0, 0.9)}, gold={}, serve=True)
    answer(store, anna, 1, 0)
    shown = opinion_of(store, external(store, 1), actor=OWNER)
    assert (shown.round.id, shown.label, shown.is_right) == (1, "event", False)
    assert shown.probability == pytest.approx(0.7)
    assert shown.saliency == pytest.approx((0.4, 0.3, 0.2, 0.1), abs=1e-3)
    assert opinion_of(store, external(store, 2), actor=OWNER).is_right is None


def test_a_sentence_that_was_not_scored_says_so(store) -> None:
    add_round(store, {1: Says(1)}, gold={}, serve=True)
    assert opinion_of(store, external(store, 2), actor=OWNER).startswith("Round 1 has not scored this sentence")


def test_without_its_files_a_round_says_what_it_stored_of_the_queue(store) -> None:
    served = rounds.queue(store, config={}, seed=0, last_annotation=None)
    predictions.add(store, [Prediction(served.id, 1, 1, (0.2, 0.8), (0.1,) * 4, (0.2,) * 4)])
    rounds.advance(store, served.id, "ready")
    with store.writing() as db:
        db.execute("UPDATE project SET serving_round = ?", [served.id])
    shown = opinion_of(store, external(store, 1), actor=OWNER)
    assert (shown.label, shown.probability, shown.saliency) == ("event", 0.8, (0.1,) * 4)
    assert "did not keep what it says" in opinion_of(store, external(store, 2), actor=OWNER)


@pytest.mark.parametrize("file", ["scores.npz", "saliency.npy"])
def test_files_that_were_changed_are_refused(store, file) -> None:
    served = add_round(store, {1: Says(1)}, gold={}, serve=True)
    path = (store.path.parent / served.saliency_file).with_name(file)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(NoScores, match="SHA-256 differs"):
        open_scores(store, served)


def test_every_finding_is_an_option_of_the_command() -> None:
    from annotator.commands import comparing, filters
    from learner.judging.changes import KINDS

    assert tuple(each.replace("-", " ") for each in filters.MODEL_FINDINGS) == FINDINGS
    assert tuple(each.replace("-", " ") for each in comparing.KINDS) == KINDS
