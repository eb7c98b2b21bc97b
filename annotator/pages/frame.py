"""What surrounds every page: the look, the wordmark, who is signed in and to which project."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import streamlit as st
from streamlit import config
from streamlit.components.v1 import declare_component
from streamlit.navigation.page import StreamlitPage

from annotator.errors import Deactivated, NotAllowed, SignInRefused
from annotator.pages import browser_files, edge, identity, session
from annotator.pages.guard.upload_gate import close_gate
from annotator.pages.operating.present import note_person
from annotator.pages.web_options import LOOK
from annotator.project.people import sign_in_by_identity, whom_to_ask
from annotator.project.permissions import ranks_as
from annotator.settings import PROJECT_VARIABLE, Settings
from db.errors import NotAProject, StoreError
from db.opening.open_logs import keep_open
from db.records import Person, Project, Role
from db.store import Store
from db.team import people, project

_FOLDER = Path(__file__).parent
_LOOK = ("base", "top", "page", "rounds", "compare", "model", "my_work", "review", "project", "data")
ICON = str(_FOLDER / "icon.svg")

# Never mounted: Streamlit serves a component's folder, so our fonts come from our own server.
# look/base.css uses the address, which follows from this module's name.
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
    more: str = ""
    """What the person who is signed in may do, and whom to ask for more."""

    @property
    def actor(self) -> Person:
        """Return the person on whose behalf a page acts; raise NotAllowed when no one is signed in."""
        if self.person is None:
            raise NotAllowed("You are no longer signed in on this page; sign in and try again.")
        return self.person

    def ranks_as(self, least: Role) -> bool:
        """Return whether the person here has at least that role, for what a page may offer."""
        return self.person is not None and ranks_as(self.person, least)


@cache
def style() -> str:
    """Return the style of everything that is not in a component of ours."""
    return "".join(browser_files.read(f"look/{name}.css") for name in _LOOK)


def draw() -> None:
    """Draw what all pages share, whichever command started Streamlit."""
    close_gate()
    if config.get_option("theme.light.primaryColor") is None:
        for option, value in LOOK.items():
            config.set_option(option, value)
        # The browser gets the theme only at the beginning of a run.
        st.rerun()
    st.html(f"<style>{style()}</style>")
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
        return _as(here, store, person if person and person.active else None)


def _as(here: Here, store: Store, person: Person | None) -> Here:
    return replace(here, person=person, more=whom_to_ask(store, person) if person else "")


def _by_identity(here: Here, store: Store, *, welcome: bool) -> Here:
    authenticated = identity.provider_identity()
    if authenticated is None:
        return here
    try:
        return _as(here, store, sign_in_by_identity(store, authenticated, welcome=welcome))
    except SignInRefused as refusal:
        return replace(here, refusal=str(refusal))


def draw_person(here: Here) -> None:
    """Draw at the top right who is signed in, and the button to sign out."""
    note_person(here.person.uid if here.person else None)
    if not here.uses_provider:
        identity.remember_person(here.project.uid)
    if here.person is None:
        return
    with st.container(key="who"), st.popover(f"{plain(here.person.name)} · {plain(here.project.name)}"):
        how = f"through {plain(here.person.issuer or '')}" if here.uses_provider else "by name"
        st.caption(f"Signed in {how}, {here.person.role}. {plain(here.more)}")
        if not here.uses_provider:
            st.caption("Anyone at this machine can choose any name.")
        st.button("Sign out", on_click=st.logout if here.uses_provider else identity.sign_out, width="stretch")


def draw_menu(here: Here, pages: Sequence[StreamlitPage], chosen: StreamlitPage) -> None:
    """Draw the menu of pages for narrow windows, where the line at the top has no room for them."""
    if here.person is None:
        return
    # The name of the page is in the key: after a choice it is another menu, which is closed.
    with st.container(key="menu"), st.popover("Menu", key=f"menu of {chosen.title}"):
        for each in pages:
            st.page_link(each, label=each.title)


def draw_welcome(here: Here) -> None:
    """Draw what someone who has just come for the first time may do here, until they close it."""
    welcome = session.welcome.get()
    if welcome and here.person is not None:
        with st.container(horizontal=True, vertical_alignment="center", key="welcome"):
            st.caption(plain(welcome))
            st.button("Close", type="tertiary", on_click=session.welcome.keep, args=("",))


def link(title: str, label: str, **query: str) -> None:
    """Draw a link to the page of that title."""
    target = st.Page(partial(_nowhere, title), title=title, url_path=address_of(title), default=title == "Annotate")
    st.page_link(target, label=label, query_params=query or None)


def _nowhere(title: str) -> None:
    """Stand for a page in a link: Streamlit finds the page itself by its address."""


def address_of(title: str) -> str:
    """Return the address of the page of that title."""
    return title.lower().replace(" ", "-")


def page(here: Here, render: Callable[[Here], None], title: str, *, default: bool = False) -> StreamlitPage:
    """Return a page of the application under its title, for the navigation."""
    drawn = partial(draw_page, render, here, title)
    return st.Page(drawn, title=title, url_path=address_of(title), default=default)


def draw_page(render: Callable[[Here], None], here: Here, title: str) -> None:
    """Draw a page under its title in the browser, or one sentence that says why it can no longer be drawn."""
    st.set_page_config(page_title=f"{title} · {here.project.name} · Whylight")
    if title == "Annotate":  # the sentence is its heading for those who see it
        st.html(f"<h1 class='unseen'>{title}</h1>")
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
