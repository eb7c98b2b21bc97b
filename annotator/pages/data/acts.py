"""What can be done with all the sentences that the filters find: save them as a set, and tag them."""

import streamlit as st

from annotator.names import LONGEST_TAG
from annotator.pages import session
from annotator.pages.data.filters import Search
from annotator.pages.frame import Here, plain
from annotator.pages.project import outcome
from annotator.project.sets import LONGEST_NAME, save_set
from annotator.project.tags import Tagged, count_tags, tag_found, take_back_tag, untag_found
from annotator.wording import counted
from db.finding.browse import Found
from db.store import Store

_PLACE = "found"


def draw(here: Here, store: Store, search: Search, found: Found) -> None:
    """Draw a line of what can be done with what was found, and what the last of it did."""
    every = f"all {found.number:,}" if found.is_all else "all of them"
    with st.container(horizontal=True, vertical_alignment="center", key="data-acts"):
        with _popover("Save as a set"):
            _draw_saving(here, search, every)
        with _popover("Tag"):
            _draw_tagging(here, store, search, every)
        outcome.draw(_PLACE)
        last = session.last_tagging.get()
        if last is not None:
            st.button(f"Undo \\#{plain(last[0])}", type="tertiary", on_click=_take_back, args=(here, last))


def _popover(label: str) -> "st.delta_generator.DeltaGenerator":
    # Another key after each act: then it is another popover, which is closed.
    return st.popover(label, key=f"{label} {session.acts_done.get()}")


def _draw_saving(here: Here, search: Search, every: str) -> None:
    with st.form("save-set", border=False):
        name = st.text_input("Name of the set", max_chars=LONGEST_NAME, placeholder="Such as: short reviews")
        st.caption(f"The set keeps {every}, as they are found now.")
        submitted = st.form_submit_button("Save", type="primary")
    if submitted:
        _done(
            outcome.act(
                here,
                _PLACE,
                lambda store: save_set(store, name, search.chosen, search.asked or {}, actor=here.actor),
                lambda saved: f"Saved {saved.sentences:,} as “{saved.name}”. It is under Sets.",
            )
        )


def _draw_tagging(here: Here, store: Store, search: Search, every: str) -> None:
    known = list(count_tags(store, actor=here.actor))
    tag = st.selectbox(
        "Tag",
        known,
        index=None,
        placeholder="A word, such as irony",
        accept_new_options=True,
        key=f"tag to give {session.acts_done.get()}",
    )
    with st.container(horizontal=True):
        adds = st.button(f"Add to {every}", type="primary", disabled=not tag)
        removes = st.button(f"Remove from {every}", disabled=tag not in known)
    st.caption(f"At most {LONGEST_TAG} letters, in lower case.")
    if adds and tag:
        _add(here, tag, search)
    if removes and tag:
        _remove(here, tag, search)


def _add(here: Here, tag: str, search: Search) -> None:
    _done(
        outcome.act(
            here,
            _PLACE,
            lambda store: _keep(tag_found(store, tag, search.chosen, actor=here.actor)),
            _in_words,
        )
    )


def _remove(here: Here, tag: str, search: Search) -> None:
    session.last_tagging.take()
    _done(
        outcome.act(
            here,
            _PLACE,
            lambda store: untag_found(store, tag, search.chosen, actor=here.actor),
            lambda number: f"Removed “{tag}” from {counted(number, 'sentence')}.",
        )
    )


def _done(is_done: bool) -> None:
    """Close the popover after an act, and draw the page again with what it did."""
    session.acts_done.keep(session.acts_done.get() + is_done)
    st.rerun()


def _keep(done: Tagged) -> Tagged:
    session.last_tagging.keep((done.tag, done.at_ms) if done.sentences else None)
    return done


def _take_back(here: Here, last: tuple[str, int]) -> None:
    session.last_tagging.take()
    outcome.act(
        here,
        _PLACE,
        lambda store: take_back_tag(store, last[0], at_ms=last[1], actor=here.actor),
        lambda number: f"Removed “{last[0]}” again from {counted(number, 'sentence')}.",
    )


def _in_words(done: Tagged) -> str:
    had = f" {done.had_it:,} already had it." if done.had_it else ""
    return f"Tagged {counted(done.sentences, 'sentence')} “{done.tag}”.{had}"
