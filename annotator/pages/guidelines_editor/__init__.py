"""The editor of the guidelines: the text as it is written next to what annotators will see.

It is our own components-v2 component: Streamlit's text area tells the server only after Ctrl+Enter. The preview is
markup that the server made from Markdown; the text itself is a text area's value. Versions are kept by
`annotator/project/guidelines.py`, not here.
"""

from collections.abc import Callable
from typing import Any

from streamlit.components.v2 import component

from annotator.pages import browser_files


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("guidelines_editor/editor.js")


_mount = component(
    "whylight_guidelines_editor",
    css=browser_files.read("word_marker/marks.css") + browser_files.read("guidelines_editor/editor.css"),
    js=script(),
)


def guidelines_editor(
    data: dict[str, Any], *, key: str, on_type: Callable[[], None], on_save: Callable[[], None]
) -> None:
    """Draw the editor; `on_type` is called a moment after the last key, `on_save` for a click on the button."""
    _mount(key=key, data=data, on_type_change=on_type, on_save_change=on_save)
