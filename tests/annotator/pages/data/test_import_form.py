"""The form of an import: it has what the command has, and calls its options by the names of its boxes."""

import click
import pytest
from streamlit.testing.v1 import AppTest

from annotator.commands.data import import_
from annotator.pages.data import first_rows
from annotator.pages.data.boxes import BOXES, in_boxes
from db.records import Person
from db.store import Store

LEFT_TO_THE_COMMAND = {"as", "json", "dry-run"}
"""Who acts is who is signed in, the outcome is on the page, and the form always tries the file out first."""


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, store: Store, anna: Person) -> set[str]:
    """The names of all boxes of the form."""

    def script() -> None:
        from annotator.pages import frame
        from annotator.pages.data import import_form
        from annotator.settings import read_settings

        import_form._draw_settings(frame.read_here(read_settings()), None)

    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["person"] = anna.uid
    app.run()
    assert not app.exception
    kinds = ("selectbox", "text_input", "checkbox", "multiselect", "number_input", "radio", "button_group")
    return {each.label for kind in kinds for each in app.get(kind)} | set(first_rows.TITLES.values())


def test_every_option_of_the_command_is_a_box_of_the_form(drawn: set[str]) -> None:
    named = {name for each in import_.params if isinstance(each, click.Option) for name in each.opts}
    options = {name.removeprefix("--") for name in named if name.startswith("--")}
    assert options - LEFT_TO_THE_COMMAND == set(BOXES)
    assert set(BOXES.values()) <= drawn


def test_a_column_that_looks_like_ids_is_chosen_and_the_form_says_that_it_is_a_guess() -> None:
    def script() -> None:
        from types import SimpleNamespace

        import streamlit as st

        from annotator.formats.first_look import look_into
        from annotator.formats.likely_fields import with_likely_fields
        from annotator.pages.data import first_rows

        look = look_into(b"Nr;Text;Urteil\nA-1;It sank.;bad\nA-2;It rose.;good\n", "csv")
        fields = first_rows.draw(SimpleNamespace(file_id="f"), with_likely_fields(look, ["good", "bad"]))  # type: ignore[arg-type]
        st.text(f"{fields.id} {fields.label} {fields.text}")

    app = AppTest.from_function(script, default_timeout=30).run()
    assert not app.exception
    assert app.text[0].value == "Nr Urteil Text"
    assert "Label and Id are guesses: clear a box that is wrong." in app.caption[0].value


def test_options_in_a_report_become_the_names_of_boxes_and_nothing_else_does() -> None:
    assert in_boxes(["say what 1 means with --label-map, or --label-base 1", "--split puts all there."]) == [
        "say what 1 means with “Labels as written”, or “Numbers mean” 1",
        "“Split of all sentences” puts all there.",
    ]
    assert in_boxes(["if so, --same-person newer keeps both"]) == [
        "if so, “Of a person's answers, the newer counts” keeps both"
    ]
    assert in_boxes(["whole words, or --align expand."]) == [
        "whole words, or “A marked span that cuts a word: takes the whole word”."
    ]
    assert in_boxes(["a--split -- --splits --other"]) == ["a--split -- --splits --other"]
