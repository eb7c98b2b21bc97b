"""The sets: how far each is answered, who is asked for it, and what can be done with it."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from annotator.answering.asking_next import Asked, ask_next, people_to_ask, take_back
from annotator.pages import session, widgets
from annotator.pages.frame import Here, plain
from annotator.pages.project import outcome
from annotator.project.sets import LONGEST_NAME, ListedSet, delete_set, list_sets, rename_set, search_in_words
from annotator.wording import clock, counted, listed
from db.store import Store


def draw(here: Here, store: Store) -> None:
    """Draw one row per set, the newest first."""
    saved = list_sets(store, actor=here.actor)
    people = people_to_ask(store, actor=here.actor)
    with st.container(border=True, key="data-sets"):
        st.caption(
            "A set keeps the sentences that a search found when it was saved. People can be asked to answer it next: "
            "its open pool sentences then come before everything else. They never count as a random sample."
        )
        outcome.draw("sets")
        for one in saved:
            _draw_row(here, one, people)
        if not saved:
            st.text("There are no sets yet. Under Sentences, choose filters and save what they find as a set.")


def _draw_row(here: Here, one: ListedSet, people: Sequence[str]) -> None:
    place = _place(one)
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-{place}"):
        with st.container():
            st.markdown(f"**{plain(one.name)}**  \n:small[{plain(_counted(one))}]  \n:small[{plain(_described(one))}]")
            outcome.draw(place)
        st.button("Open", key=f"open {place}", on_click=widgets.open_set, args=(one.name,))
        if one.asked_of:
            st.button("Take back", key=f"take back {place}", on_click=_take_back, args=(here, one))
        else:
            with st.popover("Ask next", key=f"ask {place} {session.acts_done.get()}"):
                _draw_asking(here, one, people)
        with st.popover("More", key=f"more {place} {session.acts_done.get()}"):
            _draw_more(here, one)


def _place(one: ListedSet) -> str:
    return f"set-{one.id}"


def _counted(one: ListedSet) -> str:
    number = counted(one.sentences, "sentence")
    progress = f"{number}, {one.answered:,} answered, {one.left:,} left"
    if not one.asked_of:
        return progress
    return f"{progress} · asked of {listed(list(one.asked_of), 'and')}, {one.to_come:,} still to come"


def _described(one: ListedSet) -> str:
    return f"{search_in_words(one.search)} · {one.saved_by or 'command line'}, {clock(one.created_ms)}"


def _draw_asking(here: Here, one: ListedSet, people: Sequence[str]) -> None:
    place = _place(one)
    whom = st.pills("Who is asked", people, selection_mode="multi", format_func=plain, key=f"whom {place}")
    st.caption(
        "Choose the people to ask; if you choose no one, everybody is asked. A person who is annotating "
        "gets the set after the next sentence."
    )
    if st.button("Ask these people" if whom else "Ask everybody", type="primary", key=f"ask now {place}"):
        _close(outcome.act(here, place, lambda store: ask_next(store, one.name, whom, actor=here.actor), _in_words))


def _in_words(asked: Asked) -> str:
    number = counted(asked.sentences, "sentence comes", "sentences come")
    left_out = f" {asked.left_out:,} do not: in dev or test, or answered." if asked.left_out else ""
    return f"{number} next.{left_out}"


def _take_back(here: Here, one: ListedSet) -> None:
    outcome.act(
        here,
        _place(one),
        lambda store: take_back(store, one.name, actor=here.actor),
        lambda _: "No one is asked any more.",
    )


def _draw_more(here: Here, one: ListedSet) -> None:
    place = _place(one)
    with st.form(f"rename {place}", border=False):
        name = st.text_input("Name", value=one.name, max_chars=LONGEST_NAME)
        renames = st.form_submit_button("Rename")
    if renames:
        use_case = partial(rename_set, name=one.name, new_name=name, actor=here.actor)
        _close(outcome.act(here, place, use_case, lambda _: f"Was called “{one.name}”."))
    outcome.draw_careful_button(f"delete {place}", "Delete", lambda: _delete(here, one), keep="Keep it")
    st.caption("The sentences and their answers stay.")


def _delete(here: Here, one: ListedSet) -> None:
    session.asked_twice.keep("")
    done = outcome.act(
        here,
        "sets",
        lambda store: delete_set(store, one.name, actor=here.actor),
        lambda deleted: f"Deleted “{deleted}”. Its sentences and their answers stay.",
    )
    session.acts_done.keep(session.acts_done.get() + done)


def _close(is_done: bool) -> None:
    """Close the popover after an act, and draw the page again with what it did."""
    session.acts_done.keep(session.acts_done.get() + is_done)
    st.rerun()
