"""The part *Suggestions* of the page Review: what a language model's suggestions changed."""

import streamlit as st

from annotator.pages.frame import Here, plain
from annotator.pages.pair_sheet import figure_table
from annotator.reviewing.suggestion_figures import suggestion_figures
from annotator.reviewing.suggestion_wording import ABOUT, RUBBER_STAMPED, tables_of, what_was_asked
from db.store import Store


def draw(here: Here, store: Store) -> None:
    """Draw the figures as two tables."""
    found = suggestion_figures(store, actor=here.actor)
    if found is None:
        return
    with st.container(border=True, key="review-suggestions"):
        st.caption(plain(what_was_asked(found)))
        if found.is_rubber_stamped:
            st.warning(RUBBER_STAMPED)
        for number, (head, rows) in enumerate(tables_of(found)):
            figure_table(head, rows, names=1, key=f"suggestions-{number}")
        st.caption(ABOUT)
