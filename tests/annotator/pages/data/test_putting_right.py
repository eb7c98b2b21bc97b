"""A sentence's page: its text is corrected or it is removed, after a look at what that does, and put back."""

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from db.answers import annotations
from db.corpus import removals, sentences
from db.queue import leases
from db.records import NewAnnotation, Person
from db.store import Store
from db.team import people

Open = Callable[[str, str], AppTest]


@pytest.fixture
def open_dialog(monkeypatch: pytest.MonkeyPatch, store: Store, anna: Person) -> Open:
    """Open the content of a dialog about a sentence, as Anna, below what the last one did."""

    def script(name: str, external_id: str) -> None:
        from annotator.pages import frame
        from annotator.pages.data import putting_right
        from annotator.settings import read_settings

        here = frame.read_here(read_settings())
        putting_right.draw_outcome(here)
        getattr(putting_right, name)(here, external_id)

    def open_(name: str, external_id: str) -> AppTest:
        monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
        app = AppTest.from_function(script, default_timeout=30, kwargs={"name": name, "external_id": external_id})
        app.session_state["person"] = anna.uid
        app.run()
        assert not app.exception
        return app

    return open_


def press(app: AppTest, label: str) -> AppTest:
    next(each for each in app.button if each.label == label).click().run()
    assert not app.exception
    return app


def lines(app: AppTest) -> list[str]:
    drawn = [json.loads(each.proto.json) for each in app.get("bidi_component")]
    return [line for data in drawn for line in data.get("lines", ())]


def test_a_text_is_corrected_after_a_look_at_its_answers_and_put_back(
    open_dialog: Open, store: Store, anna: Person
) -> None:
    leases.record(store, anna.id, 1)
    annotations.add(store, NewAnnotation(1, anna.id, "answer", "key-of-anna", 1, "..+."))
    app = open_dialog("draw_correction", "pool-0")
    replace = next(each for each in app.button if each.label == "Replace the text")
    assert replace.disabled
    app.text_area[0].set_value("The ship sailed w0").run()
    assert any("1 answer is kept without the marks" in line for line in lines(app))
    press(app, "Replace the text")
    assert [each.value for each in app.subheader] == ["Corrected pool-0"]
    assert "That text is no longer in the project's file." in lines(app)
    assert sentences.find(store, ["pool-0"])["pool-0"].text == "The ship sailed w0"
    press(app, "Put the old text back")
    assert sentences.find(store, ["pool-0"])["pool-0"].text == "The ship sank w0"
    assert "Put the old text back" not in [each.label for each in app.button]
    press(app, "Dismiss")
    assert [each.value for each in app.subheader] == []


def test_a_text_that_cannot_be_keeps_the_button_closed_and_says_why(open_dialog: Open, store: Store) -> None:
    app = open_dialog("draw_correction", "pool-0")
    app.text_area[0].set_value("  ").run()
    assert any("text" in line and "expected" in line for line in lines(app))
    assert next(each for each in app.button if each.label == "Replace the text").disabled
    assert removals.count(store) == 0


def test_a_sentence_is_removed_only_after_the_second_button(open_dialog: Open, store: Store) -> None:
    app = open_dialog("draw_removal", "pool-3")
    assert removals.count(store) == 0
    assert "It has no answers." in lines(app)
    app.text_input[0].input("asked to")
    press(app, "Remove it for good")
    assert [(one.external_id, one.person, one.reason) for one in removals.all_of(store)] == [
        ("pool-3", "Anna", "asked to")
    ]
    assert app.subheader[0].value == "Removed pool-3"


def test_a_page_whose_researcher_became_an_annotator_removes_nothing(
    open_dialog: Open, store: Store, anna: Person
) -> None:
    app = open_dialog("draw_removal", "pool-3")
    people.add(store, "Cleo", role="admin")
    people.set_role(store, anna.id, "annotator")
    next(each for each in app.button if each.label == "Remove it for good").click().run()
    assert removals.count(store) == 0
