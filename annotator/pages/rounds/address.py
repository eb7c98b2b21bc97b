"""Which round the address of the page names: `?round=6`, or `?round=6-twin`; without it, all rounds are drawn."""

import streamlit as st

from annotator.pages import widgets
from annotator.pages.edge import guarded

ROUND = "round"
"""The part of the address that names a round."""


@guarded()
def open_chosen() -> None:
    """Name in the address the round that was just chosen in the table."""
    chosen = widgets.opened_round()
    if chosen is not None:
        st.query_params[ROUND] = chosen


@guarded()
def name_round(name: str) -> None:
    """Name this round in the address."""
    st.query_params[ROUND] = name


@guarded()
def close() -> None:
    """Name no round, so that all are drawn."""
    st.query_params.pop(ROUND, None)


def to_compare(before: int, after: int) -> str:
    """Return the address of the page that compares two rounds, by their numbers."""
    return f"compare?a={before}&b={after}"
