from dataclasses import replace

import pytest

from annotator.rounds.measuring.bought import about_twin, choose_subject
from annotator.rounds.measuring.bought_figures import (
    Since,
    figures_against,
    figures_alone,
    headline_figures,
    left_out,
    paper_rows,
    verdict,
)
from annotator.rounds.measuring.measured import Against, measure_against, measure_round
from learner.judging.paired import compare


def test_the_card_is_about_the_newest_ready_round_its_twin_and_the_ready_round_before(make_round, make_overview):
    now = make_overview(
        make_round(4, state="training"), make_round(3), make_round(-3), make_round(2, state="failed"), make_round(1)
    )
    subject = choose_subject(now)
    assert (subject.round.id, subject.twin.id, subject.twin_state, subject.before.id) == (3, -3, "ready", 1)
    assert choose_subject(make_overview(make_round(1, state="training"))) is None


@pytest.mark.parametrize(
    ("twin", "state", "words"),
    [
        ({"state": "queued", "begun_ms": None}, "waits", "waits for its turn"),
        ({"state": "training"}, "at work", "is training"),
        ({"state": "failed"}, "ended", "failed, so what the marks bought is not known"),
        ({"state": "ready"}, "ready", ""),
    ],
)
def test_the_card_says_how_it_is_with_the_twin(make_round, make_overview, twin, state, words):
    subject = choose_subject(make_overview(make_round(1), make_round(-1, **twin)))
    assert subject.twin_state == state
    assert words in about_twin(subject)
    assert bool(about_twin(subject)) == (state != "ready")


def test_a_twin_is_offered_only_for_a_round_that_learned_from_marks(make_round, make_overview):
    assert choose_subject(make_overview(make_round(1))).twin_state == "missing"
    for config in ({"loss": "none"}, {"loss": "hinge", "weight": 0}):
        assert choose_subject(make_overview(make_round(1, config=config))).twin_state == "impossible"


@pytest.mark.parametrize(
    ("loss", "figure"),
    [
        ("log-mass", "share_marked"),
        ("mass+head", "share_marked"),
        ("margin+quiet", "average_precision"),
        ("hinge", "average_precision"),
        ("of:another:package", "average_precision"),
    ],
)
def test_the_figure_of_where_it_looks_is_the_one_that_the_loss_teaches(make_round, loss, figure):
    assert headline_figures(make_round(1, config={"loss": loss})) == ("accuracy", figure, "delta_tpr")


def test_the_large_figures_are_differences_with_their_intervals(make_round, make_judged):
    twin, taught = make_judged([True, False] * 80, share=0.2), make_judged([True] * 160, share=0.6)
    accuracy, share, relies = figures_against(make_round(1), Against("test", compare(twin, taught)), None)
    assert (accuracy.value, accuracy.unit, accuracy.is_shown) == ("+50.0", "accuracy", True)
    assert accuracy.lines[0].startswith("100.0 against 50.0, interval 4")
    assert accuracy.lines[1].startswith("macro-F1 +")
    assert (share.value, share.unit) == ("+40.0", "share on marked words")
    assert share.lines[1] == "AP, how high the marked words rank, 0.0 (0.0 to 0.0)"
    assert relies.unit == "ΔTPR"
    assert relies.lines[0] == "right answers lost without the marked words"
    assert relies.lines[2].startswith("lost without as many other words: ")


def test_a_difference_that_chance_explains_is_drawn_quietly(make_round, make_judged):
    one, other = make_judged([True, False] * 80), make_judged([True, False, False, True] * 40)
    accuracy, *_ = figures_against(make_round(1), Against("test", compare(one, other)), None)
    assert (accuracy.value, accuracy.is_shown) == ("0.0", False)


def test_the_card_draws_accuracy_quietly_where_its_verdict_calls_it_chance(make_round, make_judged):
    before, after = make_judged([False] * 5 + [True] * 7), make_judged([True] * 12)
    against = Against("test", compare(before, after))
    accuracy, *_ = figures_against(make_round(1), against, None)
    assert against.comparison.differences["accuracy"].interval.excludes_zero
    assert "no difference in accuracy that 12 test sentences could show" in verdict("Round 1", "its twin", against)
    assert (accuracy.value, accuracy.is_shown) == ("+41.7", False)


def test_a_round_without_a_twin_shows_its_own_figures_and_what_changed_since_the_round_before(
    store, make_judged, judge_round
):
    before = judge_round(test=make_judged([True, False] * 80))
    after = judge_round(test=make_judged([True] * 160))
    since = Since(before, measure_against(store, before.id, after.id))
    accuracy, share, _ = figures_alone(after, measure_round(store, after), since)
    assert (accuracy.value, accuracy.is_shown) == ("100.0", True)
    assert accuracy.lines[0] == "160 test sentences, interval 100.0 to 100.0"
    assert accuracy.lines[-1].startswith("since round 1 +50.0 (4")
    assert share.lines[1] == "AP, how high the marked words rank, 40.0"


def test_a_figure_that_no_sentence_has_is_a_dash_that_says_why(make_round, make_judged):
    one = make_judged([True] * 20)
    bare = replace(one, marked=one.marked * 0, share=one.share * float("nan"), precision=one.precision * float("nan"))
    _, share, _ = figures_against(make_round(1), Against("test", compare(bare, bare)), None)
    assert (share.value, share.lines, share.is_shown) == ("–", ("no measured sentence has marks",), False)


def test_the_verdict_says_in_words_what_the_sentences_could_show(make_judged):
    one = make_judged([True, False] * 80)
    same = verdict(
        "Round 2", "its twin", Against("test", compare(one, make_judged([False, True] + [True, False] * 79)))
    )
    assert same.startswith("Round 2 against its twin: no difference in accuracy that 160 test sentences could show")
    assert same.endswith("; 1 gained, 1 lost, McNemar p = 1.00.")
    assert verdict("Round 2", "round 1", Against("test", compare(one, one))) == (
        "Round 2 against round 1: right about the same 80 of 160 test sentences."
    )
    better = verdict("Round 2", "round 1", Against("dev", compare(one, make_judged([True] * 160))))
    assert "50.0 points more accurate" in better
    assert better.endswith("; 80 gained, 0 lost, McNemar p < 0.001.")


def test_sentences_that_could_not_be_compared_are_counted(make_judged):
    one = make_judged([True] * 40)
    fewer = one.take(range(30))
    assert left_out(Against("test", compare(one, one))) == ""
    assert left_out(Against("test", compare(one, fewer))) == "Left out: 10 measured for one of the two only."


def test_the_papers_pair_is_never_one_without_the_other(make_judged):
    one = make_judged([True] * 40)
    rows = paper_rows(Against("test", compare(one, one)))
    assert [row[:3] for row in rows] == [
        ("saliency accuracy, marked words", "100.0", "100.0"),
        ("saliency accuracy, other words", "33.3", "33.3"),
    ]
