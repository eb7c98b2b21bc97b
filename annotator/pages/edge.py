"""The edge of the pages: what is refused there, or goes wrong there, reaches people as one sentence.

Streamlit stops and reruns a script by exceptions of its own, which are no `Exception` and pass through.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

# Streamlit has drawn what went wrong in a fragment before this passes on.
from streamlit.errors import FragmentHandledException

from annotator.errors import Refused
from annotator.failures import write_down
from annotator.settings import read_settings
from db.errors import StoreError

Given = ParamSpec("Given")


def draw(sentence: str) -> None:
    """Draw a sentence as an error, as it is."""
    with st.container(border=True):
        st.text(sentence)


def guarded(tell: Callable[[str], None] = draw) -> Callable[[Callable[Given, None]], Callable[Given, None]]:
    """Make a fragment or a callback tell in one sentence what went wrong, where it would raise."""

    def guard(function: Callable[Given, None]) -> Callable[Given, None]:
        @wraps(function)
        def run(*given: Given.args, **named: Given.kwargs) -> None:
            try:
                function(*given, **named)
            except Exception as error:
                tell(sentence_about(error))

        return run

    return guard


def sentence_about(error: Exception) -> str:
    """Return what people are told; a fault of ours is written down, and the sentence says where."""
    if isinstance(error, FragmentHandledException):
        raise error
    if isinstance(error, Refused | StoreError):
        return str(error)
    return write_down(error, read_settings().project, "This page")
