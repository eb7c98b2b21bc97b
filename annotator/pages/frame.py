"""What stands around every page: the look, the wordmark, who is here and in which project."""

import re
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit import config
from streamlit.components.v1 import declare_component

from annotator import session
from annotator.serving import LOOK
from annotator.settings import PROJECT_VARIABLE
from db import people, project
from db.errors import NotAProject
from db.records import Person, Project
from db.store import Store

_FOLDER = Path(__file__).parent
ICON = str(_FOLDER / "icon.svg")

# Never mounted: Streamlit serves a component's folder, and so our fonts come from our own server.
# frame.css names the address that follows from this module's name.
declare_component("fonts", path=_FOLDER.parent / "fonts")


@dataclass(frozen=True)
class Here:
    """The project that is open and who is using it."""

    path: Path
    project: Project
    person: Person | None
    """Nobody, before they have signed in."""


def draw() -> None:
    """Draw what all pages share, under whichever command Streamlit was started."""
    if config.get_option("theme.light.primaryColor") is None:
        for option, value in LOOK.items():
            config.set_option(option, value)
        # The browser hears of a theme at the beginning of a run.
        st.rerun()
    st.html(_FOLDER / "frame.css")
    st.logo(str(_FOLDER / "wordmark.svg"), size="large")


def look_around(path: Path | None) -> Here:
    """Say which project is open and who is here; raises StoreError where no project can be opened."""
    if path is None:
        raise NotAProject(f"No project is named: {PROJECT_VARIABLE} is not set.")
    with Store.open(path) as store:
        opened = project.read(store)
        person_id = session.person_id(opened.uid)
        person = None if person_id is None else people.read(store, person_id)
    return Here(path, opened, person if person and person.active else None)


def draw_person(here: Here) -> None:
    """Say at the top right who is here, with a way out."""
    session.remember_person(here.project.uid)
    if here.person is None:
        return
    with st.container(key="who"), st.popover(f"{plain(here.person.name)} · {plain(here.project.name)}"):
        st.caption("Signed in by name. Everybody at this machine can be anybody.")
        st.button("Sign out", on_click=session.sign_out, width="stretch")


def plain(text: str) -> str:
    """Escape text from people so that Streamlit shows it as it is, not as Markdown."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
