"""The tables of the Compare page: figures, confusion, parts of the sentences, and the paper's appendix D."""

import streamlit as st

from annotator.pages.pair_sheet import figure_table
from annotator.rounds.measuring.comparing import RoundComparison
from annotator.rounds.measuring.comparison_tables import (
    Table,
    categories_table,
    confusion_table,
    figures_table,
    parts_table,
)
from annotator.wording import what_intervals_cover

ANCHOR = "figures"
"""The part of the page's address that leads to the tables."""

_ABOUT_INTERVALS = (
    "Differences are in percentage points, with a 95 % interval of the paired bootstrap: 2,000 resamples of the same "
    "sentences. An interval that contains 0 may be luck."
)
_ABOUT_POOL = (
    "Dev and test sentences are not acquired, so acquisition can only be judged here. On sentences that a round "
    "learned from, this is the accuracy of training; only those drawn at random stand for the whole pool."
)
_ABOUT_CATEGORIES = (
    "The categories of the paper's appendix D, of sentences with marked words. A model looks if a marked word is among "
    "the six that speak most for people's label."
)


def draw(compared: RoundComparison) -> None:
    """Draw every table of a comparison, each in a card."""
    title = f"Figures on the {compared.split} sentences"
    about = f"{_ABOUT_INTERVALS} {what_intervals_cover(compared.split)}"
    _card("figures", title, figures_table(compared), about, anchor=ANCHOR)
    _card("confusion", "What is taken for what", confusion_table(compared), "Before → after, and the change.")
    _card("parts", "Accuracy by kind of sentence", parts_table(compared, compared.parts), "", names=2)
    if compared.pool:
        pool = parts_table(compared, compared.pool)
        _card("pool", "Accuracy on answered pool sentences", pool, _ABOUT_POOL, names=2)
    _card("categories", "Where they look", categories_table(compared), _ABOUT_CATEGORIES)


def _card(name: str, title: str, table: Table, about: str, *, names: int = 1, anchor: str | None = None) -> None:
    with st.container(border=True, key=f"compare-card-{name}"):
        st.subheader(title, anchor=anchor or False)
        figure_table(table.head, table.rows, names=names, key=f"compare-{name}")
        if about:
            st.caption(about)
