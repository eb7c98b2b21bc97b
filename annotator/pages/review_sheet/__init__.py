"""The review sheet: sentences with all people's marks as rows under the words, and the decision.

It is our own components-v2 component. Text from people is inserted only through `textContent`. How far people agree,
and what a decision does, is in `reviewing`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from streamlit.components.v2 import component

from annotator.pages import browser_files


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("review_sheet/review.js")


_mount = component(
    "whylight_review",
    css="".join(
        browser_files.read(each)
        for each in ("buttons.css", "review_sheet/review.css", "word_marker/marks.css", "touch.css")
    ),
    js=script(),
)


def review_sheet(
    rows: Sequence[dict[str, Any]],
    labels: Sequence[dict[str, Any]],
    *,
    receipts: Sequence[dict[str, str]],
    key: str,
    on_settle: Callable[[], None],
) -> None:
    """Draw the sentences; `on_settle` is called for decisions and admissions, until `receipts` names their keys."""
    data = {"rows": list(rows), "labels": list(labels), "receipts": list(receipts)}
    _mount(key=key, data=data, on_settle_change=on_settle)
