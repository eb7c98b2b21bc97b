from dataclasses import replace

import pytest

from annotator.rounds.measuring.charted import curves, measuring_sets, minutes_of_work
from annotator.rounds.measuring.measured import Measured
from db.answers import annotations
from db.answers.effort import spent
from db.records import NewAnnotation, Observed
from learner.judging.figures import FIGURES
from learner.judging.intervals import Estimate


def measured(value: float, *, on: str = "first", sentences: int = 160) -> Measured:
    return Measured("test", sentences, dict.fromkeys(FIGURES, Estimate(value, None, sentences)), on)


def answers(number: int) -> dict[str, object]:
    return {"training_set": {"answers": number}}


def drawn(now, by_round, figure="accuracy"):
    found = curves(now, figure, measured=by_round, minutes={})
    return [(one.loss, one.is_twin, [each.name for each in one.points]) for one in found]


def test_there_is_one_line_a_loss_by_answers_and_one_of_their_twins(make_round, make_overview):
    hinge = {"loss": "hinge", "encoder": "minilm", "model": "evidence"}
    now = make_overview(
        make_round(3, **answers(300)),
        make_round(-3, **answers(300)),
        make_round(2, config=hinge, **answers(200)),
        make_round(1, **answers(100)),
    )
    assert drawn(now, {number: measured(70) for number in (1, 2, 3, -3)}) == [
        ("labels + marks", False, ["1", "3"]),
        ("the paper's hinge", False, ["2"]),
        ("labels only", True, ["3-twin"]),
    ]


def test_a_line_is_broken_where_the_measuring_set_changed(make_round, make_overview):
    now = make_overview(*(make_round(number, **answers(100 * number)) for number in (3, 2, 1)))
    by_round = {1: measured(60), 2: measured(65), 3: measured(70, on="second", sentences=161)}
    assert [names for *_, names in drawn(now, by_round)] == [["1", "2"], ["3"]]
    assert measuring_sets(curves(now, "accuracy", measured=by_round, minutes={})) == [
        "160 test sentences",
        "161 test sentences",
    ]


def test_rounds_of_different_models_are_not_one_line(make_round, make_overview):
    cnn = {"loss": "margin+quiet+head+irrelevant", "encoder": "static", "model": "cnn"}
    now = make_overview(make_round(2, config=cnn), make_round(1))
    assert sorted(loss for loss, *_ in drawn(now, {1: measured(60), 2: measured(65)})) == [
        "labels + marks, cnn on static",
        "labels + marks, evidence on minilm",
    ]


def test_rounds_without_the_figure_and_deleted_twins_are_left_out(make_round, make_overview):
    without = measured(60)
    without = replace(without, estimates=dict(without.estimates) | {"delta_tpr": None})
    now = make_overview(make_round(2), make_round(-2, deleted_ms=1), make_round(1, state="failed"))
    assert drawn(now, {2: without, -2: measured(50)}, "delta_tpr") == []
    assert drawn(now, {2: without, -2: measured(50)}) == [("labels + marks", False, ["2"])]


@pytest.mark.parametrize(("seconds", "minutes"), [([90.0, 30.0, None], 2.0), ([60.0, None, None], None), ([], None)])
def test_minutes_are_known_once_most_answers_have_a_time(store, anna, make_round, seconds, minutes):
    for place, one in enumerate(seconds, start=1):
        new = NewAnnotation(place, anna.id, "answer", f"key-{place:020}", 1, "..+.", Observed(seconds=one))
        annotations.add(store, new)
    assert minutes_of_work(store, make_round(1, last_annotation=len(seconds))) == minutes


def test_the_minutes_of_the_chart_are_those_of_worth_with_skips(store, anna, make_round):
    for place, (kind, label) in enumerate([("answer", 1), ("skip", None)], start=1):
        observed = Observed(seconds=60.0 * place)
        annotations.add(store, NewAnnotation(place, anna.id, kind, f"key-{place:020}", label, observed=observed))
    shown = make_round(1, last_annotation=2)
    assert minutes_of_work(store, shown) == spent(store, after=0, up_to=2).seconds / 60 == 3.0
