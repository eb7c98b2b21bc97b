"""The pair sheet: sentences under two models side by side, shaded by each model, with people's words underlined.

It is our own components-v2 component. Text from people is inserted only through `textContent`. What it draws is
prepared in `rounds`: no model is asked here.
"""

from collections.abc import Sequence
from typing import Any

from streamlit.components.v2 import component

from annotator.pages import browser_files


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("pair_sheet/pairs.js")


_STYLES = ("pair_sheet/pairs.css", "word_marker/marks.css", "pair_sheet/underlined.css", "touch.css")

_mount = component(
    "whylight_pairs",
    css="".join(browser_files.read(each) for each in _STYLES),
    js=script(),
)


def pair_sheet(pairs: Sequence[dict[str, Any]], *, key: str, framed: bool = True) -> None:
    """Draw sentences, each under one model or two, as cards; without a frame inside a card of the page's own."""
    _mount(key=key, data={"pairs": list(pairs), "framed": framed})


def figure_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, names: int, key: str) -> None:
    """Draw a table of figures whose first `names` columns name the row; every cell is text."""
    _mount(key=key, data={"table": {"head": list(head), "rows": [list(row) for row in rows], "names": names}})
