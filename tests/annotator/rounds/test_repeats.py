from dataclasses import asdict, replace

import pytest

from annotator.reviewing.review import settle
from annotator.reviewing.withdrawing import withdraw
from annotator.rounds.again import settings_of
from annotator.rounds.repeats import about_repeated, find_repeated
from annotator.rounds.settings import RoundSettings, resolve, with_layer
from db.answers import annotations
from db.store import now_ms

STATIC = RoundSettings(encoder="static")


@pytest.fixture
def before(store, make_round):
    """A ready round on all answers, of the settings STATIC."""
    config = asdict(resolve(STATIC, has_queries=False))
    return make_round(6, config=config, last_annotation=annotations.last_id(store))


def test_the_same_answers_and_settings_are_a_repetition(store, before):
    assert find_repeated(store, STATIC, known=[before]) is before
    assert about_repeated(before) == (
        "Nothing is new since round 6; the same settings give the same model. Another seed?"
    )


def test_so_is_one_whose_round_is_still_at_work_or_differs_in_the_twin(store, before):
    working = replace(before, state="queued", begun_ms=None)
    assert find_repeated(store, replace(STATIC, twin=True), known=[working]) is working
    assert "since the start of round 6" in about_repeated(working)


def test_a_round_under_an_old_name_of_the_acquisition_is_one_too(store, before):
    old = replace(before, config=before.config | {"acquisition": "uncertainty"})
    assert find_repeated(store, STATIC, known=[old]) is old


def test_one_of_a_pretrained_encoder_is_one_too_and_its_layer_counts(store, make_round, tiny_encoder):
    settings = RoundSettings(encoder=str(tiny_encoder))
    config = asdict(with_layer(resolve(settings, has_queries=False)))
    before = make_round(6, config=config, last_annotation=annotations.last_id(store))
    assert find_repeated(store, settings, known=[before]) is before
    assert find_repeated(store, replace(settings, encoder_layer=config["encoder_layer"]), known=[before]) is before
    assert find_repeated(store, replace(settings, encoder_layer=3), known=[before]) is None


def test_an_encoder_that_is_not_there_repeats_nothing(store, before, tmp_path):
    assert find_repeated(store, RoundSettings(encoder=str(tmp_path / "none")), known=[before]) is None


@pytest.mark.parametrize("change", [{"seed": 1}, {"loss": "none"}, {"weight": 0.5}, {"steps": 9}])
def test_another_setting_is_no_repetition(store, before, change):
    assert find_repeated(store, replace(STATIC, **change), known=[before]) is None


def test_a_new_answer_a_failed_round_and_a_twin_are_none(store, before):
    assert find_repeated(store, STATIC, known=[replace(before, last_annotation=-1)]) is None
    assert find_repeated(store, STATIC, known=[replace(before, state="failed")]) is None
    assert find_repeated(store, STATIC, known=[replace(before, id=-6)]) is None


def test_a_decision_that_was_withdrawn_since_then_is_something_new(store, anna, make_round):
    decided = settle(store, anna, 1, label=1, marks=None, key="decision-1")
    config = asdict(resolve(STATIC, has_queries=False))
    before = make_round(6, config=config, last_annotation=decided.id, created_ms=now_ms())
    assert find_repeated(store, STATIC, known=[before]) is before
    withdraw(store, decided.id, actor=anna)
    assert find_repeated(store, STATIC, known=[replace(before, created_ms=before.created_ms - 1)]) is None
    withdraw(store, decided.id, withdrawn=False, actor=anna)
    assert find_repeated(store, STATIC, known=[replace(before, created_ms=before.created_ms - 1)]) is not None


def test_the_settings_of_a_round_of_another_whylight_leave_out_what_is_unknown(make_round):
    assert settings_of(make_round(1, config={"loss": "hinge", "moon": "full"})) == RoundSettings(loss="hinge")
