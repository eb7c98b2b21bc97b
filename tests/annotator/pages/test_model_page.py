"""The Model page, without a browser: the card with what the marks did, and that it is what someone new sees first."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from judged_rounds import Says, add_round
from streamlit.testing.v1 import AppTest

from annotator.pages import model_marks
from annotator.putting_right.removing import remove_sentences
from annotator.rounds.asking import scorer
from annotator.rounds.asking.model_message import WordChange
from annotator.rounds.asking.scorer_messages import Scored, Sentence
from annotator.rounds.asking.trying import Change, Trial, Version
from annotator.rounds.measuring.telling import Telling, list_telling
from db.answers import annotations
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import people

APP = Path(__file__).resolve().parents[3] / "streamlit_app.py"
BY_FIRST, BY_LAST = Says(0, 0.9, (0.9, 0.0, 0.0, 0.0)), Says(1, 0.8, (0.0, 0.0, 0.0, 0.9))


@pytest.fixture(autouse=True)
def loads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[int], tuple[str, ...]]]:
    """The rounds, and the sentence's words, for which models were loaded ahead: none are here."""
    asked: list[tuple[list[int], tuple[str, ...]]] = []

    def note(_store: Store, rounds: Sequence[int], sentence: Sentence, *, actor: Person) -> None:
        asked.append(([*rounds], sentence.tokens))

    monkeypatch.setattr(scorer, "load_ahead", note)
    return asked


@pytest.fixture
def with_twin(empty_store: Store, add_sentences: Callable[..., list[int]]) -> list[int]:
    """A round that is right about twelve test sentences, and a twin that goes by the first word of two of them."""
    ids = add_sentences(12, split="test")
    gold_person = people.add(empty_store, "gold")
    for each in ids:
        new = NewAnnotation(each, gold_person.id, "answer", f"key-{each:05}", label=1, marks="...+")
        annotations.add(empty_store, new)
    gold, last = {"test": {each: (1, "...+") for each in ids}}, annotations.last_id(empty_store)
    right = dict.fromkeys(ids, BY_LAST)
    add_round(empty_store, right, gold=gold, last_annotation=last, serve=True, answers=300)
    twin = right | {ids[0]: BY_FIRST, ids[1]: BY_FIRST}
    add_round(empty_store, twin, gold=gold, last_annotation=last, twin_of=1, answers=300)
    return ids


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch, empty_store: Store) -> Callable[..., AppTest]:
    """Run the app, signed out or as a person."""

    def open_(person: Person | None = None) -> AppTest:
        monkeypatch.setenv("WHYLIGHT_PROJECT", str(empty_store.path))
        app = AppTest.from_file(str(APP), default_timeout=30)
        app.session_state["person"] = person and person.uid
        return app.run()

    return open_


@pytest.fixture
def open_model(monkeypatch: pytest.MonkeyPatch, empty_store: Store, anna: Person) -> Callable[..., AppTest]:
    """Draw the Model page as Anna, with these values in her session."""

    def script() -> None:
        import streamlit as st

        from annotator.pages import frame, model
        from annotator.settings import read_settings

        st.navigation([frame.page(frame.read_here(read_settings()), model.render, "Model", default=True)]).run()

    def open_(**session: object) -> AppTest:
        monkeypatch.setenv("WHYLIGHT_PROJECT", str(empty_store.path))
        app = AppTest.from_function(script, default_timeout=30)
        app.session_state["person"] = anna.uid
        for key, value in session.items():
            app.session_state[key.replace("_", " ")] = value
        return app.run()

    return open_


def trials(app: AppTest) -> list[dict[str, Any]]:
    assert not app.exception
    every = [json.loads(each.proto.json) for each in app.get("bidi_component")]
    return [data["trial"] for data in every if data.get("trial")]


def texts(app: AppTest) -> str:
    return "\n".join(each.value.replace("\\", "") for each in (*app.subheader, *app.text, *app.caption))


@pytest.mark.usefixtures("with_twin")
def test_a_sentence_is_shown_as_both_models_read_it(open_model: Callable[..., AppTest]) -> None:
    app = open_model()
    assert "What the marks do" in texts(app)
    assert "it gets 12 right and the other 10." in texts(app)
    assert "2 are right only with the marks, 0 only without. One of the 2: without" in texts(app)
    (trial,) = trials(app)
    assert trial["models"] == ["Without the marks", "With the marks"]
    (version,) = trial["versions"]
    assert (version["text"], version["marks"]) == ("The ship sank w0", "...+")
    said = [(result["label"], result["percent"], result["right"]) for result in version["results"]]
    assert said == [("none", "90\u00a0%", False), ("event", "80\u00a0%", True)]
    assert trial["offer"] == {"place": 0, "instead": "", "title": ["Try it without ", "The"]}


@pytest.mark.usefixtures("with_twin")
def test_the_models_are_loaded_while_the_person_reads_once(
    open_model: Callable[..., AppTest], loads: list[tuple[list[int], tuple[str, ...]]]
) -> None:
    app = open_model()
    app.run()
    next(each for each in app.button if each.label == "Another sentence").click().run()
    assert loads == [([-1, 1], ("The", "ship", "sank", "w0"))]


@pytest.mark.usefixtures("with_twin")
def test_another_sentence_is_one_click_away_and_after_the_last_comes_the_first(
    open_model: Callable[..., AppTest],
) -> None:
    app = open_model()
    shown = []
    for _ in range(3):
        shown.append(trials(app)[0]["versions"][0]["text"])
        next(each for each in app.button if each.label == "Another sentence").click().run()
    assert shown == ["The ship sank w0", "The ship sank w1", "The ship sank w0"]


def test_the_sentences_are_found_once_and_again_only_after_a_change(
    open_model: Callable[..., AppTest],
    with_twin: list[int],
    empty_store: Store,
    ben: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searches = 0

    def counted(*given: Any, **named: Any) -> list[Telling]:
        nonlocal searches
        searches += 1
        return list_telling(*given, **named)

    monkeypatch.setattr(model_marks, "list_telling", counted)
    app = open_model()
    next(each for each in app.button if each.label == "Another sentence").click().run()
    annotations.add(empty_store, NewAnnotation(with_twin[0], ben.id, "answer", "key-of-ben", label=1, marks="+..."))
    assert trials(app.run())[0]["versions"][0]["text"] == "The ship sank w1"
    assert searches == 1
    remove_sentences(empty_store, ["test-1"], actor=OWNER)
    assert trials(app.run())[0]["versions"][0]["text"] == "The ship sank w0"
    assert searches == 2


@pytest.mark.usefixtures("with_twin")
def test_a_changed_word_is_shown_below_with_whose_answer_it_changed(open_model: Callable[..., AppTest]) -> None:
    def version(text: str, *labels: str) -> Version:
        return Version(text, tuple(Scored(label, 0.9, (0.0,) * 4, label) for label in labels))

    change = Change("The", "Her", version("Her ship sank w0", "event", "event"))
    trial = Trial(1, "", (-1, 1), version("The ship sank w0", "none", "event"), change)
    (drawn,) = trials(open_model(changed_telling=((-1, 1, "test-0"), trial)))
    before, after = drawn["versions"]
    assert [result["right"] for result in before["results"]] == [False, True]
    assert after["note"] == "Without the marks, the model changes its answer; with them, it does not."
    assert [(result["flip"], result["right"]) for result in after["results"]] == [(True, None), (False, None)]
    assert drawn["offer"] is None
    (elsewhere,) = trials(open_model(changed_telling=((-1, 1, "test-1"), trial)))
    assert len(elsewhere["versions"]) == 1


@pytest.mark.usefixtures("with_twin")
@pytest.mark.parametrize("asked", ["asked_about_telling", "asked_change"])
def test_after_a_refused_change_a_sentence_waits_for_no_answer(open_model: Callable[..., AppTest], asked: str) -> None:
    scored = Scored("event", 0.9, (0.0,), "event")
    typed = Trial(1, "", (-1, 1), Version("Sank", (scored, scored)))
    session = {"trial": typed, asked: WordChange(0, 9, "slept")}
    app = open_model(**session)
    assert [each.value.replace("\\", "") for each in app.warning] == [
        "This word is no longer there; try the sentence again."
    ]
    drawn = [json.loads(each.proto.json) for each in app.get("bidi_component")]
    assert [data["refusals"] for data in drawn if data.get("trial")][-1] == 1


def test_without_a_round_there_is_no_such_card(open_model: Callable[..., AppTest], empty_store: Store) -> None:
    app = open_model()
    assert "Try a sentence" in texts(app)
    assert "What the marks do" not in texts(app)


@pytest.mark.usefixtures("with_twin")
def test_someone_new_who_may_see_it_sees_it_first(open_app: Callable[..., AppTest]) -> None:
    app = open_app()
    app.text_input[0].input("Zoë")
    app.button[0].click().run()
    assert app.title[0].value == "Model"
    assert trials(app)
    assert "You are this project's admin" in texts(app)


@pytest.mark.usefixtures("with_twin")
def test_someone_new_who_may_only_annotate_meets_a_sentence(
    open_app: Callable[..., AppTest], anna: Person, add_sentences: Callable[..., list[int]]
) -> None:
    add_sentences(2)
    app = open_app()
    app.text_input[0].input("Zoë")
    app.button(key=next(each.key for each in app.button if each.label == "Start")).click().run()
    assert trials(app) == []
    assert not app.title


@pytest.mark.usefixtures("with_twin")
def test_someone_who_was_here_before_meets_a_sentence(open_app: Callable[..., AppTest], anna: Person) -> None:
    app = open_app()
    app.button(key=f"person-{anna.id}").click().run()
    assert trials(app) == []


@pytest.mark.usefixtures("with_twin")
def test_an_address_that_names_a_page_leads_there(monkeypatch: pytest.MonkeyPatch, empty_store: Store) -> None:
    def script() -> None:
        from annotator.pages import frame, sign_in
        from annotator.settings import read_settings

        sign_in.render(frame.read_here(read_settings()), at_start=False)

    monkeypatch.setenv("WHYLIGHT_PROJECT", str(empty_store.path))
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["person"] = None
    app.run().text_input[0].input("Zoë")
    app.button[0].click().run()
    assert not app.exception
    zoe = people.find(empty_store, "Zoë")
    assert zoe is not None
    assert app.session_state["person"] == zoe.uid
