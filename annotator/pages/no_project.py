"""What the page shows when there is no project to open."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from annotator.pages import edge
from annotator.pages.frame import heading
from db.errors import StoreError

_COMMANDS = """\
whylight init events.db --label none --label event --no-rationale none
whylight import events.db sentences.jsonl
whylight serve events.db"""


def render(reason: str) -> None:
    """Draw why no project is open, and how to create or open one."""
    with st.container(key="no-project"):
        heading("No project is open")
        st.text(reason)
        st.text("Create a project, import sentences and serve it, or serve an existing one:")
        st.code(_COMMANDS, language=None)
        st.text("To try it out first, run `whylight demo`: it creates a small sample project.")


@contextmanager
def instead_of_an_error() -> Iterator[None]:
    """Draw this page if the project cannot be opened, and one sentence if anything else goes wrong."""
    try:
        yield
    except StoreError as error:
        render(str(error))
    except Exception as error:
        edge.draw(edge.sentence_about(error))
