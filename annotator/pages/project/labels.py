"""The labels: which there are, how many answers have each, and buttons to add, change, retire and reinstate them."""

from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st

from annotator.pages import session
from annotator.pages.frame import Here
from annotator.pages.project import label_changes, outcome
from annotator.project.labels import (
    COLOURS,
    LONGEST_LABEL,
    CountedLabel,
    add_label,
    list_labels,
    reinstate_label,
    retire_label,
    set_colour,
)
from annotator.wording import counted
from db.store import Store

NO_COLOUR = "no colour"


def draw(here: Here) -> None:
    """Draw one row per label, and the form for another one."""
    with Store.open(here.path) as store:
        labels = list_labels(store, actor=here.actor)
    with st.container(border=True, key="project-labels"):
        st.header("Labels", anchor=False)
        st.caption(
            "A label is never deleted, because answers refer to it. A retired label is no longer offered; answers "
            "under it stay, and rounds do not learn from them."
        )
        for label in labels:
            _draw_row(here, label, labels)
    with st.container(border=True, key="project-label-form"):
        st.header("Add a label", anchor=False)
        _draw_form(here)


def _draw_row(here: Here, label: CountedLabel, labels: Sequence[CountedLabel]) -> None:
    place = f"label {label.index}"
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-label-{label.index}"):
        st.html(_described(label, labels))
        outcome.draw(place)
        label_changes.draw(here, label, labels, place)
        _draw_colour(here, label, place)
        if label.retired:
            st.button("Offer again", key=f"reinstate {label.index}", on_click=_set_retired, args=(here, label, False))
        else:
            st.button("Retire", key=f"retire {label.index}", on_click=_set_retired, args=(here, label, True))


def _draw_colour(here: Here, label: CountedLabel, place: str) -> None:
    chosen = st.selectbox(
        f"Colour of {label.name}",
        (NO_COLOUR, *COLOURS),
        index=(NO_COLOUR, *COLOURS).index(label.colour or NO_COLOUR),
        key=f"colour {label.index} {label.colour} {session.refused_choices.get()}",
        label_visibility="collapsed",
        width=140,
    )
    colour = None if chosen == NO_COLOUR else chosen
    if colour != label.colour:
        change = partial(set_colour, name=label.name, colour=colour, actor=here.actor)
        outcome.act_on_choice(here, place, change, lambda changed: f"Now {changed.colour or 'without a colour'}.")


def _described(label: CountedLabel, labels: Sequence[CountedLabel]) -> str:
    number = counted(label.answers, "answer")
    takes = "with" if label.takes_rationale else "without"
    name = f"<b>{escape(label.name)}</b>" if not label.retired else escape(label.name + _why_retired(label, labels))
    swatch = f"<i class='swatch' data-colour='{label.colour}'></i>" if label.colour else ""
    return f"<p dir='auto'>{swatch}{name}<br><small>{number}, {takes} marked words</small></p>"


def _why_retired(label: CountedLabel, labels: Sequence[CountedLabel]) -> str:
    return " · retired" if label.merged_into is None else f" · merged into {labels[label.merged_into].name}"


def _draw_form(here: Here) -> None:
    form = st.form("new-label", border=False, clear_on_submit=True)
    with form.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name of the label", max_chars=LONGEST_LABEL)
        takes = st.checkbox("Its answers have marked words", value=True)
        submitted = st.form_submit_button("Add the label")
    if submitted:
        outcome.act(
            here,
            "new label",
            lambda store: add_label(store, name, takes_rationale=takes, actor=here.actor),
            lambda added: f"Added “{added.name}”. Rounds that start from now on learn it.",
        )
        st.rerun()
    outcome.draw("new label")


def _set_retired(here: Here, label: CountedLabel, retired: bool) -> None:
    change = retire_label if retired else reinstate_label
    outcome.act(
        here,
        f"label {label.index}",
        lambda store: change(store, label.name, actor=here.actor),
        lambda changed: "No longer offered." if changed.retired else "Offered again.",
    )
