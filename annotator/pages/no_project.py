"""What the page says when there is no project to open."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from annotator.pages import edge
from db.errors import StoreError

_COMMANDS = """\
whylight init events.db --label none --label event --no-rationale none
whylight import events.db sentences.jsonl
whylight serve events.db"""


def render(reason: str) -> None:
    """Say why nothing is open, and how to make or open a project."""
    with st.container(key="no-project"):
        st.header("No project is open", anchor=False)
        st.text(reason)
        st.text("Make one, bring sentences, and serve it; or serve one that is there already:")
        st.code(_COMMANDS, language=None)
        st.text("Just looking? `whylight demo` makes a small project of its own.")


@contextmanager
def instead_of_an_error() -> Iterator[None]:
    """Draw this page where the project cannot be opened, and a sentence where anything else goes wrong."""
    try:
        yield
    except StoreError as error:
        render(str(error))
    except Exception as error:
        edge.draw(edge.sentence_about(error))
