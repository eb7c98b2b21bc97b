"""The card *Is more work worth it?*: what the last answers changed and cost, and what is left to find."""

from html import escape

import streamlit as st

from annotator.pages.frame import Here
from annotator.pages.pair_sheet import figure_table
from annotator.rounds import worth_wording
from annotator.rounds.worth import Worth, measure_worth
from annotator.rounds.worth_wording import Figure
from db import project
from db.store import Store


def draw(here: Here) -> None:
    """Draw the card; nothing before the first round is ready."""
    with Store.open(here.path) as store:
        found = measure_worth(store, actor=here.actor)
        labels = [label.name for label in project.labels(store)]
    if not found.costs:
        return
    with st.container(border=True, key="round-worth"):
        st.subheader("Is more work worth it?", anchor=False)
        st.html(_figures(worth_wording.figures(found)))
        st.caption(" ".join([*worth_wording.remarks(found), worth_wording.NOTHING_STOPS]))
        with st.expander("Minutes by round, labels, and what is left to find"):
            _draw_tables(found, labels)


def _draw_tables(found: Worth, labels: list[str]) -> None:
    """Draw what each round cost, the labels of the open pool, and what is left of the rare ones."""
    figure_table(worth_wording.COST_HEAD, worth_wording.cost_rows(found), names=1, key="worth-costs")
    st.caption(worth_wording.ABOUT_COSTS)
    if shares := worth_wording.share_rows(found, labels):
        figure_table(worth_wording.SHARE_HEAD, shares, names=1, key="worth-shares")
        st.caption(worth_wording.ABOUT_SHARES)
    if rare := worth_wording.rare_rows(found):
        figure_table(worth_wording.RARE_HEAD, rare, names=1, key="worth-rare")
        st.caption(worth_wording.ABOUT_RARE)


def _figures(figures: list[Figure]) -> str:
    """Return the figures as HTML: Streamlit's own large figures cut long ones off."""
    return f'<div class="worth-figures">{"".join(map(_figure, figures))}</div>'


def _figure(one: Figure) -> str:
    return (
        f'<div><p class="value"><strong>{escape(one.value)}</strong> {escape(one.unit)}</p>'
        f'<p class="note">{escape(one.note)}</p></div>'
    )
