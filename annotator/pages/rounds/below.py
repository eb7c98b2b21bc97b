"""What changes while a round is at work: the chart next to the live card, those that wait, and the table.

All of it is one fragment, so that the card and the table never disagree.
"""

import streamlit as st

from annotator.pages import session, widgets
from annotator.pages.chart import WIDE
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, link, plain
from annotator.pages.round_sheet import round_table
from annotator.pages.rounds import address, cached, curves, live
from annotator.rounds.listing import HEAD, LEGEND, Listed, list_rounds
from annotator.rounds.live import at_work, waiting
from annotator.rounds.measuring.best import Best
from annotator.rounds.measuring.measured import Measured
from annotator.rounds.overview import RoundsOverview, refresh
from db.store import Store

_FULL_WIDTH = 960


def draw(here: Here, now: RoundsOverview) -> None:
    """Draw it, again each second while a round is at work or waits."""
    working = _ids_of_working(now)
    st.fragment(_draw, run_every=live.POLL_S if working else None)(here, now, working)


@guarded()
def _draw(here: Here, before: RoundsOverview, drawn: frozenset[int]) -> None:
    with Store.open(here.path) as store:
        now = refresh(store, before, actor=here.actor)
        if st.query_params.get(address.ROUND) is not None:
            st.rerun()
        if drawn - _ids_of_working(now):  # a round has ended, so the whole page changes
            session.show_round_trouble_again()
            st.rerun()
        measured = cached.measured_rounds(store, now)
        minutes = cached.minutes_by_round(store, now)
        working = at_work(now)
        if working is None:
            curves.draw(now, measured, minutes, width=_FULL_WIDTH)
        else:
            left, right = st.columns([3, 2])
            with left:
                curves.draw(now, measured, minutes, width=WIDE)
            with right if any(measured.values()) else st.container():
                live.draw(here, store, working)
        for waits in waiting(now):
            live.draw_waiting(here, waits)
        best = cached.best_round(store, now, measured)
    _draw_table(now, measured, best)


def _ids_of_working(now: RoundsOverview) -> frozenset[int]:
    working = at_work(now)
    return frozenset(one.id for one in (*([] if working is None else [working]), *waiting(now)))


def _draw_table(now: RoundsOverview, measured: dict[int, Measured | None], best: Best | None) -> None:
    with st.container(border=True, key="round-table"):
        if not now.rounds:
            st.caption("No rounds yet. Answer sentences with at least two different labels, then start the first.")
            link("Annotate", "Answer sentences")
            return
        rows = [_drawn(row) for row in list_rounds(now, measured)]
        round_table(HEAD, rows, key=widgets.ROUNDS, on_open=address.open_chosen)
        if any(measured.values()):
            st.caption(plain(f"{best.in_words()} {LEGEND}" if best else LEGEND))


def _drawn(row: Listed) -> dict[str, object]:
    return {
        "name": row.name,
        "title": row.title,
        "nested": row.is_nested,
        "pills": [vars(pill) for pill in row.pills],
        "cells": list(row.cells),
        "compare": address.to_compare(row.compare_with, row.number) if row.compare_with else None,
    }
