"""Answers that wait in the browser: taken from whichever page is open, and what is still there is said on it."""

from functools import partial
from typing import Any

import streamlit as st

from annotator.answering.message import Message, receive
from annotator.answering.screen import formerly
from annotator.errors import Refused
from annotator.pages import session
from annotator.pages.edge import guarded
from annotator.pages.frame import Here
from annotator.pages.sender import sender
from db.errors import StoreError
from db.records import Person
from db.store import Store


def draw(here: Here, *, counts_answers: bool = False) -> None:
    """Send what waits in this browser, from a page without the word marker.

    A page that counts answers is drawn again when some have come.
    """
    session.answers_arrived.take()
    _sender(here, counts_answers)


def draw_until_served(here: Here) -> None:
    """Mount the sender where the word marker cannot be drawn just now; it asks again every few seconds."""
    sender(data=_data(here) | {"looks_again": True}, key=session.SENDER, on_sync=partial(take_sent, here))


@guarded(session.trouble.keep)
def take_sent(here: Here) -> None:
    """Store what the sender has sent; once more does no harm."""
    message = session.sender_message()
    session.last_message_number.keep(message.number)
    if here.person is not None:
        take_answers(here, here.person, message)


def take_answers(here: Here, person: Person, message: Message) -> bool:
    """Store a message's answers, keep what became of them for the next drawing, and return whether that went well."""
    if not message.belongs_to(project=here.project.uid, person=person.uid):
        return False
    session.left_in_browser.keep(message.sent)  # until their receipts are kept, the browser has them still
    try:
        with Store.open(here.path) as store:
            receipts = receive(store, person, message)
    except (Refused, StoreError) as error:
        session.trouble.keep(str(error))
        return False
    session.keep_receipts(receipts, left=message.sent - len(receipts))
    if receipts:
        session.answers_arrived.keep(True)
    return True


@st.fragment
@guarded()
def _sender(here: Here, counts_answers: bool) -> None:
    if session.answers_arrived.take() and counts_answers:
        session.show_round_trouble_again()
        st.rerun()
    sender(data=_data(here), key=session.SENDER, on_sync=partial(take_sent, here))


def _data(here: Here) -> dict[str, Any]:
    """Return what the sender draws; before anybody has signed in it says what waits, and sends nothing."""
    return {
        "project": here.project.uid,
        "person": here.person and here.person.uid,
        "formerly": here.person and formerly(here.person),
        "receipts": session.receipts.get(),
        "trouble": session.trouble.get(),
        "heard": session.last_message_number.get(),
        "looks_again": False,
    }
