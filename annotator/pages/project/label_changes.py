"""What can be put right about one label: its name, its marked words, and that it is the same as another one."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from annotator.pages import session
from annotator.pages.frame import Here
from annotator.pages.project import outcome
from annotator.project.label_changes import Merged, merge_labels, rename_label, set_rationale
from annotator.project.labels import LONGEST_LABEL, CountedLabel
from annotator.wording import counted
from db.records import Label
from db.store import Store

Result = TypeVar("Result")


def draw(here: Here, label: CountedLabel, labels: Sequence[Label], place: str) -> None:
    """Draw a button that opens what can be changed about a label; `place` says what came of it."""
    # Another key after each act: then it is another popover, which is closed.
    with st.popover("Change", key=f"change {label.index} {session.acts_done.get()}"):
        _draw_name(here, label, place)
        _draw_rationale(here, label, place)
        if not label.retired:
            _draw_merging(here, label, labels, place)


def _draw_name(here: Here, label: CountedLabel, place: str) -> None:
    form = st.form(f"rename {label.index}", border=False)
    with form.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", value=label.name, max_chars=LONGEST_LABEL)
        renames = st.form_submit_button("Rename")
    form.caption("Answers keep their label. Files that use the old name are still read.")
    if renames:
        _act(
            here,
            place,
            lambda store: rename_label(store, label.name, name, actor=here.actor),
            lambda renamed: "The name is as it was." if renamed.name == label.name else "Renamed.",
        )


def _draw_rationale(here: Here, label: CountedLabel, place: str) -> None:
    takes = not label.takes_rationale
    name = "Ask for marked words" if takes else "Ask for no marked words"
    changes = st.button(name, key=f"rationale {label.index}")
    st.caption(
        "New answers will have marked words; those given before have none."
        if takes
        else "New answers will have no marked words; marks given before are kept and do not count."
    )
    if changes:
        _act(
            here,
            place,
            lambda store: set_rationale(store, label.name, takes, actor=here.actor),
            lambda changed: "Its answers have marked words." if changed.takes_rationale else "No marked words now.",
        )


def _draw_merging(here: Here, label: CountedLabel, labels: Sequence[Label], place: str) -> None:
    others = [other.name for other in labels if not other.retired and other.index != label.index]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        into = st.selectbox(
            "Merge into", others, index=None, placeholder="The label that it is the same as", key=f"into {label.index}"
        )
        merges = st.button("Merge", key=f"merge {label.index}", disabled=into is None)
    st.caption("Its answers then count under that label, and it is no longer offered. Offering it again undoes that.")
    if merges and into:
        _act(here, place, lambda store: merge_labels(store, label.name, into, actor=here.actor), _in_words)


def _act(here: Here, place: str, use_case: Callable[[Store], Result], say: Callable[[Result], str]) -> None:
    done = outcome.act(here, place, use_case, say)
    session.acts_done.keep(session.acts_done.get() + done)
    st.rerun()


def _in_words(merged: Merged) -> str:
    answers = counted(merged.answers, "answer counts", "answers count")
    return f"Merged: {answers} under “{merged.into.name}” now."
