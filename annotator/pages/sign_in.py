"""The sign-in page: choose a name, or sign in through the identity provider."""

import streamlit as st
from streamlit.components.v2 import component

from annotator.errors import SignInRefused
from annotator.names import LONGEST_NAME
from annotator.pages import identity, model, session
from annotator.pages.frame import Here, heading, page, plain
from annotator.project import people
from annotator.project.permissions import ranks_as
from annotator.rounds.measuring.telling import twin_to_show
from db.records import Person
from db.store import Store

_focus_the_name = component(
    "whylight_focus_the_name",
    js="""
    const asked = new WeakMap();
    export default function ({ data, parentElement }) {
      if (asked.get(parentElement) === data.asked) return;
      asked.set(parentElement, data.asked);
      const focus = (tries) => {
        const field = document.querySelector(".st-key-sign-in input");
        if (field) field.focus();
        else if (tries) requestAnimationFrame(() => focus(tries - 1));
      };
      focus(120);
    }
    """,
)


def render(here: Here, *, at_start: bool = True) -> None:
    """Draw the sign-in page: for the identity provider if there is one, otherwise for choosing a name.

    `at_start` says that the address names no page. Someone new then first sees what the marks did, if they may.
    """
    st.set_page_config(page_title=f"Sign in · {here.project.name} · Whylight")
    if here.uses_provider:
        _draw_provider(here)
        return
    if identity.is_leaving():
        st.caption("Signing out…")
        return
    with Store.open(here.path) as store:
        known = people.may_sign_in(store)
    with st.container(key="sign-in"):
        heading(f"Annotate {plain(here.project.name)}")
        st.caption(
            "Choose your name, or type a new one; your answers are kept under it."
            if known
            else "You are the first to come, so you become this project's admin."
        )
        if known:
            _draw_known(known)
        _draw_new(here, "A new name" if known else "Your name", at_start=at_start)
        st.caption("A name is not access control: anyone who uses this machine can choose any name.")


def _draw_provider(here: Here) -> None:
    with st.container(key="sign-in"):
        heading(f"Annotate {plain(here.project.name)}")
        if here.refusal:
            st.error(plain(here.refusal), icon=":material/error:")
            st.button("Sign out", on_click=st.logout)
            return
        if not identity.uses_provider():
            st.error(
                "You cannot sign in now: the server cannot read its secrets. Tell the person who runs it.",
                icon=":material/error:",
            )
            return
        st.caption("Your organisation's identity provider tells Whylight who you are.")
        st.button("Sign in", type="primary", on_click=st.login)


def _draw_known(known: list[Person]) -> None:
    with st.container(horizontal=True, key="known-people"):
        for person in known:
            st.button(plain(person.name), key=f"person-{person.id}", on_click=identity.sign_in, args=(person.uid,))


def _draw_new(here: Here, question: str, *, at_start: bool) -> None:
    with st.form("new-person", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(question, max_chars=LONGEST_NAME)
        submitted = st.form_submit_button("Start", type="primary")
    refused = _sign_in(here, name, at_start=at_start) if submitted else ""
    if refused:
        st.error(plain(refused), icon=":material/error:")
    _focus_the_name(key="focus-the-name", data={"asked": refused})


def _sign_in(here: Here, name: str, *, at_start: bool) -> str:
    """Sign in under this name and draw the page again, or return why that is refused."""
    try:
        with Store.open(here.path) as store:
            known = people.find_person(store, name)
            person = people.sign_in(store, name)
            welcome = people.whom_to_ask(store, person)
            sees_marks_first = at_start and known is None and _may_see_marks(store, person)
    except SignInRefused as refusal:
        return str(refusal)
    identity.sign_in(person.uid)
    if known is None:
        session.welcome.keep(welcome)
    if sees_marks_first:
        st.switch_page(page(here, model.render, model.TITLE))
    st.rerun()


def _may_see_marks(store: Store, person: Person) -> bool:
    """Return whether the page Model shows this person what the marks did."""
    return ranks_as(person, "researcher") and twin_to_show(store, actor=person) is not None
