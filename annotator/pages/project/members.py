"""The people: their roles, whether they may act, and the identities with which they sign in."""

import streamlit as st

from annotator.names import LONGEST_NAME
from annotator.pages import session
from annotator.pages.frame import Here, plain
from annotator.pages.project import outcome
from annotator.project.people import (
    LONGEST_IDENTITY,
    add_person,
    link_identity,
    list_people,
    set_active,
    set_role,
)
from db.records import Person, Role
from db.store import Store

_ROLES: dict[Role, str] = {"annotator": "Annotator", "researcher": "Researcher", "admin": "Admin"}


def draw(here: Here) -> None:
    """Draw one row per person, and the form for another one."""
    with Store.open(here.path) as store:
        people = list_people(store, actor=here.actor)
    with st.container(border=True, key="project-people"):
        st.header("People", anchor=False)
        st.caption(
            "Annotators answer sentences. Researchers also see everyone's answers, train rounds and change settings. "
            "Admins also manage people, backups and disk space."
        )
        for person in people:
            _draw_row(here, person)
    with st.container(border=True, key="project-person-form"):
        st.header("Add a person", anchor=False)
        _draw_form(here)


def _draw_row(here: Here, person: Person) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-person-{person.id}"):
        name = f"**{plain(person.name)}**" if person.active else f"{plain(person.name)} · deactivated"
        st.markdown(f"{name}  \n:small[{plain(_how(here, person))}]")
        outcome.draw(_place(person))
        _draw_role(here, person)
        _draw_link(here, person)
        label = "Deactivate" if person.active else "Let in again"
        st.button(label, key=f"active {person.id}", on_click=_set_active, args=(here, person, not person.active))


def _draw_role(here: Here, person: Person) -> None:
    chosen = st.selectbox(
        f"Role of {person.name}",
        list(_ROLES),
        index=list(_ROLES).index(person.role),
        format_func=_ROLES.__getitem__,
        # After a refusal it is a new list, which shows the role that the person has.
        key=f"role {person.id} {person.role} {session.refused_choices.get()}",
        label_visibility="collapsed",
        width=150,
    )
    if chosen != person.role:
        outcome.act_on_choice(
            here,
            _place(person),
            lambda store: set_role(store, person.name, chosen, actor=here.actor),
            lambda changed: f"Now {_ROLES[changed.role].lower()}.",
        )


def _how(here: Here, person: Person) -> str:
    if person.issuer:
        return f"Signs in as {person.subject} of {person.issuer}"
    return "No identity linked: cannot sign in" if here.uses_provider else "Signs in by name"


def _draw_link(here: Here, person: Person) -> None:
    with (
        st.popover("Link", help=f"Let {plain(person.name)} sign in through an identity provider"),
        st.form(f"link {person.id}", border=False),
    ):
        st.caption("The identity provider of your organisation names both: itself (iss) and the person (sub).")
        issuer = st.text_input("Issuer", value=person.issuer or "", max_chars=LONGEST_IDENTITY)
        subject = st.text_input("Subject", value=person.subject or "", max_chars=LONGEST_IDENTITY)
        if st.form_submit_button("Link this identity"):
            outcome.act(
                here,
                _place(person),
                lambda store: link_identity(store, person.name, issuer.strip(), subject.strip(), actor=here.actor),
                lambda linked: f"Linked to {linked.subject}.",
            )
            st.rerun()


def _draw_form(here: Here) -> None:
    form = st.form("new-member", border=False, clear_on_submit=True)
    with form.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", max_chars=LONGEST_NAME)
        role = st.selectbox("Role", list(_ROLES), format_func=_ROLES.__getitem__, width=150)
        submitted = st.form_submit_button("Add the person")
    if submitted:
        outcome.act(
            here,
            "new person",
            lambda store: add_person(store, name, role=role, actor=here.actor),
            lambda added: f"Added {added.name}. They can now sign in.",
        )
        st.rerun()
    outcome.draw("new person")


def _set_active(here: Here, person: Person, active: bool) -> None:
    outcome.act(
        here,
        _place(person),
        lambda store: set_active(store, person.name, active, actor=here.actor),
        lambda changed: "May answer again." if changed.active else "May no longer answer; their answers stay.",
    )


def _place(person: Person) -> str:
    return f"person {person.id}"
