"""The edge of the pages: people see a refusal or a fault as one sentence.

Streamlit stops and reruns a script by raising its own exceptions, which are not `Exception`s and pass through.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

# Raised after Streamlit has drawn what went wrong in a fragment.
from streamlit.errors import FragmentHandledException

from annotator.errors import Refused
from annotator.failures import log_failure
from annotator.settings import read_settings
from db.errors import StoreError

Parameters = ParamSpec("Parameters")


def draw(sentence: str) -> None:
    """Draw a sentence as an error, as plain text."""
    with st.container(border=True):
        st.text(sentence)


def guarded(show: Callable[[str], None] = draw) -> Callable[[Callable[Parameters, None]], Callable[Parameters, None]]:
    """Make a fragment or a callback show what went wrong in one sentence instead of raising."""

    def guard(function: Callable[Parameters, None]) -> Callable[Parameters, None]:
        @wraps(function)
        def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
            try:
                function(*args, **kwargs)
            except Exception as error:
                show(sentence_about(error))

        return run

    return guard


def sentence_about(error: Exception) -> str:
    """Return the sentence that people see; a fault in Whylight is logged, and the sentence names the log."""
    if isinstance(error, FragmentHandledException):
        raise error
    if isinstance(error, Refused | StoreError):
        return str(error)
    return log_failure(error, read_settings().project, "This page")
