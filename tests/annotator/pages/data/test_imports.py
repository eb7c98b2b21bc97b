"""The list of imports on Data: what was imported, by whom, and undone there at any time."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from annotator.importing.run import import_file
from db.corpus import sentences
from db.records import Person
from db.store import Store


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, store: Store, anna: Person) -> AppTest:
    """The list, as Anna sees it."""

    def script() -> None:
        from annotator.pages import frame
        from annotator.pages.data import imports
        from annotator.settings import read_settings
        from db.store import Store

        here = frame.read_here(read_settings())
        with Store.open(here.path) as store:
            imports.draw(here, store)

    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["person"] = anna.uid
    return app


def press(app: AppTest, label: str) -> None:
    next(each for each in app.button if each.label == label).click().run()
    assert not app.exception


def test_an_import_is_undone_from_the_list_after_asking(app: AppTest, store: Store, anna: Person) -> None:
    file = store.path.with_name("*late*.jsonl")
    file.write_text(json.dumps({"id": "late", "text": "A tanker burned.", "split": "dev", "label": "event"}) + "\n")
    import_file(store, file, actor=anna)
    app.run()
    newest = app.markdown[0].value.replace("\\", "")
    assert app.markdown[0].value.startswith(r"**\*late\*\.jsonl**")
    assert "1 sentence and 1 answer" in newest
    assert "Anna, " in newest
    buttons = [each.label for each in app.button]
    press(app, "Undo this import…")
    assert sentences.find(store, ["late"])
    press(app, "Undo this import now")
    assert not sentences.find(store, ["late"])
    assert "Undone by Anna" in app.markdown[0].value
    assert [each.label for each in app.button] == buttons[1:]
