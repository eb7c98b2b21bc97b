"""The card that leads the page: what the marks bought, with intervals, and in words."""

import streamlit as st

from annotator.pages.frame import Here
from annotator.pages.round_sheet import bought_card
from annotator.pages.rounds import actions, cached
from annotator.rounds.measuring.bought import Subject, about_twin, choose_subject
from annotator.rounds.measuring.bought_figures import (
    BigFigure,
    Since,
    figures_against,
    figures_alone,
    left_out,
    paper_rows,
    verdict,
)
from annotator.rounds.measuring.measured import Against
from annotator.rounds.overview import RoundsOverview
from annotator.rounds.promise import twin_seconds
from annotator.rounds.seeds import about_seeds, over_seeds
from annotator.rounds.settings import settings_of
from annotator.wording import about, what_intervals_cover
from db.store import Store

_PAPER_HEAD = ("", "twin", "round", "difference")


def draw(here: Here, store: Store, now: RoundsOverview) -> None:
    """Draw the newest ready round against its twin and the round before; nothing before the first round."""
    subject = choose_subject(now)
    if subject is None:
        return
    against_twin = cached.compared(store, subject.twin if subject.twin_state == "ready" else None, subject.round)
    since = _since(store, subject)
    drawn = {
        "figures": [_drawn(each) for each in _figures(store, now, subject, against_twin, since)],
        "notes": [*_notes(subject, against_twin, since), *_about_seeds(store, now, subject)],
        "paper": {"head": _PAPER_HEAD, "rows": paper_rows(against_twin) if against_twin else []},
    }
    with st.container(border=True, key="round-bought"):
        st.subheader(_title(subject, against_twin), anchor=False)
        bought_card(drawn, key="bought")
        _draw_twin(here, now, subject)


def _since(store: Store, subject: Subject) -> Since | None:
    against = cached.compared(store, subject.before, subject.round)
    return None if subject.before is None or against is None else Since(subject.before, against)


def _title(subject: Subject, against_twin: Against | None) -> str:
    number = subject.round.id
    if against_twin is None:
        return f"What round {number} learned"
    return f"What the marks bought (round {number} against its twin, trained without them)"


def _figures(
    store: Store, now: RoundsOverview, subject: Subject, against_twin: Against | None, since: Since | None
) -> list[BigFigure]:
    if against_twin is not None:
        return figures_against(subject.round, against_twin, since)
    measured = cached.measured_rounds(store, now)[subject.round.id]
    return [] if measured is None else figures_alone(subject.round, measured, since)


def _drawn(each: BigFigure) -> dict[str, object]:
    return {"value": each.value, "unit": each.unit, "lines": list(each.lines), "shown": each.is_shown}


def _notes(subject: Subject, against_twin: Against | None, since: Since | None) -> list[str]:
    after = f"Round {subject.round.id}"
    notes = [] if against_twin is None else [verdict(after, "its twin", against_twin), left_out(against_twin)]
    if since is not None:
        notes += [verdict(after, f"round {since.round.id}", since.against), left_out(since.against)]
    return [note for note in notes if note]


def _about_seeds(store: Store, now: RoundsOverview, subject: Subject) -> list[str]:
    """Return what the intervals cover, and what other seeds gave or how to train them."""
    measured = cached.measured_rounds(store, now)
    of_round = measured[subject.round.id]
    if of_round is None or not of_round.is_whole:
        return []
    found = over_seeds(now, subject.round, measured)
    then = (
        about_seeds(found)
        if found
        else f"\u201cMore seeds\u201d on the page of round {subject.round.id} shows how much that is."
    )
    return [f"{what_intervals_cover(of_round.split)} {then}"]


def _draw_twin(here: Here, now: RoundsOverview, subject: Subject) -> None:
    """Say how it is with a twin that is not ready, and offer to train one that is missing."""
    sentence = about_twin(subject)
    if not sentence:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="bought-twin"):
        st.caption(sentence)
        if subject.twin_state in ("missing", "ended"):
            seconds = twin_seconds(settings_of(subject.round), known=now.rounds, twins=list(now.twins.values()))
            label = f"Train the twin, {about(seconds)}"
            st.button(label, on_click=actions.train_twin, args=(here, subject.round.id))
