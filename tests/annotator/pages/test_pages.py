import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from annotator.answering.queue import submit
from annotator.pages.frame import plain
from annotator.pages.web_options import LOOK
from annotator.project.settings import SettingsChange, change_settings
from db.answers import annotations
from db.corpus import sentences
from db.learning import rounds
from db.learning.round_records import ProgressRow
from db.queue import leases, queue_entries, slots
from db.records import OWNER, NewAnnotation, Observed, Person
from db.store import Store
from db.team import people, project
from learner.loss_names import DEFAULT_LOSS
from learner.model_names import own_loss

APP = Path(__file__).resolve().parents[3] / "streamlit_app.py"


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Run the app on a project, signed out or as a person."""

    def open_(project: Path | None, person: Person | None = None) -> AppTest:
        monkeypatch.delenv("WHYLIGHT_PROJECT", raising=False)
        if project is not None:
            monkeypatch.setenv("WHYLIGHT_PROJECT", str(project))
        app = AppTest.from_file(str(APP), default_timeout=30)
        # AppTest's cookies are mocks; the browser tests read real ones.
        app.session_state["person"] = person and person.uid
        return app.run()

    return open_


def drawn_marker(app: AppTest) -> dict[str, Any]:
    return next(data for each in app.get("bidi_component") if "queue" in (data := json.loads(each.proto.json)))


def texts(app: AppTest) -> str:
    return "\n".join(each.value for each in app.text)


def test_without_a_project_the_page_says_how_to_make_one(open_app: Callable[..., AppTest]) -> None:
    app = open_app(None)
    assert [each.value for each in app.title] == ["No project is open"]
    assert "WHYLIGHT_PROJECT is not set" in texts(app)
    assert "whylight init" in app.code[0].value


def test_a_file_that_is_no_project_is_explained_in_one_sentence(
    open_app: Callable[..., AppTest], tmp_path: Path
) -> None:
    foreign = tmp_path / "notes.db"
    foreign.write_text("something else")
    app = open_app(foreign)
    assert "is not a Whylight project" in texts(app)
    assert not app.exception


def test_a_new_name_signs_in_and_meets_the_first_sentence(open_app: Callable[..., AppTest], store: Store) -> None:
    app = open_app(store.path)
    app.text_input[0].input("Zoë")
    app.button[0].click().run()
    data = drawn_marker(app)
    assert len(data["queue"]) == 10
    assert data["trouble"] == ""


def test_a_known_name_is_one_click_away(open_app: Callable[..., AppTest], store: Store, anna: Person) -> None:
    app = open_app(store.path)
    app.button(key=f"person-{anna.id}").click().run()
    assert drawn_marker(app)["person"] == anna.uid


def test_a_name_that_cannot_be_is_refused_in_words(open_app: Callable[..., AppTest], store: Store) -> None:
    app = open_app(store.path)
    app.text_input[0].input("   ")
    app.button[0].click().run()
    assert plain("Type a name; it is empty") in app.error[0].value


def test_who_comes_first_learns_that_they_are_admin_and_the_next_whom_to_ask(
    open_app: Callable[..., AppTest], empty_store: Store
) -> None:
    for name, says in (("Ada", "You are this project's admin"), ("Ben", "You annotate here. Ask Ada, who is admin")):
        app = open_app(empty_store.path)
        app.text_input[0].input(name)
        next(each for each in app.button if each.label == "Start").click().run()
        assert any(plain(says) in each.value for each in app.caption)
        next(each for each in app.button if each.label == "Close").click().run()
        assert not any(each.label == "Close" for each in app.button)


def test_a_deactivated_person_is_asked_who_they_are(
    open_app: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    with store.writing() as db:
        db.execute("UPDATE people SET active = 0 WHERE id = ?", [anna.id])
    assert [each.value for each in open_app(store.path, anna).title] == ["Annotate events"]


def test_a_person_deactivated_while_the_page_is_open_sees_that(
    monkeypatch: pytest.MonkeyPatch, store: Store, anna: Person
) -> None:
    def page() -> None:
        from dataclasses import replace

        from annotator.pages import annotate, frame
        from annotator.settings import read_settings
        from db.store import Store
        from db.team import people

        here = frame.read_here(read_settings())
        with Store.open(here.path) as store:
            anna = people.read(store, 1)
        annotate.render(replace(here, person=replace(anna, active=True)))

    people.set_active(store, 1, False)
    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    app = AppTest.from_function(page, default_timeout=30)
    app.session_state["person"] = anna.uid
    app.run()
    assert not app.exception
    assert "Anna was deactivated" in app.error[0].value


def test_signing_out_asks_again_once_the_browser_has_forgotten_who_was_here(
    open_app: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    app = open_app(store.path, anna)
    next(button for button in app.button if button.label == "Sign out").click().run()
    assert not app.title
    assert [each.value for each in app.caption] == ["Signing out…"]
    app.session_state["leaving"] = False  # as the browser's answer does
    app.run()
    assert [each.value for each in app.title] == ["Annotate events"]


def test_the_rounds_page_draws(monkeypatch: pytest.MonkeyPatch, store: Store, anna: Person) -> None:
    def page() -> None:
        from annotator.pages import frame, rounds
        from annotator.settings import read_settings

        rounds.render(frame.read_here(read_settings()))

    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    app = AppTest.from_function(page, default_timeout=30)
    app.session_state["person"] = anna.uid
    app.run()
    assert not app.exception
    assert [each.value for each in app.title] == ["Rounds"]


@pytest.mark.parametrize("name", ["data", "review", "rounds", "project"])
def test_a_visitor_who_is_not_signed_in_is_no_admin_on_any_page(
    monkeypatch: pytest.MonkeyPatch, store: Store, name: str
) -> None:
    def script(name: str) -> None:
        import importlib

        from annotator.pages import frame
        from annotator.settings import read_settings

        page = importlib.import_module(f"annotator.pages.{name}")
        frame.draw_page(page.render, frame.read_here(read_settings()), name)

    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    app = AppTest.from_function(script, default_timeout=30, kwargs={"name": name})
    app.session_state["person"] = None
    app.run()
    assert not app.exception
    assert "You are no longer signed in on this page" in plainly("".join(e.value for e in (*app.error, *app.text)))
    assert not app.table and not app.get("bidi_component")


def test_the_look_is_worn_under_any_command(open_app: Callable[..., AppTest], store: Store) -> None:
    open_app(store.path)
    assert {option: config.get_option(option) for option in LOOK} == LOOK


def test_text_from_people_loses_its_markdown() -> None:
    assert plain("**a** :red[b] <i> 1.") == r"\*\*a\*\* \:red\[b\] \<i\> 1\."


@pytest.fixture
def rounds_page(open_app: Callable[..., AppTest], store: Store, anna: Person) -> AppTest:
    """The page of rounds of a project without answers."""

    def script() -> None:
        from annotator.pages import frame, rounds
        from annotator.settings import read_settings

        rounds.render(frame.read_here(read_settings()))

    open_app(store.path)
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["person"] = anna.uid
    return app.run()


def test_the_page_of_rounds_says_what_there_is_to_learn_from(rounds_page: AppTest) -> None:
    assert not rounds_page.exception
    captions = [each.value for each in rounds_page.caption]
    assert captions[0] == "No answers yet."
    assert captions[-1].startswith("No rounds yet.")


def test_a_round_that_cannot_start_is_explained(rounds_page: AppTest) -> None:
    start = next(each for each in rounds_page.button if each.label == "Start round 1")
    start.click().run()
    assert "No pool sentence has been answered yet" in rounds_page.warning[0].value
    rounds_page.run()
    assert not rounds_page.warning


def test_a_round_is_not_started_before_the_browser_has_sent_its_answers_unless_asked_twice(
    rounds_page: AppTest,
) -> None:
    rounds_page.session_state["left in the browser"] = 2
    start = next(each for each in rounds_page.button if each.label == "Start round 1")
    start.click().run()
    assert "2 answers of yours are still in this browser" in rounds_page.warning[0].value
    start.click().run()
    assert "No pool sentence has been answered yet" in rounds_page.warning[0].value


def test_a_round_at_work_says_how_many_answers_came_too_late_for_it(
    rounds_page: AppTest, store: Store, anna: Person
) -> None:
    answer(store, anna, 1, 1, "..+.")
    rounds.queue(store, config={}, seed=0, last_annotation=annotations.last_id(store))
    rounds.begin_next(store)
    for sentence_id in (2, 3):
        answer(store, anna, sentence_id, 1, "..+.")
    rounds_page.run()
    late = drawn(rounds_page, "live")["late"]
    assert late == "2 answers have arrived since it began; the next round learns from them."


def chosen(app: AppTest, label: str) -> Any:
    return next((each for each in app.selectbox if each.label.startswith(label)), None)


def test_the_settings_of_a_round_are_those_of_its_encoder(rounds_page: AppTest, store: Store) -> None:
    past = rounds.queue(store, config={"encoder": "/models/tiny", "encoder_layer": None}, seed=0, last_annotation=None)
    rounds.advance(store, past.id, "ready", metrics={"reading": {"sentences": 400, "seconds": 4.0, "left": 0}})
    rounds_page.run()
    chosen(rounds_page, "Encoder").set_value("static").run()
    assert chosen(rounds_page, "Word vectors").value == "auto"
    assert any("trained with the model." in caption for caption in captions(rounds_page))
    assert any(caption.endswith("About 15 s a round.") for caption in captions(rounds_page))
    assert rounds_page.radio[0].value == DEFAULT_LOSS
    chosen(rounds_page, "Encoder").set_value("/models/tiny").run()
    assert chosen(rounds_page, "Word vectors") is None
    assert any(" to read 10 sentences once, then about " in caption for caption in captions(rounds_page))
    assert any(caption.startswith("evidence: each word speaks") for caption in captions(rounds_page))
    assert rounds_page.radio[0].value == own_loss("evidence")
    chosen(rounds_page, "Model").set_value("cnn").run()
    assert rounds_page.radio[0].value == DEFAULT_LOSS


def test_a_round_is_told_what_to_look_for_in_one_line(rounds_page: AppTest) -> None:
    look_for = chosen(rounds_page, "Next sentences")
    assert look_for.value == "margin"
    assert "entropy" not in look_for.options, "with two labels it is the same order"
    assert "The two likeliest labels are close." in captions(rounds_page)
    look_for.set_value("lexicon-conflict").run()
    assert any(caption.startswith("Experimental. The model is sure") for caption in captions(rounds_page))


def test_the_page_of_a_sentence_says_why_each_round_chose_it(
    open_app: Callable[..., AppTest], store: Store, anna: Person
) -> None:
    def script() -> None:
        from annotator.pages import data, frame
        from annotator.settings import read_settings

        data.render(frame.read_here(read_settings()))

    for reason, chance, why in (("unsure", None, "The model gives *none* 0.51."), ("random", 0.25, "Drawn at random.")):
        started = rounds.queue(store, config={}, seed=0, last_annotation=None)
        rounds.advance(store, started.id, "ready")
        queue_entries.add(store, started.id, [slots.QueueEntry(1, reason, 0.9, chance, {}, why)])
    open_app(store.path)
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["person"] = anna.uid
    app.query_params["sentence"] = sentences.read(store, 1).external_id
    app.run()
    (drawn,) = [json.loads(each.proto.json) for each in app.get("bidi_component")]
    assert drawn["sentence"]["chosen"] == [
        "Round 2, place 1: Drawn at random. Its chance was 0.25.",
        "Round 1, place 1: The model gives *none* 0.51.",
    ]


def test_a_round_that_reads_says_so_and_how_long_it_takes(rounds_page: AppTest, store: Store, anna: Person) -> None:
    answer(store, anna, 1, 1, "..+.")
    config = {"encoder": "minilm", "model": "evidence", "loss": "log-even"}
    begun = rounds.queue(store, config=config, seed=0, last_annotation=annotations.last_id(store))
    rounds.advance(store, begun.id, "training")
    note = "Reading sentences: 1,200 of 10,300, about 62 s left"
    rounds.report(store, ProgressRow(begun.id, 1200, 10300, None, None, None, None, note, 0))
    rounds_page.run()
    assert rounds_page.subheader[0].value == "Round 1 is reading"
    assert drawn(rounds_page, "live")["headline"] == note
    assert "evidence on minilm" in drawn(rounds_page, "live")["facts"]
    rounds.report(store, ProgressRow(begun.id, 3, 800, 0.7, 0.1, None, None, "", 0))
    rounds_page.run()
    assert rounds_page.subheader[0].value == "Round 1 is training"
    assert drawn(rounds_page, "live")["headline"] == "step 3 of 800"


def captions(app: AppTest) -> list[str]:
    return [each.value for each in app.caption]


def test_answers_from_other_pages_are_taken_as_from_the_marker(
    monkeypatch: pytest.MonkeyPatch, store: Store, anna: Person
) -> None:
    """The same answer, sent from two pages, is one row; another person's message stores nothing."""

    def script() -> None:
        import streamlit as st

        from annotator.answering.message import read_message
        from annotator.pages import frame, waiting
        from annotator.settings import read_settings

        here = frame.read_here(read_settings())
        assert here.person is not None
        for sent in st.session_state["messages"]:
            waiting.take_answers(here, here.person, read_message(sent))

    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    leases.record(store, anna.id, 1)
    item = {"key": "from-another-page", "sentence_id": 1, "kind": "answer", "label": 0}
    mine = {"project": project.read(store).uid, "person": anna.uid, "outbox": [item]}
    others = mine | {"person": "0" * 32, "outbox": [item | {"key": "somebody-elses"}]}
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["person"] = anna.uid
    app.session_state["messages"] = [mine, others, mine]
    assert not app.run().exception
    assert app.session_state["receipts"] == [{"key": "from-another-page", "state": "saved", "message": ""}]
    assert app.session_state["left in the browser"] == 0
    assert annotations.last_id(store) == 1


def test_finished_rounds_are_in_the_table(rounds_page: AppTest, store: Store) -> None:
    figures = {
        "examples": 40,
        "f1": 71.25,
        "accuracy": 70.0,
        "saliency_accuracy_word": 90.0,
        "saliency_accuracy_word_unmarked": 40.0,
    }
    done = rounds.queue(store, config={"loss": "hinge"}, seed=0, last_annotation=None)
    rounds.advance(store, done.id, "ready", metrics={"test": figures}, training_set={"answers": 9, "marked": 4})
    broken = rounds.queue(store, config={"loss": "hinge"}, seed=0, last_annotation=None)
    rounds.advance(store, broken.id, "failed", error="No luck today.")
    rounds_page.run()
    assert not rounds_page.exception
    failed, ready = drawn(rounds_page, "table")["rows"]
    assert [pill["text"] for pill in failed["pills"]] == ["failed"]
    assert ready["pills"] == []
    assert ready["cells"][:5] == ["the paper's hinge", "9", "40 test", "70.0", "–"]
    assert "Round 2 failed. No luck today." in plainly("".join(each.value for each in rounds_page.markdown))


def test_a_freed_round_says_so_on_the_page_of_rounds(store: Store, rounds_page: AppTest) -> None:
    freed = rounds.queue(store, config={}, seed=0, last_annotation=None)
    rounds.advance(store, freed.id, "ready")
    rounds.record_freed(store, freed.id, person_id=None, bytes_freed=7)
    rounds_page.run()
    assert not rounds_page.exception
    assert [pill["text"] for pill in drawn(rounds_page, "table")["rows"][0]["pills"]] == ["freed"]
    rounds_page.query_params["round"] = "1"
    rounds_page.run()
    assert not rounds_page.exception
    notes = next(each for each in drawn(rounds_page, "sections") if each["title"] == "Notes")
    assert any("Its checkpoint and saliency were freed on" in line for line in notes["lines"])


def test_an_annotator_is_offered_no_page_with_others_answers(open_app: Callable[..., AppTest], store: Store) -> None:
    ben = people.add(store, "Ben")
    app = open_app(store.path, ben)
    app.query_params["sentence"] = "s1"
    for page in ("data", "rounds", "project"):
        with pytest.raises(ValueError, match="page"):
            app.switch_page(page)
    app.run()
    assert drawn_marker(app)["person"] == ben.uid


@pytest.mark.parametrize("name", ["data", "rounds", "project"])
def test_a_page_that_is_still_open_says_that_the_role_is_gone(
    monkeypatch: pytest.MonkeyPatch, store: Store, name: str
) -> None:
    def script(name: str) -> None:
        import importlib
        from dataclasses import replace

        import streamlit as st

        from annotator.pages import frame
        from annotator.settings import read_settings
        from db.store import Store
        from db.team import people

        st.query_params["sentence"] = "s1"
        here = frame.read_here(read_settings())
        with Store.open(here.path) as store:
            ben = people.read(store, 1)
        page = importlib.import_module(f"annotator.pages.{name}")
        frame.draw_page(page.render, replace(here, person=replace(ben, role="admin")), name)

    people.add(store, "Ben")
    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    app = AppTest.from_function(script, default_timeout=30, kwargs={"name": name})
    app.session_state["person"] = None
    app.run()
    assert not app.exception
    assert app.error[0].value == plain("Ben is an annotator, but this takes a researcher; ask an admin.")
    assert not app.text and not app.table and not app.get("bidi_component")


@pytest.fixture
def draw(open_app: Callable[..., AppTest], store: Store) -> Callable[..., AppTest]:
    """Run one page alone, as a person."""

    def script(name: str) -> None:
        import importlib

        from annotator.pages import frame
        from annotator.settings import read_settings

        importlib.import_module(f"annotator.pages.{name}").render(frame.read_here(read_settings()))

    def draw_(name: str, person: Person) -> AppTest:
        open_app(store.path)
        app = AppTest.from_function(script, default_timeout=30, kwargs={"name": name})
        app.session_state["person"] = person.uid
        return app.run()

    return draw_


def answer(store: Store, person: Person, sentence_id: int, label: int, marks: str | None) -> None:
    key = f"browser-key-{person.id}-{sentence_id}"
    leases.record(store, person.id, sentence_id)
    submit(store, person, NewAnnotation(sentence_id, person.id, "answer", key, label, marks, Observed(seconds=4.0)))


def drawn(app: AppTest, name: str) -> Any:
    return next(_every_drawn(app, name))


def drawn_last(app: AppTest, name: str) -> Any:
    return list(_every_drawn(app, name))[-1]


def _every_drawn(app: AppTest, name: str) -> Iterator[Any]:
    return (data[name] for each in app.get("bidi_component") if name in (data := json.loads(each.proto.json)))


def test_my_work_says_what_was_done_today_and_lists_it(
    draw: Callable[..., AppTest], store: Store, anna: Person, ben: Person
) -> None:
    assert "Today 0 answers. The project still needs 10 answers" in plainly(draw("my_work", anna).caption[0].value)
    answer(store, anna, 1, 1, "..+.")
    answer(store, ben, 2, 1, "..+.")
    app = draw("my_work", anna)
    assert not app.exception
    assert app.caption[0].value == "Today 1 answer, about 4 seconds each. The project still needs 8 answers."
    assert [(row["label"], row["words"]) for row in drawn(app, "own")] == [("event", ["sank"])]


def test_review_shows_figures_and_what_differs_first(
    draw: Callable[..., AppTest], store: Store, anna: Person, ben: Person
) -> None:
    change_settings(store, SettingsChange(overlap=2), actor=OWNER)
    assert "No sentence has answers from two people yet" in draw("review", anna).caption[0].value
    for number, (sentence_id, label) in enumerate(((1, 1), (2, 0)), start=1):
        answer(store, anna, sentence_id, 1, "..+.")
        answer(store, ben, sentence_id, label, "..+." if label else None)
        app = draw("review", anna)
        assert f"{number} sentence{'s' * (number > 1)} answered by two" in app.caption[0].value
    assert not app.exception
    assert "2 sentences answered by two or more people\\; 1 with different labels" in app.caption[0].value
    assert [row["sentence_id"] for row in drawn(app, "rows")] == [2, 1]
    assert drawn(app, "table")["rows"][0][:3] == ["all", "2", "too few to say"]
    differing, alike = ([(each["name"], each["differs"]) for each in row["people"]] for row in drawn(app, "rows"))
    assert (differing, alike) == ([("Anna", True), ("Ben", True)], [("Anna", False), ("Ben", False)])
    app.segmented_control[-1].set_value("People").run()
    assert not app.exception
    assert [row[:2] for row in drawn_last(app, "table")["rows"]] == [["Anna", "2"], ["Ben", "2"]]


def test_review_shows_surplus_answers_apart_and_counts_them_nowhere(
    draw: Callable[..., AppTest], store: Store, anna: Person, ben: Person
) -> None:
    answer(store, anna, 1, 1, "..+.")
    answer(store, ben, 1, 0, None)
    app = draw("review", anna)
    assert "No sentence has answers from two people yet" in app.caption[0].value
    app.segmented_control[-1].set_value("Surplus").run()
    assert not app.exception
    assert "1 answer does not count until admitted" in app.caption[-1].value
    (row,) = drawn(app, "rows")
    assert [(each["name"], each["surplus"], each["counts"]) for each in row["people"]] == [
        ("Anna", None, True),
        ("Ben", 2, False),
    ]


def plainly(text: str) -> str:
    return text.replace("\\", "")
