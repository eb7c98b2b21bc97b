"""The card *Is more work worth it?*: what the last answers changed and cost, and what is left to find."""

from typing import Any

import streamlit as st

from annotator.pages.frame import Here
from annotator.pages.pair_sheet import figure_table
from annotator.pages.round_sheet import bought_card
from annotator.rounds.measuring import worth_wording
from annotator.rounds.measuring.worth import Worth, measure_worth
from annotator.rounds.measuring.worth_wording import Figure
from db.store import Store
from db.team import project


def draw(here: Here) -> None:
    """Draw the card; nothing before the first round is ready."""
    with Store.open(here.path) as store:
        found = measure_worth(store, actor=here.actor)
        labels = [label.name for label in project.labels(store)]
    if not found.costs:
        return
    with st.container(border=True, key="round-worth"):
        st.subheader("Is more work worth it?", anchor=False)
        figures = [_drawn(one) for one in worth_wording.figures(found)]
        notes = [*worth_wording.remarks(found), worth_wording.NOTHING_STOPS]
        bought_card({"figures": figures, "notes": notes, "paper": {"head": [], "rows": []}}, key="worth")
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


def _drawn(one: Figure) -> dict[str, Any]:
    return {"value": one.value, "unit": one.unit, "lines": [one.note], "shown": one.is_known}
