"""The page where words are marked: draws the word marker and forwards what it sends."""

from functools import partial
from typing import Any

import streamlit as st

from annotator.answering.screen import screen
from annotator.errors import Refused
from annotator.pages import session, waiting, widgets
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, plain
from annotator.pages.word_marker import word_marker
from db.errors import StoreError, StoreUnavailable
from db.records import Person
from db.store import Store

TITLE = "Annotate"


def render(here: Here) -> None:
    """Draw the marker for the person who is signed in."""
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
    word_marker(data=data, key=widgets.MARKER, on_sync=partial(_save, here, person))


@guarded(session.trouble.keep)
def _save(here: Here, person: Person) -> None:
    """Store what the browser has sent, before anything is drawn."""
    message = widgets.marker_message()
    session.last_message_number.keep(message.number)
    if waiting.take_answers(here, person, message):
        session.keep_asked(message)


def _screen(here: Here, person: Person) -> dict[str, Any]:
    """Return what the marker draws, or what it drew last if the store cannot be used now."""
    last, trouble = session.last_screen.get(), session.trouble.get()
    if last is not None and trouble and not session.page_is_new.get():
        return _as_before(last, trouble)  # waiting for the store a second time would delay the reply
    try:
        with Store.open(here.path) as store:
            data = screen(store, person, session.take_screen_request())
    except (Refused, StoreError) as error:
        if last is None:
            raise
        return _as_before(last, str(error))
    session.keep_screen(data)
    return data | {"trouble": trouble, "heard": session.last_message_number.get()}


def _as_before(last: dict[str, Any], trouble: str) -> dict[str, Any]:
    """Return what was drawn last, with the receipts that have come since."""
    return last | {"receipts": session.receipts.get(), "trouble": trouble, "heard": session.last_message_number.get()}
