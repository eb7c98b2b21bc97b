"""The Rounds page: start a round, watch it, compare the figures, download the answers."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from annotator.errors import Refused
from annotator.exporting import export_project, record_export
from annotator.pages import round_charts, session, waiting, worth
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, plain
from annotator.project.folders import vectors_of
from annotator.rounds.promise import promise
from annotator.rounds.rest import RestOfPool, describe, rest_of_pool
from annotator.rounds.settings import RoundSettings, resolve
from annotator.rounds.start import (
    RoundsOverview,
    all_rounds,
    cancel_round,
    is_silent,
    rounds_overview,
    start_round,
)
from annotator.wording import (
    clock,
    headline,
    marked_and_unmarked,
    model_of,
    number,
    precision_of_view,
    round_notes,
    straddling_notes,
)
from db.annotations import count_answers_after
from db.errors import StoreError
from db.records import WORKING_STATES, ProgressRow, Round
from db.rounds import progress as progress_of
from db.store import Store
from learner import registry
from learner.acquisition_names import about as about_acquisition
from learner.acquisition_names import offered
from learner.config import STATIC
from learner.encoders.choosing import AUTO, MINILM, choose_encoder
from learner.loss_names import RECOMMENDED
from learner.model_names import FINE_TUNED, KNOWN, losses_for

POLL_S = 2.0

_ENCODERS = {
    MINILM: "Reads each word in its sentence, and knows English before the first answer.",
    STATIC: "One vector for each word, trained with the model.",
}
_PHASES = {"queued": "Starting", "evaluating": "Measuring on dev and test", "scoring": "Scoring the pool"}


def render(here: Here) -> None:
    """Draw the page."""
    with Store.open(here.path) as store:
        now = rounds_overview(store, actor=here.actor)
        rest = rest_of_pool(store, now.serving_round)
    _draw_head(here, now, rest)
    trouble = session.take_round_trouble()
    if trouble:
        st.warning(plain(trouble))
    if now.working is not None:
        _draw_working(here, now.working.id)
    _draw_figures(now)
    _draw_table(now)
    worth.draw(here)
    _draw_export(here)


def _draw_head(here: Here, now: RoundsOverview, rest: RestOfPool | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="rounds-head"):
        with st.container():
            st.header("Rounds", anchor=False)
            st.caption(_counted(now))
            if rest is not None:
                st.caption(describe(rest))
        with st.popover("Settings", disabled=now.working is not None):
            settings = _settings(here, now)
        next_round = now.rounds[0].id + 1 if now.rounds else 1
        st.button(
            f"Start round {next_round}",
            type="primary",
            disabled=now.working is not None,
            on_click=_start,
            args=(here, settings),
        )


def _counted(now: RoundsOverview) -> str:
    answers = now.answers
    people = f"{answers.people} {'person' if answers.people == 1 else 'people'}"
    counted = f"{answers.answers} answers, {answers.marked} with marked words, from {people}."
    return counted if now.serving is None else f"{counted} {answers.new} new since round {now.serving}."


def _settings(here: Here, now: RoundsOverview) -> RoundSettings:
    encoder = st.selectbox("Encoder (what reads the words)", _encoders(now.rounds), format_func=_file_name)
    fitting = resolve(RoundSettings(encoder=encoder), has_queries=False)
    st.caption(_ENCODERS.get(encoder, "Reads each word in its sentence."))
    vectors = AUTO
    if encoder == STATIC:
        vectors = st.selectbox(
            "Word vectors", [AUTO, "glove-50d", "random"], help="auto: glove-50d if it is installed, otherwise random"
        )
    models = [name for name in registry.names("model") if encoder != STATIC or name != FINE_TUNED]
    model = st.selectbox("Model", [AUTO, *models])
    trained = fitting.model if model == AUTO else model
    chosen = replace(fitting, model=trained)
    told = promise(chosen, known=now.rounds, sentences=now.sentences, kept_in=vectors_of(here.path))
    st.caption(f"{_about_model(trained, by_sentences=model == AUTO and encoder == STATIC)} {told}")
    loss = st.selectbox("Saliency loss (what the marks teach)", losses_for(trained))
    st.caption(_sentence(RECOMMENDED[loss]))
    weight = st.number_input(
        "λ, the weight of the marks", min_value=0.0, value=None, placeholder="the loss's default", step=0.1
    )
    acquisition = st.selectbox("Next sentences (what the round looks for)", offered(now.labels))
    st.caption(about_acquisition(acquisition))
    seed = st.number_input("Seed", min_value=0, value=0, step=1)
    return RoundSettings(
        loss=loss,
        weight=weight,
        encoder=encoder,
        model=model,
        vectors=vectors,
        acquisition=acquisition,
        seed=int(seed),
    )


def _encoders(known: Sequence[Round]) -> list[str]:
    """Return the encoders to choose from, the default first.

    A directory is named by a command once; from then on the page offers it. No one makes the server look for
    files from a browser.
    """
    named = [str(one.config["encoder"]) for one in known if one.state == "ready" and "encoder" in one.config]
    return list(dict.fromkeys([choose_encoder(AUTO), STATIC, *named]))


def _file_name(encoder: str) -> str:
    return Path(encoder).name


def _about_model(name: str, *, by_sentences: bool) -> str:
    if name not in KNOWN:
        return "A model of another package."
    about = f"{name}: {KNOWN[name].described}."
    return f"{about} Where the sentences have a query, cloze: {KNOWN['cloze'].described}." if by_sentences else about


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


@guarded(session.round_trouble.keep)
def _start(here: Here, settings: RoundSettings) -> None:
    """Start a round on all answers, including those that this browser sent with the click; warn once of unsent ones."""
    waiting.take_sent(here)
    left = session.left_in_browser.get()
    if left and not session.was_warned_of(left):
        session.round_trouble.keep(_unsent(left))
        return
    try:
        with Store.open(here.path) as store:
            start_round(store, actor=here.actor, settings=settings)
    except (Refused, StoreError) as refusal:
        session.round_trouble.keep(str(refusal))


def _unsent(left: int) -> str:
    are, they = ("answer of yours is", "it is") if left == 1 else ("answers of yours are", "they are")
    return (
        f"{left} {are} still in this browser, and the round would miss {'it' if left == 1 else 'them'}. Start the "
        f"round again once {they} stored; a second click now starts it without {'it' if left == 1 else 'them'}."
    )


@guarded(session.round_trouble.keep)
def _cancel(here: Here, round_id: int) -> None:
    try:
        with Store.open(here.path) as store:
            cancel_round(store, round_id, actor=here.actor)
    except (Refused, StoreError) as refusal:
        session.round_trouble.keep(str(refusal))


@st.fragment(run_every=POLL_S)
@guarded()
def _draw_working(here: Here, round_id: int) -> None:
    with Store.open(here.path) as store:
        now = next(found for found in all_rounds(store, actor=here.actor) if found.id == round_id)
        progress = progress_of(store, round_id)
        late = count_answers_after(store, now.last_annotation or 0)
    if now.state not in WORKING_STATES:
        st.rerun()
    with st.container(border=True, key="round-working"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(f"Round {round_id} is {_phase(now, progress)}", anchor=False)
            st.button("Cancel", on_click=_cancel, args=(here, round_id), disabled=now.cancel_requested)
        st.progress(_done(progress), text=_how_far(now, progress))
        if late:
            have, them = ("answer has", "it") if late == 1 else ("answers have", "them")
            st.caption(f"{late} {have} arrived since it began; the next round learns from {them}.")
        chart = round_charts.losses_by_step(progress)
        if chart is not None:
            st.altair_chart(chart, width="stretch")


def _done(progress: Sequence[ProgressRow]) -> float:
    return min(1.0, progress[-1].step / progress[-1].steps_total) if progress else 0.0


def _phase(now: Round, progress: Sequence[ProgressRow]) -> str:
    """Return the round's state; a round that is training may still read the sentences first."""
    return "reading" if now.state == "training" and progress and progress[-1].note else now.state


def _how_far(now: Round, progress: Sequence[ProgressRow]) -> str:
    settings = f"{model_of(now)} · {now.config.get('loss') or '–'} · seed {now.seed}"
    settings += f" · {now.device}" if now.device else ""
    if is_silent(now):
        return f"Its process has shown no sign of life for a while and may be stopped; Cancel ends it · {settings}"
    if now.cancel_requested:
        return f"Stopping · {settings}"
    if now.state in _PHASES or not progress:
        return f"{_PHASES.get(now.state, 'Starting')} · {settings}"
    last = progress[-1]
    return f"{last.note or f'Step {last.step} of {last.steps_total}'} · {settings}"


def _draw_figures(now: RoundsOverview) -> None:
    chart = round_charts.figures_by_round(now.rounds)
    if chart is None:
        return
    with st.container(border=True, key="round-figures"):
        st.subheader("What the rounds learned", anchor=False)
        st.altair_chart(chart, width="stretch")
        st.caption(
            "Saliency accuracy is the share of marked words that the model counts for their label. "
            "Read it together with the share of unmarked words that the model counts too."
        )


def _draw_table(now: RoundsOverview) -> None:
    with st.container(border=True, key="round-table"):
        st.subheader("All rounds", anchor=False)
        if not now.rounds:
            st.caption("No rounds yet. Answer sentences with at least two different labels, then start the first.")
            return
        st.table(
            pd.DataFrame([_row(shown, serving=now.serving) for shown in now.rounds]),
            border="horizontal",
            hide_index=True,
        )
        for shown in now.rounds:
            in_full = shown.id == now.serving or shown.freed_ms is not None
            for note in [shown.error] if shown.error else round_notes(shown) if in_full else straddling_notes(shown):
                st.caption(plain(f"Round {shown.id}: {note}"))


def _state(shown: Round, serving: int | None) -> str:
    state = "serving" if shown.id == serving else shown.state
    return state if shown.freed_ms is None else f"{state}, checkpoint freed"


def _row(shown: Round, *, serving: int | None) -> dict[str, Any]:
    split, figures = headline(shown)
    return {
        "round": f"{shown.id} · {_state(shown, serving)}",
        "F1": number(figures.get("f1")),
        "accuracy": number(figures.get("accuracy")),
        "saliency on marked / unmarked": marked_and_unmarked(figures),
        "AP": precision_of_view(figures),
        "on": split or "–",
        "model": plain(model_of(shown)),
        "loss": plain(str(shown.config.get("loss") or "–")),
        "answers": number(shown.training_set.get("answers"), 0),
        "marked": number(shown.training_set.get("marked"), 0),
        "started": clock(shown.created_ms, short=True),
    }


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
