"""The review sheet: sentences with all people's marks as rows under the words, and the decision.

A components-v2 component of our own. Text from people is inserted only through `textContent`.
"""

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from streamlit.components.v2 import component

from annotator.pages.word_marker import read as read_of_marker


def script() -> str:
    """Give the module that the browser runs."""
    shared = [read_of_marker(name) for name in ("elements.js", "marks.js", "storage.js", "outbox.js")]
    return "\n".join([*shared, _read("review.js")])


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


_mount = component("whylight_review", css=_read("review.css") + read_of_marker("marks.css"), js=script())


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
