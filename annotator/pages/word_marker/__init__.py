"""The word marker: words to mark, drawn and kept in the browser.

It is our own components-v2 component, without a frame or a build step. Which sentence comes next, and what happens to
an answer, is decided in `answering`.
"""

from collections.abc import Callable
from typing import Any

from streamlit.components.v2 import component

from annotator.pages import browser_files


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("word_marker/marker.js")


STYLES = (
    "buttons",
    "page",
    "labels",
    "remarks",
    "sentence",
    "suggestion",
    "tour",
    "guidelines",
    "bar",
    "keys",
    "narrow",
    "marks",
)
"""The stylesheets, in order: a later one overrides an earlier one."""


def style() -> str:
    """Return all that the browser needs to know about how the marker looks."""
    return "".join(browser_files.read(f"word_marker/{name}.css") for name in STYLES)


_mount = component("whylight_word_marker", css=style(), js=script())


def word_marker(*, data: dict[str, Any], key: str, on_sync: Callable[[], None]) -> None:
    """Draw the marker; `on_sync` is called when the browser has sent its outbox."""
    _mount(key=key, data=data, on_sync_change=on_sync)
