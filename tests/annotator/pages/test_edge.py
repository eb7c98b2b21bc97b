"""The edge of the pages: a fault of ours becomes a sentence that names the log; Streamlit's own stops pass through."""

import ast
import stat
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from annotator.pages import edge, my_work
from db.records import Person
from db.store import Store
from db.team import people

pytestmark = pytest.mark.slow

PAGES = Path(edge.__file__).parent
APP = Path(edge.__file__).resolve().parents[2] / "streamlit_app.py"
CALLBACKS = ("on_click", "on_change", "on_sync", "on_settle", "on_open", "on_submit")
FRAGMENTS = ("fragment", "dialog")


def name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        is_partial = isinstance(node.func, ast.Name) and node.func.id == "partial"
        return name_of(node.args[0] if is_partial else node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def calls_of_streamlit(tree: ast.Module) -> set[str]:
    """Return the module's functions that Streamlit calls other than to draw the page."""
    called = {
        name_of(word.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg in CALLBACKS and not isinstance(word.value, ast.Attribute)
    }
    drawn = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        for each in node.decorator_list
        if name_of(each) in FRAGMENTS
    }
    return called | drawn


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.py")), ids=lambda path: path.stem)
def test_what_streamlit_calls_by_itself_is_guarded(path: Path) -> None:
    tree = ast.parse(path.read_text())
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name in calls_of_streamlit(tree) & functions.keys():
        assert "guarded" in map(name_of, functions[name].decorator_list), f"{path.name}: {name}"


def test_a_fault_of_ours_on_a_page_is_a_sentence_and_a_private_log(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    def script() -> None:
        from annotator.pages import frame
        from annotator.settings import read_settings

        def broken(here: frame.Here) -> None:
            raise IndexError("<b>no such place</b>")

        frame.draw_page(broken, frame.read_here(read_settings()), "Data")

    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["person"] = None
    app.run()
    log = store.path.with_name(f"{store.path.name}.log")
    assert not app.exception
    (said,) = [each.value for each in app.text]
    assert f"{log.name} has the details to report" in said
    assert "no such place" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_fault_in_a_callback_and_in_a_fragment_is_a_sentence_too(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    def script() -> None:
        import streamlit as st

        from annotator.pages.edge import guarded

        @guarded()
        def press() -> None:
            raise KeyError("pressed")

        @st.fragment
        @guarded()
        def piece() -> None:
            raise StopIteration

        st.button("Press", on_click=press)
        piece()

    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    app = AppTest.from_function(script, default_timeout=30).run()
    assert not app.exception
    assert "StopIteration" in app.text[0].value
    app.button[0].click().run()
    assert not app.exception
    assert any("KeyError" in each.value for each in app.text)


def test_what_stops_or_reruns_a_script_passes_through(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    def script() -> None:
        import streamlit as st

        from annotator.pages import frame
        from annotator.settings import read_settings

        def render(here: frame.Here) -> None:
            if "seen" not in st.session_state:
                st.session_state["seen"] = True
                st.rerun()
            st.header("Again")
            st.stop()

        frame.draw_page(render, frame.read_here(read_settings()), "Data")
        st.header("Never")

    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["person"] = None
    app.run()
    assert [each.value for each in app.header] == ["Again"]
    assert not app.text and not app.exception


COOKIES = ["9" * 19, str(2**63), "1", "-1", "x" * 5000, "\0", "f" * 32, "\u0661", "'; DROP TABLE people; --"]


@pytest.mark.parametrize("cookie", COOKIES, ids=range(len(COOKIES)))
def test_any_value_of_the_cookie_asks_for_a_name(monkeypatch: pytest.MonkeyPatch, store: Store, cookie: str) -> None:
    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.session_state["person"] = cookie
    app.run()
    assert not app.exception
    assert [each.value for each in app.title] == ["Annotate events"]


@pytest.mark.parametrize(
    "zone", ["America", "", "../../etc/passwd", "a\0b", "x" * 300, "/etc", "Europe/Nowhere", "posix"]
)
def test_any_timezone_of_a_browser_has_a_midnight(zone: str) -> None:
    assert my_work.midnight_ms(zone) > 0


@pytest.mark.parametrize("sentence", ["", "x" * 5000, "\0", "../..", "[a](javascript:alert(1))"])
def test_any_sentence_in_the_address_is_shown_or_refused(
    monkeypatch: pytest.MonkeyPatch, store: Store, sentence: str
) -> None:
    def script() -> None:
        from annotator.pages import data, frame
        from annotator.settings import read_settings

        frame.draw_page(data.render, frame.read_here(read_settings()), "Data")

    ada: Person = people.add(store, "Ada", role="admin")
    monkeypatch.setenv("WHYLIGHT_PROJECT", str(store.path))
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["person"] = ada.uid
    app.query_params["sentence"] = sentence
    app.run()
    assert not app.exception
    assert not store.path.with_name(f"{store.path.name}.log").exists()
