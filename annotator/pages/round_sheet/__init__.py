"""The cards of the Rounds page: what the marks bought, the round at work, all rounds, and one round's facts.

It is our own components-v2 component: names and settings reach the page as text only. Its figures come from
`rounds/measuring`; none is computed here.
"""

from collections.abc import Callable, Sequence
from typing import Any

from streamlit.components.v2 import component

from annotator.charts import styles, value_styles
from annotator.pages import browser_files


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("round_sheet/rounds.js")


_mount = component(
    "whylight_rounds",
    css=styles()
    + value_styles()
    + "".join(browser_files.read(each) for each in ("round_sheet/rounds.css", "touch.css")),
    js=script(),
)


def bought_card(bought: dict[str, Any], *, key: str) -> None:
    """Draw three large figures, what they are against, and the sentences below them."""
    _mount(key=key, data={"bought": bought}, on_open_change=_nothing)


def live_card(live: dict[str, Any], *, key: str) -> None:
    """Draw how far a round at work is."""
    _mount(key=key, data={"live": live}, on_open_change=_nothing)


def round_table(head: Sequence[str], rows: Sequence[dict[str, Any]], *, key: str, on_open: Callable[[], None]) -> None:
    """Draw all rounds, a card per round on a phone; `on_open` is called when one is chosen."""
    _mount(key=key, data={"table": {"head": list(head), "rows": list(rows)}}, on_open_change=on_open)


def facts(sections: Sequence[dict[str, Any]], *, key: str) -> None:
    """Draw sections of a round's page, each a title with lines, pairs or a small table."""
    _mount(key=key, data={"sections": list(sections)}, on_open_change=_nothing)


def _nothing() -> None:
    """Do nothing: none of this can be opened."""
