"""The words that a model relies on, as a table whose rows open to what can be done about a word.

It is our own components-v2 component. Text from people is inserted only through `textContent`. The words come from
`rounds/asking`, and a rule goes to `project/word_rules.py`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from streamlit.components.v2 import component

from annotator.pages import browser_files


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("word_table/word_table.js")


_mount = component(
    "whylight_word_table",
    css="".join(
        browser_files.read(each) for each in ("word_table/word_table.css", "word_marker/marks.css", "touch.css")
    ),
    js=script(),
)


def word_table(rows: Sequence[dict[str, Any]], *, has_model: bool, key: str, on_act: Callable[[], None]) -> None:
    """Draw the words; `on_act` is called when a rule is made or withdrawn, or a word is to be deleted everywhere."""
    _mount(key=key, data={"rows": list(rows), "has_model": has_model}, on_act_change=on_act)
