"""Sentences with a word, each with what the person may do there: mark the word, take that back, or answer.

It is our own components-v2 component. Text from people is inserted only through `textContent`. Whether the person may
mark the word is decided in `reviewing`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from streamlit.components.v2 import component

from annotator.pages import browser_files


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("word_sentences/word_sentences.js")


_mount = component(
    "whylight_word_sentences",
    css="".join(
        browser_files.read(each)
        for each in ("buttons.css", "word_sentences/word_sentences.css", "word_marker/marks.css", "touch.css")
    ),
    js=script(),
)


def word_sentences(word: str, parts: Sequence[dict[str, Any]], *, key: str, on_act: Callable[[], None]) -> None:
    """Draw lists of sentences under their titles; `on_act` is called when one is marked or opened."""
    _mount(key=key, data={"word": word, "parts": list(parts)}, on_act_change=on_act)
