"""The Rounds page: start a round, what the marks bought, watch it, compare the figures, download the answers."""

import io

import streamlit as st

from annotator.exporting.answers import export_project, record_export
from annotator.pages import session, worth
from annotator.pages.frame import Here, heading, plain
from annotator.pages.rounds import actions, address, below, bought, one_round, settings
from annotator.project.attached import outside_in_words
from annotator.project.folders import vectors_of
from annotator.rounds.learning.rest import describe, rest_of_pool
from annotator.rounds.overview import RoundsOverview, rounds_overview
from annotator.rounds.promise import promise_with_twin
from annotator.rounds.repeats import about_repeated, find_repeated
from annotator.rounds.serving_wording import serve_label, waits_for_a_person
from annotator.rounds.settings import RoundSettings
from annotator.wording import counted
from db.store import Store


def render(here: Here) -> None:
    """Draw one round if the address names it, otherwise all of them."""
    named = st.query_params.get(address.ROUND)
    if named is not None:
        one_round.render(here, named, on_back=address.close)
        return
    with Store.open(here.path) as store:
        now = rounds_overview(store, actor=here.actor)
        _draw_head(here, store, now)
        _draw_trouble()
        _draw_failed(here, now)
        _draw_held_back(here, now)
        bought.draw(here, store, now)
    below.draw(here, now)
    worth.draw(here)
    _draw_export(here)


def _draw_head(here: Here, store: Store, now: RoundsOverview) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="rounds-head"):
        with st.container():
            heading("Rounds")
            summary = st.empty()
            rest = rest_of_pool(store, now.serving_round)
            if rest is not None:
                st.caption(describe(rest))
        chosen = settings.draw(here, now)
        st.button(f"Start round {now.next_id}", type="primary", on_click=actions.start, args=(here, chosen))
    repeated = find_repeated(store, chosen, known=now.rounds)
    counted = _counted(now) if repeated is None else f"{_answers(now)} {about_repeated(repeated)}"
    outside = outside_in_words(store)
    also = "" if outside is None else f" It also scores {outside}."
    summary.caption(f"{counted}  \n{_promised(here, now, chosen)}{also}" if now.answers.answers else counted)


def _promised(here: Here, now: RoundsOverview, chosen: RoundSettings) -> str:
    twins = list(now.twins.values())
    kept_in = vectors_of(here.path)
    return promise_with_twin(chosen, known=now.rounds, twins=twins, sentences=now.sentences, kept_in=kept_in)


def _counted(now: RoundsOverview) -> str:
    return _answers(now) if now.serving is None else f"{_answers(now)} {now.answers.new} new since round {now.serving}."


def _answers(now: RoundsOverview) -> str:
    answers = now.answers
    if not answers.answers:
        return "No answers yet."
    people = counted(answers.people, "person", "people")
    return f"{counted(answers.answers, 'answer')}, {answers.marked:,} with marked words, from {people}."


def _draw_trouble() -> None:
    trouble = session.take_round_trouble()
    if trouble:
        st.warning(plain(trouble))


def _draw_failed(here: Here, now: RoundsOverview) -> None:
    """Draw why the newest round failed, until another one is started."""
    newest = now.rounds[0] if now.rounds else None
    if newest is None or newest.state != "failed":
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="round-failed"):
        st.markdown(f":material/error: {plain(f'Round {newest.id} failed. {newest.error}')}")
        st.button("Show the log", on_click=address.name_round, args=(newest.name,))
        st.button("Start again", on_click=actions.start_like, args=(here, newest.id))


def _draw_held_back(here: Here, now: RoundsOverview) -> None:
    waits = waits_for_a_person(now)
    if waits is None:
        return
    shown, why = waits
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="round-held-back"):
        st.text(why)
        st.button(serve_label(shown), on_click=actions.serve, args=(here, shown.id))


def _draw_export(here: Here) -> None:
    def export() -> io.BytesIO:
        buffer = io.BytesIO()
        with Store.open(here.path) as store:
            written = export_project(store, buffer, actor=here.actor)
            record_export(store, here.actor, written=written, target="the browser")
        buffer.seek(0)
        return buffer

    st.download_button(
        "Download all answers",
        data=export,
        file_name=f"{here.path.stem}.jsonl",
        mime="application/jsonl",
        on_click="ignore",
        help="JSON lines: one sentence per line, with its tokens and all people's answers.",
    )
