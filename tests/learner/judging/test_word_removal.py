from itertools import pairwise

import numpy as np
import pytest

from learner.data.example import Example
from learner.data.vocabulary import PADDING, UNKNOWN
from learner.judging.faithfulness import BINS, faithfulness, reliance_on_marks
from learner.judging.word_removal import encode, probabilities, remove

SENTENCE = Example(("exploded", "filler1", "filler2", "filler3"), 1, "+...")
WHOLLY_MARKED = Example(("exploded",), 1, "+")


def ids(encoded):
    flat, ends = encoded.ids.tolist(), encoded.offsets.tolist()
    return [flat[start:end] for start, end in pairwise(ends)]


@pytest.mark.parametrize(("how", "instead"), [("delete", []), ("zero", [PADDING]), ("unknown", [UNKNOWN])])
def test_words_are_removed_in_three_ways(trained, how, instead):
    ((trigger, *rest), _) = ids(encode(trained, [SENTENCE, SENTENCE]))
    left = remove(trained, [SENTENCE, SENTENCE], [[0], []], how=how)
    assert ids(left) == [instead + rest, [trigger, *rest]]
    assert not left.marks.any()


def test_a_sentence_with_no_words_left_keeps_a_place_of_zeros(trained):
    left = remove(trained, [WHOLLY_MARKED], [[0]])
    assert ids(left) == [[PADDING]]
    assert np.isfinite(probabilities(trained, left)).all()


def test_probabilities_come_in_the_sentences_order(trained):
    sentences = [Example(("filler1",) * length, 0) for length in (5, 2, 9)] + [SENTENCE]
    together = probabilities(trained, encode(trained, sentences))
    alone = np.concatenate([probabilities(trained, encode(trained, [each])) for each in sentences])
    np.testing.assert_allclose(together, alone, atol=1e-6)


@pytest.mark.parametrize("how", ["delete", "zero", "unknown"])
def test_a_model_that_knows_only_the_trigger_relies_on_it(trained, make_planted, how):
    figures = reliance_on_marks(trained, make_planted(60, seed=3), how=how)
    assert figures["tpr0"] > 90
    assert figures["delta_tpr"] == pytest.approx(100 * (figures["tpr0"] - figures["tpr1"]) / figures["tpr0"])
    assert figures["delta_tpr"] > 50
    assert abs(figures["delta_tpr_control"]) < 10
    assert figures["control_sentences"] == 30


def test_the_control_is_of_sentences_that_have_enough_other_words(trained):
    figures = reliance_on_marks(trained, [SENTENCE, WHOLLY_MARKED])
    assert figures["control_sentences"] == 1
    alone = reliance_on_marks(trained, [WHOLLY_MARKED])
    assert alone["control_sentences"] == 0
    assert "delta_tpr_control" not in alone
    assert {"tpr0", "tpr1"} <= set(alone)


def test_the_control_is_drawn_by_the_seed(trained, make_planted):
    examples = make_planted(40, seed=5)
    assert reliance_on_marks(trained, examples, seed=1) == reliance_on_marks(trained, examples, seed=1)


def test_without_marks_there_are_no_figures(trained):
    assert reliance_on_marks(trained, [Example(("filler1",), 1, ".")]) == {}


def test_marks_past_the_words_that_the_model_sees_do_not_count(trained):
    long = Example(("filler1",) * 10 + ("exploded",), 1, "." * 10 + "+")
    assert reliance_on_marks(trained, [long]) == {}


def test_what_the_model_needs_is_comprehensive_and_sufficient(trained, make_planted):
    events = [example for example in make_planted(40, seed=4) if example.label == 1]
    right = [np.array([float(token == "exploded") for token in example.tokens]) for example in events]
    wrong = [-scores for scores in right]
    needed, useless = (faithfulness(trained, events, scores) for scores in (right, wrong))
    assert needed["comprehensiveness"] > 40 > 10 > needed["sufficiency"]
    assert useless["comprehensiveness_at_1"] < 10 < useless["sufficiency_at_1"]


def test_the_figure_is_the_mean_over_the_bins(trained, make_planted):
    examples = make_planted(20, seed=6)
    scores = [np.arange(8.0)] * 20
    figures = faithfulness(trained, examples, scores)
    at_bins = [figures[f"comprehensiveness_at_{round(100 * share)}"] for share in BINS]
    assert figures["comprehensiveness"] == pytest.approx(np.mean(at_bins))
    assert figures["comprehensiveness_at_1"] == figures["comprehensiveness_at_10"]  # one word of eight either way


def test_faithfulness_is_computed_by_hand_for_one_sentence(trained):
    scores = [np.array([9.0, 0.0, 0.0, 0.0])]
    left = [remove(trained, [SENTENCE], [places]) for places in ([0], [1, 2, 3])]
    whole, without, alone = (probabilities(trained, each)[0, 1] for each in (encode(trained, [SENTENCE]), *left))
    figures = faithfulness(trained, [SENTENCE], scores)
    assert figures["comprehensiveness_at_20"] == pytest.approx(100 * (whole - without))
    assert figures["sufficiency_at_20"] == pytest.approx(100 * (whole - alone))


def test_the_control_removes_as_many_words_at_random(trained, make_planted):
    events = [example for example in make_planted(40, seed=4) if example.label == 1]
    right = [np.array([float(token == "exploded") for token in example.tokens]) for example in events]
    figures, again, other = (faithfulness(trained, events, right, seed=seed) for seed in (0, 0, 1))
    assert figures["comprehensiveness_random"] < figures["comprehensiveness"] - 20
    assert figures["sufficiency_random"] > figures["sufficiency"] + 20
    assert again == figures
    assert other["comprehensiveness_random"] != figures["comprehensiveness_random"]


def test_the_control_is_the_figure_itself_where_no_word_can_be_chosen(trained):
    figures = faithfulness(trained, [Example(("exploded",), 1)], [np.array([1.0])])
    assert figures["comprehensiveness_random"] == figures["comprehensiveness"]
