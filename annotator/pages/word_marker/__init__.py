"""The word marker: words to mark, drawn and kept in the browser.

A components-v2 component of our own: no frame, no build step. Its files are read from the package
and handed to Streamlit as text, so that it works from a checkout and from a wheel alike.
"""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from streamlit.components.v2 import component

# One module to the browser: each file may use what the ones before it define.
_SCRIPTS = (
    *("elements.js", "marks.js", "storage.js", "outbox.js", "draft.js", "trail.js", "status.js"),
    *("delivery.js", "exchange.js", "view.js", "gestures.js", "marker.js"),
)


def script() -> str:
    """Give the module that the browser runs."""
    return "\n".join(map(read, _SCRIPTS))


def read(name: str) -> str:
    """Give one of the component's files, for another component that draws marks as well."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


_mount = component("whylight_word_marker", css=read("marker.css") + read("marks.css"), js=script())


def word_marker(*, data: dict[str, Any], key: str, on_sync: Callable[[], None]) -> None:
    """Draw the marker; `on_sync` is called when the browser has sent its outbox."""
    _mount(key=key, data=data, on_sync_change=on_sync)
