"""The space that the project takes on the disk, and buttons to free what it can do without."""

import streamlit as st

from annotator.care.disk import measure_disk
from annotator.care.freeing import free_rounds, free_vectors, freeable, measure, measure_vectors
from annotator.pages import session
from annotator.pages.frame import Here
from annotator.pages.project import outcome
from annotator.pages.reader import table_of_text
from annotator.wording import counted, in_bytes
from db.store import Store

_PARTS = {
    "database": "Sentences, answers and everything else in the project file",
    "log": "What was written last, on its way into the project file",
    "rounds": "Models and saliency of rounds",
    "vectors": "What a pretrained encoder has read",
    "pool_scores": "What a round at work says about the pool outside",
    "backups": "Backups",
    "uploads": "Uploaded files that are being imported",
    "kept_by_restores": "Project files that restores replaced",
}
KEPT_ROUNDS = 3
"""How many of the newest rounds the page suggests to keep."""


def draw(here: Here) -> None:
    """Draw how much each part takes, and what can be freed."""
    with Store.open(here.path) as store:
        used = measure_disk(store, actor=here.actor)
    with st.container(border=True, key="project-disk"):
        st.header("Disk space", anchor=False)
        st.caption(f"{in_bytes(used.free)} are free on this disk.")
        rows = [(meaning, in_bytes(size)) for part, meaning in _PARTS.items() if (size := getattr(used, part))]
        table_of_text(("", "size"), rows, key="disk-use")
    _draw_rounds(here)
    _draw_vectors(here)


def _draw_rounds(here: Here) -> None:
    with st.container(border=True, key="project-free-rounds"):
        st.header("Free the disk of old rounds", anchor=False)
        st.caption(
            "Removes models and saliency, and keeps all figures. The round that serves always stays. A freed round can "
            "no longer serve or be compared word by word."
        )
        keep = int(st.number_input("Newest rounds to keep", 0, 1000, KEPT_ROUNDS, width=200))
        with Store.open(here.path) as store:
            chosen = [old.id for old in freeable(store, keep=keep)]
            size = sum(part.bytes for part in measure(store, chosen))
        label = f"Free {in_bytes(size)} of {counted(len(chosen), 'round')}" if chosen else "Free"
        outcome.draw_careful_button(
            "free rounds",
            label,
            lambda: _free_rounds(here, chosen),
            keep="Keep everything",
            is_possible=bool(chosen),
        )
        if not chosen:
            st.caption("With these kept there is nothing to free.")


def _draw_vectors(here: Here) -> None:
    with Store.open(here.path) as store:
        size = measure_vectors(store)
    if not size:
        outcome.draw("free vectors")
        return
    with st.container(border=True, key="project-free-vectors"):
        st.header("Free what an encoder has read", anchor=False)
        st.caption("The next round that uses a pretrained encoder reads all sentences again.")
        outcome.draw_careful_button(
            "free vectors", f"Free {in_bytes(size)}", lambda: _free_vectors(here), keep="Keep everything"
        )


def _free_rounds(here: Here, chosen: list[int]) -> None:
    session.asked_twice.keep("")
    outcome.act(
        here,
        "free rounds",
        lambda store: free_rounds(store, chosen, actor=here.actor),
        lambda freed: f"Freed {in_bytes(sum(part.bytes for part in freed))} of {counted(len(freed), 'round')}.",
    )


def _free_vectors(here: Here) -> None:
    session.asked_twice.keep("")
    outcome.act(
        here,
        "free vectors",
        lambda store: free_vectors(store, actor=here.actor),
        lambda freed: f"Freed {in_bytes(freed)}.",
    )
