"""The history of the project: who did what, newest first."""

import streamlit as st

from annotator.pages import session
from annotator.pages.frame import Here
from annotator.pages.reader import log_of_acts
from annotator.reviewing.history import audit_log
from annotator.wording import day_of, details, in_zone
from db.records import AuditRow
from db.store import Store

PAGE_SIZE = 30


def draw(here: Here) -> None:
    """Draw one page of acts, and buttons for the others."""
    before = session.history_position.get()
    with Store.open(here.path) as store:
        rows = audit_log(store, PAGE_SIZE + 1, before=before[-1] or None, actor=here.actor)
    shown, has_more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
    with st.container(border=True, key="project-history"):
        st.header("Who did what", anchor=False)
        if not shown:
            st.caption("Nothing has been changed in this project yet.")
        log_of_acts([_listed(row) for row in shown], key="acts")
        if len(before) > 1 or has_more:
            _draw_pages(before, shown[-1].id if has_more else 0)


def _draw_pages(before: list[int], older: int) -> None:
    turn = session.history_position.keep
    with st.container(horizontal=True, key="history-pages"):
        st.button("Newer", disabled=len(before) == 1, on_click=turn, args=(before[:-1],))
        st.button("Older", disabled=not older, on_click=turn, args=([*before, older],))


def _listed(row: AuditRow) -> dict[str, str]:
    at = in_zone(row.at_ms, st.context.timezone)
    return {
        "day": day_of(at),
        "time": f"{at:%H:%M}",
        "person": row.person or "command line",
        "action": row.action,
        "details": details(row.detail),
    }
