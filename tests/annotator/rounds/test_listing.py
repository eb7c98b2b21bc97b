import pytest

from annotator.errors import NotAllowed
from annotator.rounds.files import LOG, make_round_folder
from annotator.rounds.listing import list_rounds, pills_of, when
from annotator.rounds.logs import read_log
from annotator.rounds.loss_wording import loss_in_words, meaning_of_loss
from annotator.rounds.measuring.holding_back import HeldBack
from annotator.rounds.named import find_round
from annotator.rounds.promise import twin_seconds
from annotator.rounds.serving_wording import waits_for_a_person
from annotator.rounds.settings import RoundSettings
from db.errors import UnknownRound
from db.learning import rounds
from db.records import OWNER
from db.team import people


def test_each_twin_is_under_its_round_and_both_name_what_they_are_best_compared_with(make_round, make_overview):
    now = make_overview(
        make_round(3), make_round(2), make_round(-2), make_round(1, state="failed"), make_round(-1, deleted_ms=5)
    )
    rows = [(row.name, row.title, row.is_nested, row.compare_with) for row in list_rounds(now, {})]
    assert rows == [
        ("3", "3", False, 2),
        ("2", "2", False, -2),
        ("2-twin", "2 twin", True, 2),
        ("1", "1", False, None),
    ]


def test_a_row_says_what_it_learned_from_and_on_how_many_sentences_it_was_measured(
    store, judge_round, make_judged, make_overview
):
    from annotator.rounds.measuring.measured import measure_round

    ended = judge_round(test=make_judged([True, False] * 20))
    (row,) = list_rounds(make_overview(ended), {ended.id: measure_round(store, ended)})
    loss, answers, measured, accuracy, macro_f1, precision, relies, _ = row.cells
    assert (loss, answers, measured, accuracy) == ("labels + marks", "300", "40 test", "50.0")
    assert (macro_f1, precision, relies) == ("33.3", "40.0", "50.0")


@pytest.mark.parametrize(
    ("facts", "pills"),
    [
        ({}, []),
        ({"state": "queued", "begun_ms": None}, ["waits"]),
        ({"state": "queued"}, ["starting"]),
        ({"state": "evaluating"}, ["measuring"]),
        ({"state": "failed"}, ["failed"]),
        ({"freed_ms": 1}, ["freed"]),
        ({"metrics": {"held_back": HeldBack("never").facts()}}, ["held back"]),
    ],
)
def test_the_state_of_a_round_is_a_word_or_two(make_round, facts, pills):
    assert [pill.text for pill in pills_of(make_round(4, **facts), serving=3)] == pills
    assert pills_of(make_round(4), serving=4)[0].text == "serving"


def test_the_time_of_a_round_leaves_out_waiting_and_reading(make_round):
    waited = make_round(
        1, created_ms=0, begun_ms=100_000, finished_ms=130_000, metrics={"reading": {"seconds": 10.0, "of": 5}}
    )
    assert when(waited).endswith(", 20 s")


def test_the_twin_is_promised_to_take_as_long_as_the_last_twin_or_round(make_round):
    settings = RoundSettings(encoder="minilm", model="evidence")
    quick = make_round(-1, finished_ms=60_000 + 6_000)
    assert twin_seconds(settings, known=[make_round(1)], twins=[quick]) == 6
    assert twin_seconds(settings, known=[make_round(1)], twins=[]) == 20
    assert twin_seconds(RoundSettings(encoder="static", model="cnn"), known=[make_round(1)], twins=[quick]) == 15


@pytest.mark.parametrize(
    ("number", "config", "words"),
    [
        (1, {"loss": "log-even", "model": "evidence"}, "labels + marks"),
        (1, {"loss": "log-mass", "model": "evidence"}, "labels + marks (log-mass)"),
        (1, {"loss": "hinge", "model": "evidence"}, "the paper's hinge"),
        (1, {"loss": "hinge", "model": "cnn", "weight": 0}, "labels only"),
        (1, {"loss": "margin+quiet", "model": "cnn"}, "labels + marks (margin+quiet)"),
        (-1, {"loss": "none", "model": "cnn"}, "labels only"),
        (1, {}, "labels + marks"),
    ],
)
def test_a_loss_has_a_readable_name(make_round, number, config, words):
    assert loss_in_words(make_round(number, config=config)) == words


def test_a_loss_says_what_it_asks_of_the_model():
    assert meaning_of_loss("margin+quiet") == "Look at the marked words, and not elsewhere."
    assert meaning_of_loss("none") == "The marks teach nothing, as in a twin."


def test_a_round_that_was_held_back_says_against_which_and_by_how_much(make_round, make_overview):
    worse = make_round(7, metrics={"held_back": HeldBack("ask", 6, -3.1, -5.0, -1.2, 80).facts()})
    shown, why = waits_for_a_person(make_overview(worse, make_round(6), serving=6))
    assert shown.id == 7
    assert why == "Round 7 is worse than round 6 on dev (−3.1, −5.0 to −1.2) and does not serve."
    assert waits_for_a_person(make_overview(worse, make_round(6), serving=7)) is None
    assert waits_for_a_person(make_overview(make_round(8), worse, make_round(6), serving=6)) is None
    unasked = make_round(7, metrics={"held_back": HeldBack("never").facts()})
    assert "a person decides" in waits_for_a_person(make_overview(unasked, serving=None))[1]


def test_an_address_names_a_round_or_a_twin(store):
    first = rounds.queue(store, config={}, seed=0, last_annotation=None)
    rounds.advance(store, first.id, "ready")
    rounds.queue(store, config={}, seed=0, last_annotation=None, twin_of=first.id)
    assert find_round(store, "1", actor=OWNER).id == 1
    assert find_round(store, "1-twin", actor=OWNER).id == -1
    for name in ("2", "-1", "1-twins", "", "01", "9" * 400):
        with pytest.raises(UnknownRound, match="lists those it has"):
            find_round(store, name, actor=OWNER)
    rounds.record_deleted(store, 1, person_id=None)
    with pytest.raises(UnknownRound):
        find_round(store, "1", actor=OWNER)


def test_the_log_of_a_round_is_its_own_file_and_for_researchers(store, tmp_path):
    ended = rounds.queue(store, config={}, seed=0, last_annotation=None)
    folder = make_round_folder(store, ended.id)
    assert read_log(store, ended.id, actor=OWNER) == ""
    (folder / LOG).write_text("x" * 70_000 + "the end\n")
    assert read_log(store, ended.id, actor=OWNER).endswith("the end\n")
    assert len(read_log(store, ended.id, actor=OWNER)) == 64_000
    with pytest.raises(NotAllowed):
        read_log(store, ended.id, actor=people.add(store, "Ben"))
    (folder / LOG).unlink()
    (tmp_path / "secret").write_text("secret")
    (folder / LOG).symlink_to(tmp_path / "secret")
    assert read_log(store, ended.id, actor=OWNER) == ""
