"""The Project page: its parts, of which the address names the one that is drawn."""

from collections.abc import Callable

import streamlit as st

from annotator.pages import session
from annotator.pages.frame import Here, heading, plain
from annotator.pages.project import backups, disk, guidelines, history, labels, members, settings, words
from annotator.project.people import name_admins
from annotator.project.permissions import check_may_act
from annotator.wording import listed
from db.records import Role
from db.store import Store

TITLE = "Project"
PART = "part"
"""The part of the address that names one of the page's parts."""

Part = tuple[Role, Callable[[Here], None]]
_PARTS: dict[str, Part] = {
    "Guidelines": ("researcher", guidelines.draw),
    "Labels": ("researcher", labels.draw),
    "Settings": ("researcher", settings.draw),
    "Words": ("researcher", words.draw),
    "People": ("admin", members.draw),
    "Backups": ("admin", backups.draw),
    "Disk": ("admin", disk.draw),
    "History": ("researcher", history.draw),
}


def render(here: Here) -> None:
    """Draw the part that the address names, or the first."""
    with Store.open(here.path) as store:
        check_may_act(store, here.actor, least="researcher")
        admins = name_admins(store)
    offered = {name: part for name, part in _PARTS.items() if here.ranks_as(part[0])}
    with st.container(key="project-head"):
        heading(TITLE)
        if not here.ranks_as("admin"):
            st.caption(f"People, backups and disk space are for admins: ask {plain(listed(admins) or 'for one')}.")
        chosen = st.segmented_control(
            "Part of the page",
            list(offered),
            default=next(iter(offered)),
            required=True,
            key=PART,
            label_visibility="collapsed",
            bind="query-params",
        )
    session.leave_other_parts(chosen or "")
    with st.container(key="project-part"):
        offered[chosen if chosen in offered else next(iter(offered))][1](here)
