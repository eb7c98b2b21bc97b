"""The sender: sends answers that wait in the browser from pages without the word marker, and shows what remains.

A components-v2 component of our own. The word marker's code handles the answers; the sender draws one quiet line, and
makes no answers of its own.
"""

from collections.abc import Callable
from typing import Any

from streamlit.components.v2 import component

from annotator.pages import browser_files


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("sender/sender.js")


_mount = component(
    "whylight_sender",
    css=browser_files.read("sender/sender.css") + browser_files.read("word_marker/marks.css"),
    js=script(),
)


def sender(*, data: dict[str, Any], key: str, on_sync: Callable[[], None]) -> None:
    """Mount the sender; `on_sync` is called when the browser has sent its outbox."""
    _mount(key=key, data=data, on_sync_change=on_sync)
