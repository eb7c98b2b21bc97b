"""Answers that wait in the browser: any open page sends them, and shows what is still waiting."""

from contextlib import nullcontext
from functools import partial
from typing import Any

import streamlit as st

from annotator.answering.message import Message, receive
from annotator.answering.screen import formerly
from annotator.errors import Refused
from annotator.pages import session, widgets
from annotator.pages.edge import guarded
from annotator.pages.frame import Here
from annotator.pages.operating.saves import SAVES
from annotator.pages.sender import sender
from db.errors import StoreError
from db.records import Person
from db.store import Store


def draw(here: Here, *, counts_answers: bool = False) -> None:
    """Send the answers that wait in this browser, from a page without the word marker.

    A page that counts answers is drawn again when some have arrived.
    """
    session.answers_arrived.take()
    _sender(here, counts_answers)


def draw_until_served(here: Here) -> None:
    """Mount the sender when the word marker cannot be drawn; it tries again every few seconds."""
    sender(data=_data(here) | {"looks_again": True}, key=widgets.SENDER, on_sync=partial(take_sent, here))


@guarded(session.trouble.keep)
def take_sent(here: Here) -> None:
    """Store what the sender has sent; storing it twice does no harm."""
    message = widgets.sender_message()
    session.last_message_number.keep(message.number)
    if here.person is not None:
        take_answers(here, here.person, message)


def take_answers(here: Here, person: Person, message: Message) -> bool:
    """Store a message's answers, keep their receipts for the next drawing, and return whether that succeeded."""
    if not message.belongs_to(project=here.project.uid, person=person.uid):
        return False
    session.left_in_browser.keep(message.sent)  # until their receipts are kept, they are still in the browser
    try:
        receipts = _store(here, person, message)
    except (Refused, StoreError) as error:
        session.trouble.keep(str(error))
        return False
    session.keep_receipts(receipts, left=message.sent - len(receipts))
    if receipts:
        session.answers_arrived.keep(True)
    return True


def _store(here: Here, person: Person, message: Message) -> list[dict[str, str]]:
    receipts: list[dict[str, str]] = []
    counted = SAVES.counted(receipts) if message.outbox else nullcontext()
    with counted, Store.open(here.path) as store:
        receipts += receive(store, person, message)
    return receipts


@st.fragment
@guarded()
def _sender(here: Here, counts_answers: bool) -> None:
    if session.answers_arrived.take() and counts_answers:
        session.show_round_trouble_again()
        st.rerun()
    sender(data=_data(here), key=widgets.SENDER, on_sync=partial(take_sent, here))


def _data(here: Here) -> dict[str, Any]:
    """Return what the sender draws; before sign-in it shows what waits, and sends nothing."""
    return {
        "project": here.project.uid,
        "person": here.person and here.person.uid,
        "formerly": here.person and formerly(here.person),
        "receipts": session.receipts.get(),
        "trouble": session.trouble.get(),
        "heard": session.last_message_number.get(),
        "looks_again": False,
    }
