"""The card that leads the page: what the marks bought, with intervals, and in words."""

import streamlit as st

from annotator.pages.frame import Here
from annotator.pages.round_sheet import bought_card
from annotator.pages.rounds import actions, cached
from annotator.rounds.again import settings_of
from annotator.rounds.bought import (
    BigFigure,
    Subject,
    choose_subject,
    figures_against,
    figures_alone,
    left_out,
    paper_rows,
    verdict,
)
from annotator.rounds.measured import Against
from annotator.rounds.promise import twin_seconds
from annotator.rounds.start import RoundsOverview
from annotator.wording import about
from db.store import Store

_PAPER_HEAD = ("", "before", "after", "difference")


def draw(here: Here, store: Store, now: RoundsOverview) -> None:
    """Draw the newest ready round against its twin and the round before; nothing before the first round."""
    subject = choose_subject(now)
    if subject is None:
        return
    twin = subject.twin if subject.twin_state == "ready" else None
    against_twin = cached.compared(store, twin, subject.round)
    since = cached.compared(store, subject.before, subject.round)
    figures = _figures(store, now, subject, against_twin, since)
    notes = _notes(subject, against_twin, since)
    with st.container(border=True, key="round-bought"):
        st.subheader(_title(subject, against_twin), anchor=False)
        drawn = {
            "figures": [vars(figure) | {"shown": figure.is_shown} for figure in figures],
            "notes": notes,
            "paper": {"head": _PAPER_HEAD, "rows": paper_rows(against_twin) if against_twin else []},
        }
        bought_card(drawn, key="bought")
        _draw_twin(here, now, subject)


def _title(subject: Subject, against_twin: Against | None) -> str:
    number = subject.round.id
    if against_twin is not None:
        return f"What the marks bought (round {number} against its twin, trained without them)"
    return f"What round {number} learned"


def _figures(
    store: Store, now: RoundsOverview, subject: Subject, against_twin: Against | None, since: Against | None
) -> list[BigFigure]:
    if against_twin is not None:
        return figures_against(subject.round, against_twin, since)
    measured = cached.measured_rounds(store, now)[subject.round.id]
    return [] if measured is None else figures_alone(subject.round, measured, since)


def _notes(subject: Subject, against_twin: Against | None, since: Against | None) -> list[str]:
    after, notes = f"Round {subject.round.id}", []
    if against_twin is not None:
        notes += [verdict(after, "its twin", against_twin), left_out(against_twin)]
    if since is not None and subject.before is not None:
        notes += [verdict(after, f"round {subject.before.id}", since), left_out(since)]
    return [note for note in notes if note]


def _draw_twin(here: Here, now: RoundsOverview, subject: Subject) -> None:
    """Say how it is with the twin, and offer to train it."""
    number = subject.round.id
    told = {
        "waits": f"The twin of round {number} waits for its turn. Then this card shows what the marks bought.",
        "at work": f"The twin of round {number} is training. Then this card shows what the marks bought.",
        "impossible": f"Round {number} learned nothing from the marks, so a twin would be the same.",
        "missing": "The same round trained without the marks, its twin, would show what they bought.",
        "ended": f"The twin of round {number} {subject.twin.state if subject.twin else 'ended'}, so what the marks "
        "bought is not known. Start a new round with its twin.",
    }.get(subject.twin_state)
    if told is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="bought-twin"):
        st.caption(told)
        if subject.twin_state == "missing":
            seconds = twin_seconds(settings_of(subject.round), known=now.rounds)
            st.button(f"Train the twin, {about(seconds)}", on_click=actions.train_twin, args=(here, number))
