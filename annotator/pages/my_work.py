"""The My work page: a summary of today, and one's own answers, each open to correction."""

from datetime import datetime, timedelta

import streamlit as st

from annotator.errors import Refused
from annotator.pages import annotate, session, widgets
from annotator.pages.frame import Here, heading, link, page, plain
from annotator.pages.reader import own_list
from annotator.reviewing import my_work
from annotator.reviewing.my_work import Learned, Today, Which
from annotator.wording import counted, day_of, in_zone, verb_for, zone_of
from db.records import Person
from db.store import Store

_WHICH: dict[str, Which] = {"Answered": "answered", "Skipped": "skipped", "Flagged": "flagged"}


def render(here: Here) -> None:
    """Draw today's summary and the list; a click on an answer goes back to its sentence."""
    if session.reopened.get() is not None:
        st.switch_page(page(here, annotate.render, annotate.TITLE, default=True))
    if here.person is None:
        return
    with Store.open(here.path) as store:
        with st.container(key="work-head"):
            heading("My work")
            st.caption(_summary(my_work.today(store, here.person, since_ms=midnight_ms(st.context.timezone))))
            _draw_learned(here, my_work.learned(store, here.person))
        _draw_list(store, here.person)


def _draw_learned(here: Here, learned: Learned | None) -> None:
    """Draw which round the person's answers are in, with a link to it for those who may see it."""
    if learned is None or not learned.answers + learned.newer:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="work-learned"):
        st.caption(_in_round(learned))
        if here.ranks_as("researcher") and learned.answers:
            link("Rounds", f"Round {learned.round}", round=str(learned.round))


def _in_round(learned: Learned) -> str:
    newer = "" if not learned.newer else f"{learned.newer:,} {verb_for(learned.newer, 'is', 'are')} newer than that."
    if not learned.answers:
        return f"Your {counted(learned.newer, 'answer')} came after the last round began; the next one has them."
    answers = counted(learned.answers, "answer is", "answers are")
    return f"Your {answers} in round {learned.round}. {newer}".strip()


def _summary(now: Today) -> str:
    done = f"Today {counted(now.answers, 'answer')}" + (f" and {counted(now.skips, 'skip')}" if now.skips else "")
    seconds = None if now.seconds_each is None else max(1, round(now.seconds_each))
    pace = "" if seconds is None else f", about {counted(seconds, 'second')} each"
    flagged = f" {now.flagged} flagged." if now.flagged else ""
    return f"{done}{pace}.{flagged} {_left(now)}"


def _left(now: Today) -> str:
    if now.is_empty:
        return "The project has no sentences yet."
    return f"The project still needs {counted(now.left, 'answer')}." if now.left else "The project has all its answers."


def _when(at_ms: int) -> dict[str, str]:
    at = in_zone(at_ms, st.context.timezone)
    return {"day": day_of(at), "when": f"{at:%H:%M}"}


def midnight_ms(timezone: str | None) -> int:
    """Return the last midnight in the browser's timezone, which may be any text."""
    now = datetime.now(zone_of(timezone))
    midnight = now - timedelta(hours=now.hour, minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
    return int(midnight.timestamp() * 1000)


def _draw_list(store: Store, person: Person) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="work-filters"):
        search = st.text_input("Search", placeholder="Words of a sentence", key="work-search")
        chosen = st.segmented_control("Show", list(_WHICH), default="Answered", label_visibility="collapsed")
    which = _WHICH[chosen or "Answered"]
    before = session.own_position.get((which, search))
    try:
        rows, next_before = my_work.list_own(store, person, which, search=search or "", before=before[-1] or None)
    except Refused as refusal:
        st.text(str(refusal))
        return
    if rows:
        own_list([row | _when(row["at_ms"]) for row in rows], key=widgets.OWN, on_open=widgets.reopen_own)
    else:
        st.caption(plain(_nothing(which, search or "")))
        if which == "answered" and not search:
            link(annotate.TITLE, "Start annotating")
    if len(before) > 1 or next_before is not None:
        with st.container(horizontal=True, key="work-pages"):
            turn = session.own_position.keep
            st.button("Newer", disabled=len(before) == 1, on_click=turn, args=((which, search), before[:-1]))
            older = [*before, next_before or 0]
            st.button("Older", disabled=next_before is None, on_click=turn, args=((which, search), older))


def _nothing(which: Which, search: str) -> str:
    if search:
        return f"None of the sentences you have {which} has these words."
    return f"You have not {which} any sentences yet."
