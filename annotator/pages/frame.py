"""What surrounds every page: the look, the wordmark, who is signed in and to which project."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit import config
from streamlit.components.v1 import declare_component
from streamlit.navigation.page import StreamlitPage

from annotator.errors import Deactivated, NotAllowed, SignInRefused
from annotator.pages import edge, identity
from annotator.pages.guard.upload_gate import close_gate
from annotator.pages.web_options import LOOK
from annotator.project.people import sign_in_by_identity
from annotator.project.permissions import ranks_as
from annotator.settings import PROJECT_VARIABLE, Settings
from db import people, project
from db.errors import NotAProject, StoreError
from db.open_logs import keep_open
from db.records import Person, Project, Role
from db.store import Store

_FOLDER = Path(__file__).parent
ICON = str(_FOLDER / "icon.svg")

# Never mounted: Streamlit serves a component's folder, so our fonts come from our own server.
# frame.css uses the address, which follows from this module's name.
declare_component("fonts", path=_FOLDER / "fonts")


@dataclass(frozen=True)
class Here:
    """The open project and the person who is using it."""

    path: Path
    project: Project
    person: Person | None
    """None until they have signed in."""
    uses_provider: bool = False
    """Whether people sign in through an identity provider, and not by name."""
    refusal: str = ""
    """Why the person that the provider authenticated may not use this project."""

    @property
    def actor(self) -> Person:
        """The person on whose behalf a page acts; raise NotAllowed when no one is signed in."""
        if self.person is None:
            raise NotAllowed("You are no longer signed in on this page; sign in and try again.")
        return self.person

    def ranks_as(self, least: Role) -> bool:
        """Return whether the person here has at least that role, for what a page may offer."""
        return self.person is not None and ranks_as(self.person, least)


def draw() -> None:
    """Draw what all pages share, whichever command started Streamlit."""
    close_gate()
    if config.get_option("theme.light.primaryColor") is None:
        for option, value in LOOK.items():
            config.set_option(option, value)
        # The browser gets the theme only at the beginning of a run.
        st.rerun()
    st.html(_FOLDER / "frame.css")
    st.logo(str(_FOLDER / "wordmark.svg"), size="large")


def read_here(settings: Settings) -> Here:
    """Return the open project and who is using it; raise StoreError if no project can be opened."""
    if settings.project is None:
        raise NotAProject(f"No project is named: {PROJECT_VARIABLE} is not set.")
    with Store.open(settings.project) as store:
        keep_open(settings.project)
        here = Here(settings.project, project.read(store), None, settings.needs_provider or identity.uses_provider())
        if here.uses_provider:
            return _by_identity(here, store, welcome=settings.welcomes)
        person_uid = identity.person_uid(here.project.uid)
        person = None if person_uid is None else people.find_uid(store, person_uid)
    return replace(here, person=person if person and person.active else None)


def _by_identity(here: Here, store: Store, *, welcome: bool) -> Here:
    authenticated = identity.provider_identity()
    if authenticated is None:
        return here
    try:
        return replace(here, person=sign_in_by_identity(store, authenticated, welcome=welcome))
    except SignInRefused as refusal:
        return replace(here, refusal=str(refusal))


def draw_person(here: Here) -> None:
    """Draw at the top right who is signed in, and the button to sign out."""
    if not here.uses_provider:
        identity.remember_person(here.project.uid)
    if here.person is None:
        return
    with st.container(key="who"), st.popover(f"{plain(here.person.name)} · {plain(here.project.name)}"):
        if here.uses_provider:
            st.caption(f"Signed in through {plain(here.person.issuer or '')}, {here.person.role}.")
        else:
            st.caption(f"Signed in by name, {here.person.role}. Anyone at this machine can choose any name.")
        st.button("Sign out", on_click=st.logout if here.uses_provider else identity.sign_out, width="stretch")


def page(here: Here, render: Callable[[Here], None], title: str, *, default: bool = False) -> StreamlitPage:
    """Return a page of the application under its title, for the navigation."""
    address = title.lower().replace(" ", "-")
    return st.Page(partial(draw_page, render, here, title), title=title, url_path=address, default=default)


def draw_page(render: Callable[[Here], None], here: Here, title: str) -> None:
    """Draw a page under its title in the browser, or one sentence that says why it can no longer be drawn."""
    st.set_page_config(page_title=f"{title} · {here.project.name} · Whylight")
    try:
        render(here)
    except (Deactivated, NotAllowed) as refusal:
        st.error(plain(str(refusal)))
    except StoreError:
        raise  # shown instead of every page: no project can be opened
    except Exception as error:
        edge.draw(edge.sentence_about(error))


def heading(title: str) -> None:
    """Draw the heading of the page; each page has one."""
    st.title(title, anchor=False)


def plain(text: str) -> str:
    """Escape text from people so that Streamlit shows it as it is, not as Markdown."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
