"""*Look again* on the Review page: answers that may be errors, each of which can be asked about again."""

from collections.abc import Callable

import streamlit as st

from annotator.errors import Refused
from annotator.pages import session
from annotator.pages.edge import guarded
from annotator.pages.frame import Here
from annotator.pages.pair_sheet import pair_sheet
from annotator.reviewing.asking_again import ask_again
from annotator.rounds.looking_again.look_again import (
    LookAgainState,
    cancel_look_again,
    describe,
    look_again_state,
    promise_of,
    start_look_again,
)
from annotator.rounds.looking_again.surprises import (
    Surprises,
    Surprising,
    count_in_words,
    drawn,
    find_surprises,
    read_surprising,
)
from db.errors import StoreError
from db.store import Store

PAGE_SIZE = 10
POLL_S = 2.0
_SHOWN = "Look again"
_ABOUT = (
    "Five models, each trained on four fifths of the answers, say what they expect of the rest. These are the answers "
    "that they find least likely: some are errors, and some show what a model has not learned yet. *Ask again* reopens "
    "a sentence under *To settle*; no answer changes by it."
)


def draw(here: Here) -> None:
    """Draw how far it is, and the list of the last look."""
    with Store.open(here.path) as store:
        state = look_again_state(store, actor=here.actor)
        chosen = find_surprises(store, actor=here.actor)
    st.caption(_ABOUT)
    if state.is_alive:
        _draw_working(here)
    else:
        _draw_start(here, state, has_result=chosen is not None)
    if chosen is not None:
        _draw_list(here, chosen)


def _draw_start(here: Here, state: LookAgainState, *, has_result: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="look-again-state"):
        if description := describe(state):
            st.text(description)
        elif state.round is None:
            st.text("No round serves yet. Start one on the page Rounds, then look again.")
        else:
            st.text(f"It takes {promise_of(state)} in the background, with the settings of round {state.round.id}.")
        name = "Run again" if has_result else "Look again"
        st.button(name, on_click=_act, args=(here, start_look_again), disabled=state.round is None)


@st.fragment(run_every=POLL_S)
@guarded()
def _draw_working(here: Here) -> None:
    with Store.open(here.path) as store:
        state = look_again_state(store, actor=here.actor)
    if not state.is_alive or state.looking is None:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="look-again-state"):
        st.progress(min(1.0, state.looking.done), text=describe(state))
        st.button("Cancel", on_click=_act, args=(here, cancel_look_again))


def _draw_list(here: Here, chosen: Surprises) -> None:
    st.caption(count_in_words(chosen))
    first = session.review_position.get(_SHOWN)
    with Store.open(here.path) as store:
        shown = read_surprising(store, chosen, chosen.rows[first : first + PAGE_SIZE], actor=here.actor)
    for one in shown:
        _draw_one(here, one)
    if len(chosen) > PAGE_SIZE:
        _draw_turning(first, len(shown), of=len(chosen))


def _draw_one(here: Here, one: Surprising) -> None:
    number = one.sentence.id
    with st.container(border=True, key=f"look-again-card-{number}"):
        pair_sheet([drawn(one)], key=f"surprise-{number}", framed=False)
        with st.container(horizontal=True, vertical_alignment="center", key=f"look-again-ask-{number}"):
            st.caption("Reopened: it is under *To settle*." if one.is_asked else "")
            name = "Take back" if one.is_asked else "Ask again"
            st.button(name, key=f"ask-{number}", on_click=_ask, args=(here, one.sentence.external_id, not one.is_asked))


def _draw_turning(first: int, shown: int, *, of: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="review-pages"):
        st.caption(f"{first + 1:,} to {first + shown:,} of {of:,}")
        turn = session.review_position.keep
        st.button("Earlier", disabled=first == 0, on_click=turn, args=(_SHOWN, max(0, first - PAGE_SIZE)))
        st.button("Later", disabled=first + shown >= of, on_click=turn, args=(_SHOWN, first + PAGE_SIZE))


@guarded(session.notice.keep)
def _act(here: Here, act: Callable[..., object]) -> None:
    """Start or cancel, and keep why that was refused."""
    try:
        with Store.open(here.path) as store:
            act(store, actor=here.actor)
    except (Refused, StoreError) as refusal:
        session.notice.keep(str(refusal))


@guarded(session.notice.keep)
def _ask(here: Here, external_id: str, asked: bool) -> None:
    """Reopen a sentence, or take that back, and keep what happened."""
    try:
        with Store.open(here.path) as store:
            ask_again(store, external_id, asked=asked, actor=here.actor)
    except (Refused, StoreError) as refusal:
        session.notice.keep(str(refusal))
