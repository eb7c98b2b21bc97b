"""Sentences that were tried: each word shaded by one or two models and open to a change, and the list of them.

It is our own components-v2 component. Text from people is inserted only through `textContent`. The models are asked in
`rounds/asking`, not here.
"""

from collections.abc import Callable, Sequence
from typing import Any

from streamlit.components.v2 import component

from annotator.pages import browser_files


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("try_it/try_it.js")


_STYLES = (
    *("buttons.css", "try_it/try_it.css", "word_marker/marks.css"),
    *("pair_sheet/underlined.css", "touch.css"),
)

_mount = component(
    "whylight_try_it",
    css="".join(browser_files.read(each) for each in _STYLES),
    js=script(),
)


def tried_sentence(
    trial: dict[str, Any] | None,
    rows: Sequence[dict[str, Any]],
    *,
    key: str,
    refusals: int,
    on_act: Callable[[], None],
) -> None:
    """Draw a trial and the list of earlier ones; `on_act` is called when a word is changed or a row is chosen.

    `refusals` counts the changes that were refused: Streamlit draws a component again only if its data changes.
    """
    _mount(key=key, data={"trial": trial, "rows": list(rows), "refusals": refusals}, on_act_change=on_act)
