"""What was imported, the newest first, and the button that undoes an import."""

from functools import partial

import streamlit as st

from annotator.importing.undoing import list_imports, undo_import
from annotator.importing.undoing_wording import undone_by, undone_in_words
from annotator.pages import session
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, plain
from annotator.pages.project import outcome
from annotator.wording import clock, counted
from db.corpus.imports import ListedImport
from db.store import Store

MOST_SHOWN = 50


def draw(here: Here, store: Store) -> None:
    """Draw one row per import, the newest first."""
    shown = list_imports(store, most=MOST_SHOWN + 1, actor=here.actor)
    with st.container(border=True, key="data-imports"):
        st.caption(
            "An import can be undone until people answer its sentences or a round learns from them. Then its sentences "
            "and their answers leave the project, and what it changed is as before."
        )
        for one in shown[:MOST_SHOWN]:
            _draw_row(here, one)
        if len(shown) > MOST_SHOWN:
            st.caption("`whylight imports list` shows the earlier ones.")
        if not shown:
            st.text("Nothing has been imported yet.")


def draw_undo(here: Here, number: int, *, place: str) -> None:
    """Draw the button that undoes an import, which asks again before it acts, and what the last click there did."""
    outcome.draw_careful_button(place, "Undo this import", partial(_undo, here, number, place), keep="Keep it")


def _draw_row(here: Here, one: ListedImport) -> None:
    place = f"import-{one.number}"
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-{place}"):
        with st.container():
            st.markdown(f"**{plain(one.source)}**  \n:small[{plain(_brought(one))}]  \n:small[{plain(_by(one))}]")
        if one.undone_ms is None:
            draw_undo(here, one.number, place=place)
        else:
            outcome.draw(place)


def _brought(one: ListedImport) -> str:
    brought = f"{counted(one.sentences, 'sentence')} and {counted(one.answers, 'answer')}"
    changed = f"; it changed {counted(one.changed, 'sentence')} of the project" if one.changed else ""
    return f"{brought}{changed}"


def _by(one: ListedImport) -> str:
    undone = "" if one.undone_ms is None else f" · {undone_by(one)}"
    return f"{one.person or 'command line'}, {clock(one.at_ms)}{undone}"


@guarded()
def _undo(here: Here, number: int, place: str) -> None:
    session.asked_twice.keep("")
    outcome.act(
        here,
        place,
        lambda store: undo_import(store, number, actor=here.actor),
        lambda done: " ".join(undone_in_words(done)),
    )
