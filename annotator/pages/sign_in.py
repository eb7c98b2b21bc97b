"""The sign-in page: choose a name, or sign in through the identity provider."""

import streamlit as st

from annotator.errors import SignInRefused
from annotator.names import LONGEST_NAME
from annotator.pages import identity
from annotator.pages.frame import Here, plain
from annotator.project import people
from db.records import Person
from db.store import Store


def render(here: Here) -> None:
    """Draw the sign-in page: for the identity provider if there is one, otherwise for choosing a name."""
    if here.uses_provider:
        _draw_provider(here)
        return
    with Store.open(here.path) as store:
        known = people.may_sign_in(store)
    with st.container(key="sign-in"):
        st.title("Who is annotating?", anchor=False)
        if known:
            _draw_known(known)
        _draw_new(here, "Someone else" if known else "Your name")
        st.caption(
            "A name keeps your answers apart from other people's. "
            "It is not access control: anyone who uses this machine can choose any name."
        )


def _draw_provider(here: Here) -> None:
    with st.container(key="sign-in"):
        st.title("Sign in", anchor=False)
        if here.refusal:
            st.warning(plain(here.refusal))
            st.button("Sign out", on_click=st.logout)
            return
        if not identity.uses_provider():
            st.warning("You cannot sign in now: the server cannot read its secrets. Tell the person who runs it.")
            return
        st.caption("Your organisation's identity provider tells Whylight who you are.")
        st.button("Sign in", type="primary", on_click=st.login)


def _draw_known(known: list[Person]) -> None:
    with st.container(horizontal=True, key="known-people"):
        for person in known:
            st.button(plain(person.name), key=f"person-{person.id}", on_click=identity.sign_in, args=(person.uid,))


def _draw_new(here: Here, question: str) -> None:
    with st.form("new-person", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(question, max_chars=LONGEST_NAME, placeholder="A name")
        submitted = st.form_submit_button("Start", type="primary")
    if not submitted:
        return
    try:
        with Store.open(here.path) as store:
            identity.sign_in(people.sign_in(store, name).uid)
    except SignInRefused as refusal:
        st.warning(plain(str(refusal)))
        return
    st.rerun()
