"""The page where words are marked: draws the word marker and forwards what it sends."""

from functools import partial
from typing import Any

import streamlit as st

from annotator.answering.screen import screen
from annotator.errors import Refused
from annotator.pages import session, waiting
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, plain
from annotator.pages.word_marker import word_marker
from db.errors import StoreError, StoreUnavailable
from db.records import Person
from db.store import Store

TITLE = "Annotate"


def render(here: Here) -> None:
    """Draw the marker for whoever is here."""
    if here.person is not None:
        session.begin_page()
        _marker(here, here.person)


@st.fragment
@guarded()
def _marker(here: Here, person: Person) -> None:
    try:
        data = _screen(here, person)
    except (Refused, StoreError) as error:
        st.error(plain(str(error)))
        if isinstance(error, StoreUnavailable):
            waiting.draw_until_served(here)
        return
    word_marker(data=data, key=session.MARKER, on_sync=partial(_save, here, person))


@guarded(session.keep_trouble)
def _save(here: Here, person: Person) -> None:
    """Store what the browser has sent, before anything is drawn."""
    message = session.marker_message()
    session.hear(message)
    if waiting.take_answers(here, person, message):
        session.keep_asked(message)


def _screen(here: Here, person: Person) -> dict[str, Any]:
    """Give what the marker draws; what it drew before, where the store cannot be used just now."""
    last = session.last_screen()
    if last is not None and session.trouble() and not session.page_begins():
        return _as_before(last, session.trouble())  # waiting for the store a second time would keep the reply back
    try:
        with Store.open(here.path) as store:
            data = screen(
                store,
                person,
                holding=session.holding(),
                receipts=session.receipts(),
                earlier=session.page_begins(),
                neighbours=session.neighbours(),
                reopen=session.take_reopened(),
            )
    except (Refused, StoreError) as error:
        if last is None:
            raise
        return _as_before(last, str(error))
    session.keep_screen(data)
    return data | {"trouble": session.trouble(), "heard": session.heard()}


def _as_before(last: dict[str, Any], trouble: str) -> dict[str, Any]:
    """Give what was drawn last, with the receipts that have come since."""
    return last | {"receipts": session.receipts(), "trouble": trouble, "heard": session.heard()}
