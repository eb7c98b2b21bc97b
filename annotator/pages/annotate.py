"""The page where words are marked: draws the word marker and forwards what it sends."""

from functools import partial
from typing import Any

import streamlit as st

from annotator import marking, session
from annotator.errors import Refused
from annotator.pages.frame import Here, plain
from annotator.word_marker import belongs_to, word_marker
from db.errors import StoreError
from db.records import Person
from db.store import Store

TITLE = "Annotate"


def render(here: Here) -> None:
    """Draw the marker for whoever is here."""
    if here.person is not None:
        session.begin_page()
        _marker(here, here.person)


@st.fragment
def _marker(here: Here, person: Person) -> None:
    try:
        data = _screen(here, person)
    except (Refused, StoreError) as error:
        st.error(plain(str(error)))
        return
    word_marker(data=data, key=session.MARKER, on_sync=partial(_save, here, person))


def _save(here: Here, person: Person) -> None:
    """Store what the browser has sent, before anything is drawn."""
    message = session.marker_message()
    session.hear(message)
    if not belongs_to(message, project=here.project.uid, person=person.uid):
        return
    try:
        with Store.open(here.path) as store:
            receipts = marking.receive(store, person, message)
    except (Refused, StoreError) as error:
        session.keep_trouble(str(error))
    else:
        session.keep_receipts(
            receipts,
            holding=marking.held_sentences(message),
            beside=marking.asked_beside(message),
            anew=marking.asks_anew(message),
        )


def _screen(here: Here, person: Person) -> dict[str, Any]:
    """Give what the marker draws; what it drew before, where the store cannot be read just now."""
    try:
        with Store.open(here.path) as store:
            data = marking.screen(
                store,
                person,
                holding=session.holding(),
                receipts=session.receipts(),
                earlier=session.page_begins(),
                beside=session.beside(),
                reopen=session.take_reopened(),
            )
    except (Refused, StoreError) as error:
        last = session.last_screen()
        if last is None:
            raise
        return last | {"trouble": str(error), "heard": session.heard()}
    session.keep_screen(data)
    return data | {"trouble": session.trouble(), "heard": session.heard()}
