"""What a click did, shown next to the button that was clicked."""

from collections.abc import Callable
from html import escape
from typing import TypeVar

import streamlit as st

from annotator.errors import Refused
from annotator.pages import edge, session
from annotator.pages.frame import Here
from db.errors import StoreError
from db.store import Store

Result = TypeVar("Result")


def act(here: Here, place: str, use_case: Callable[[Store], Result], say: Callable[[Result], str]) -> bool:
    """Run a use case for the button at `place`, keep what to say there, and return whether it was done."""
    try:
        with Store.open(here.path) as store:
            sentence = say(use_case(store))
    except (Refused, StoreError) as refusal:
        session.outcome.keep(place, (str(refusal), True))
    except Exception as error:
        session.outcome.keep(place, (edge.sentence_about(error), True))
    else:
        session.outcome.keep(place, (sentence, False))
        return True
    return False


def act_on_choice(here: Here, place: str, use_case: Callable[[Store], Result], say: Callable[[Result], str]) -> None:
    """Do the same for a choice, and draw the page again; after a refusal its widget starts with the stored value."""
    done = act(here, place, use_case, say)
    session.refused_choices.keep(session.refused_choices.get() + (not done))
    st.rerun()


def draw_careful_button(place: str, label: str, act: session.Act, *, keep: str, is_possible: bool = True) -> None:
    """Draw a button that asks again before it acts, and what the last click there did."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if session.asked_twice.get() == place and is_possible:
            st.button(f"{label} now", type="primary", key=f"{place} now", on_click=act)
            st.button(keep, key=f"{place} not", on_click=session.asked_twice.keep, args=("",))
        else:
            ask = session.asked_twice.keep
            st.button(f"{label}…", key=place, disabled=not is_possible, on_click=ask, args=(place,))
        draw(place)


def draw(place: str) -> None:
    """Draw what the last click at this place did, once."""
    sentence, is_refused = session.outcome.take(place)
    kind = "outcome refused" if is_refused else "outcome"
    # Always there: a screen reader announces what enters an element that it knows already.
    st.html(f"<p class='{kind}' role='status' dir='auto'>{escape(sentence)}</p>")
