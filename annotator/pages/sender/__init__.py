"""The sender: sends answers that wait in the browser from pages without the word marker, and shows what remains.

A components-v2 component of our own. The word marker's code handles the answers; it draws one quiet line.
"""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from streamlit.components.v2 import component

from annotator.pages.word_marker import read as read_of_marker

_SHARED = ("elements.js", "marks.js", "storage.js", "outbox.js", "draft.js", "delivery.js")


def script() -> str:
    """Return the module that the browser runs."""
    return "\n".join([*map(read_of_marker, _SHARED), _read("sender.js")])


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


_mount = component("whylight_sender", css=_read("sender.css") + read_of_marker("marks.css"), js=script())


def sender(*, data: dict[str, Any], key: str, on_sync: Callable[[], None]) -> None:
    """Mount the sender; `on_sync` is called when the browser has sent its outbox."""
    _mount(key=key, data=data, on_sync_change=on_sync)
