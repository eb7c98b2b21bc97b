"""The Rounds page and the page of a round, as their widgets and cards are drawn."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from annotator.project.settings import SettingsChange, change_settings
from annotator.rounds.files import LOG, make_round_folder
from annotator.rounds.settings import RoundSettings, resolve
from db.answers import annotations
from db.corpus import pools
from db.corpus.pools import PoolShard
from db.learning import rounds
from db.learning.round_records import ProgressRow, Round
from db.records import OWNER, NewAnnotation, Observed, Person
from db.store import Store, now_ms
from db.team import people, project

CONFIG = vars(resolve(RoundSettings(encoder="static"), has_queries=False))
FIGURES = {"examples": 40, "accuracy": 70.0, "macro_f1": 69.0, "average_precision_input_x_gradient": 41.0}


@pytest.fixture
def open_rounds(monkeypatch: pytest.MonkeyPatch, store: Store) -> Callable[..., AppTest]:
    """Open the page as a person, at this address."""

    def script() -> None:
        from annotator.pages import frame, rounds
        from annotator.settings import read_settings

        frame.draw_page(rounds.render, frame.read_here(read_settings()), "Rounds")

    def open_(person: Person, **address: str) -> AppTest:
        monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
        app = AppTest.from_function(script, default_timeout=30)
        app.session_state["person"] = person.uid
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return open_


def ready(store: Store, *, twin_of: int | None = None, **facts: Any) -> Round:
    config = CONFIG | ({"loss": "none"} if twin_of else {})
    last = annotations.last_id(store) or None
    made = rounds.queue(store, config=config, seed=0, last_annotation=last, twin_of=twin_of)
    facts = {"metrics": {"test": FIGURES}, "training_set": {"answers": 9, "marked": 4}} | facts
    rounds.advance(store, made.id, "ready", **facts)
    return rounds.read(store, made.id)


def drawn(app: AppTest, name: str) -> Any:
    assert not app.exception
    found = (json.loads(each.proto.json) for each in app.get("bidi_component"))
    return next(data[name] for data in found if name in data)


def plainly(app: AppTest) -> str:
    shown = (*app.caption, *app.markdown, *app.text, *app.warning, *app.error, *app.subheader)
    return "\n".join(each.value for each in shown).replace("\\", "")


def labels(app: AppTest) -> list[str]:
    return [each.label for each in app.button]


def click(app: AppTest, label: str) -> AppTest:
    next(each for each in app.button if each.label == label).click()
    return app.run()


def test_a_round_without_its_twin_offers_to_train_it(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    ready(store)
    app = open_rounds(anna)
    assert "What round 1 learned" in plainly(app)
    assert "its twin, would show what they bought" in plainly(app)
    (offer,) = [label for label in labels(app) if label.startswith("Train the twin, about ")]
    ready(store, twin_of=1)
    assert offer not in labels(app.run())


def test_the_offer_queues_the_twin_and_the_page_says_that_it_waits(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    ready(store)
    at_work = rounds.queue(store, config=CONFIG, seed=1, last_annotation=None)
    rounds.begin_next(store)
    app = open_rounds(anna)
    click(app, next(label for label in labels(app) if label.startswith("Train the twin")))
    assert rounds.read(store, -1).is_waiting
    assert "The twin of round 1 waits for its turn." in plainly(app)
    assert drawn(app, "live")["headline"] == "Loading (a few seconds)"
    assert [row["title"] for row in drawn(app, "table")["rows"]] == [str(at_work.id), "1", "1 twin"]
    next(each for each in app.button if each.key == "cancel-1-twin").click()
    app.run()
    assert rounds.read(store, -1).state == "cancelled"


def test_a_repetition_is_said_before_it_starts_and_starts_at_the_second_click(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    annotations.add(store, NewAnnotation(1, anna.id, "answer", "key-of-the-answer-1", 1, "..+.", Observed(seconds=4.0)))
    ready(store)
    app = open_rounds(anna)
    next(each for each in app.selectbox if each.label.startswith("Encoder")).set_value("static").run()
    said = "Nothing is new since round 1; the same settings give the same model. Another seed?"
    assert said in plainly(app)
    click(app, "Start round 2")
    assert f"{said} A second click starts it anyway." in plainly(app)
    click(app, "Start round 2")
    assert "A second click" not in plainly(app)  # refused now for another reason: one label is too few
    next(each for each in app.number_input if each.label == "Seed").set_value(1).run()
    assert said not in plainly(app)


def test_the_settings_ask_for_the_twin_unless_the_marks_teach_nothing(
    open_rounds: Callable[..., AppTest], anna: Person
) -> None:
    app = open_rounds(anna)
    (twin,) = app.checkbox
    assert twin.label == "Train the twin as well (about 15 s)"
    assert twin.value
    assert not twin.disabled
    app.radio[0].set_value("none").run()
    assert app.checkbox[0].disabled


def test_a_round_that_failed_leads_to_its_log_and_can_be_started_again(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    failed = rounds.queue(store, config=CONFIG, seed=0, last_annotation=None)
    (make_round_folder(store, failed.id) / LOG).write_text("Traceback: no *luck*\n")
    rounds.advance(store, failed.id, "failed", error="No luck today.")
    app = open_rounds(anna)
    assert "Round 1 failed. No luck today." in plainly(app)
    click(app, "Show the log")
    assert [each.value for each in app.title] == ["Round 1"]
    assert "It failed. No luck today." in plainly(app)
    assert app.code[0].value == "Traceback: no *luck*"
    click(app, "Start again")
    assert "No pool sentence has been answered yet" in plainly(app)


def test_a_round_that_was_killed_before_it_wrote_a_log_says_so(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    failed = rounds.queue(store, config=CONFIG, seed=0, last_annotation=None)
    rounds.advance(store, failed.id, "failed", error="Its process ended.")
    app = open_rounds(anna, round="1")
    assert "It wrote nothing to its log." in plainly(app)
    assert not app.code


def test_the_page_of_a_round_has_its_figures_settings_and_what_it_learned_from(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    ready(store, training_set={"answers": 9, "by_label": {"event": 5, "none": 4}, "ties": 0})
    sections = {each["title"]: each for each in drawn(open_rounds(anna, round="1"), "sections")}
    rows = sections["Figures on 40 test sentences, in percent"]["table"]["rows"]
    assert ["accuracy", "70.0", "–"] in rows
    assert sections["Learned from"]["pairs"] == [["answers", "9"], ["by label: event", "5"], ["by label: none", "4"]]
    assert ["encoder", "static"] in sections["Settings"]["pairs"]


def test_a_twin_has_a_page_that_says_whose_it_is_and_it_cannot_serve(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    ready(store)
    ready(store, twin_of=1)
    app = open_rounds(anna, round="1-twin")
    assert [each.value for each in app.title] == ["The twin of round 1"]
    assert "Serve this round" not in labels(app)
    assert "Serve this round" in labels(open_rounds(anna, round="1"))


def test_a_round_that_nobody_has_is_refused_in_one_sentence(open_rounds: Callable[..., AppTest], anna: Person) -> None:
    app = open_rounds(anna, round="<b>7</b>")
    assert "The project has no round '<b>7</b>'" in plainly(app)
    assert not app.exception


def test_a_round_without_files_says_why_it_cannot_serve(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    ready(store, checkpoint="elsewhere/checkpoint")
    app = click(open_rounds(anna, round="1"), "Serve this round")
    assert "Round 1 cannot serve" in plainly(app)
    assert project.read(store).serving_round is None


def test_a_round_that_was_held_back_can_serve_anyway(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    facts = {"rule": "ask", "against": 1, "points": -3.1, "low": -5.0, "high": -1.2, "sentences": 80}
    ready(store)
    project.serve_round(store, 1)
    ready(store, metrics={"held_back": facts})
    app = open_rounds(anna)
    assert "Round 2 is worse than round 1 on dev (−3.1, −5.0 to −1.2) and does not serve." in plainly(app)
    click(app, "Serve it anyway")
    assert project.read(store).serving_round == 2
    assert "does not serve" not in plainly(app)


def test_only_admins_are_offered_to_free_and_delete(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    ready(store)
    assert {"Free its files", "Delete this round"} <= set(labels(open_rounds(anna, round="1")))
    rita = people.add(store, "Rita", role="researcher")
    assert not {"Free its files", "Delete this round"} & set(labels(open_rounds(rita, round="1")))


def test_a_deleted_round_is_listed_no_longer(open_rounds: Callable[..., AppTest], store: Store, anna: Person) -> None:
    ready(store)
    ready(store)
    app = click(open_rounds(anna, round="1"), "Delete this round")
    assert [each.value for each in app.title] == ["Rounds"]
    assert [row["title"] for row in drawn(app, "table")["rows"]] == ["2"]
    assert rounds.read(store, 1).deleted_ms is not None


def test_the_live_card_has_both_losses_on_axes_that_stay(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    working = rounds.queue(store, config=CONFIG, seed=0, last_annotation=None)
    rounds.begin_next(store)
    rounds.advance(store, working.id, "training")
    for number in (1, 200):
        row = ProgressRow(working.id, number, 800, 1.4 / number, 0.3, 0.6, 75.0, "", now_ms() + number)
        rounds.report(store, row)
    plot = drawn(open_rounds(anna), "live")["plot"]
    for name in ("label loss 0.01", "saliency loss 0.30", "dev accuracy 75.0", ">2.0<"):
        assert name in plot
    assert ">200<" not in plot  # the axis of steps ends at 800, not at the last step


def test_the_chart_can_be_drawn_by_minutes_and_says_when_they_are_unknown(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    ready(store)
    app = open_rounds(anna)
    assert drawn(app, "csv").startswith("# Accuracy in percent, by answers, on 40 test sentences.")
    app.session_state["chart-by"] = "minutes of work"
    app.run()
    assert "How long the answers took is not known" in plainly(app)


def test_a_project_where_a_person_decides_says_so(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    change_settings(store, SettingsChange(serving="never"), actor=OWNER)
    ready(store, metrics={"held_back": {"rule": "never"}})
    app = open_rounds(anna)
    assert "in this project a person decides that" in plainly(app)
    assert "Serve it" in labels(app)


def test_the_page_of_a_round_at_work_is_live_and_has_one_button_to_cancel(
    open_rounds: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    rounds.queue(store, config=CONFIG, seed=0, last_annotation=None)
    app = open_rounds(anna, round="1")
    assert labels(app).count("Cancel") == 1  # it waits
    rounds.begin_next(store)
    app.run()
    assert drawn(app, "live")["headline"] == "Loading (a few seconds)"
    assert labels(app).count("Cancel") == 1


def test_the_promise_names_what_is_scored_outside(
    store: Store, anna: Person, open_rounds: Callable[..., AppTest]
) -> None:
    annotations.add(store, NewAnnotation(1, anna.id, "answer", "key-00001", label=0))
    pools.attach(store, "/pool", [PoolShard("a.parquet", 9, "0" * 64, 2_000_000)], actor=OWNER)
    assert "It also scores 1 shard, 2,000,000 sentences, outside this project." in plainly(open_rounds(anna))
