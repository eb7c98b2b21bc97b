"""The card of the Model page on which a sentence is tried, and a word of it changed."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from annotator.errors import Refused
from annotator.pages import session, widgets
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, plain
from annotator.pages.try_it import tried_sentence
from annotator.rounds.asking import trying
from annotator.rounds.asking.editing import LONGEST_TEXT
from annotator.rounds.asking.model_message import WordChange
from annotator.rounds.asking.suggesting import frequent_words
from annotator.rounds.asking.trial_drawing import drawn_trial, titled, unbroken_percent
from annotator.rounds.asking.trying import Trial
from annotator.rounds.asking.words import WordsReliedOn, words_of_round
from db.corpus import sentences
from db.errors import StoreError
from db.learning.round_records import Round
from db.store import Store

LOADING = "Loading the model (a few seconds)"
COUNTING = "Counting words"
_ALONE = "no other round"


def draw(here: Here, known: Sequence[Round], serving: int | None) -> None:
    """Draw the form, the sentence that is tried, and the earlier ones."""
    with st.container(border=True, key="model-try"):
        st.subheader("Try a sentence", anchor=False)
        if not known:
            st.caption("No round is ready yet, or their files were freed. Start a round on Rounds.")
            return
        _draw_form(here, known, serving)
        _ask_about_change(here)
        with Store.open(here.path) as store:
            rows = trying.list_tried(store, actor=here.actor)
        now = session.trial.get()
        if now is not None or rows:
            tried_sentence(
                None if now is None else _drawn(here, now),
                [_row(row) for row in rows],
                key=widgets.TRY,
                refusals=session.refused_changes.get(),
                on_act=_on_act(here),
            )


def _draw_form(here: Here, known: Sequence[Round], serving: int | None) -> None:
    by_id = {one.id: one for one in known}
    first = serving if serving in by_id else known[0].id
    with st.form("model-form", border=False):
        text = st.text_area("Sentence", placeholder="Type any sentence", height=80, max_chars=LONGEST_TEXT)
        query = st.text_input("Query", max_chars=LONGEST_TEXT) if _has_queries(here) else ""
        with st.container(horizontal=True, vertical_alignment="bottom", key="model-rounds"):
            ids = list(by_id)
            chosen = st.selectbox("Round", ids, index=ids.index(first), format_func=round_title)
            others = [None, *ids]
            twin = others.index(-first) if -first in by_id else 0
            other = st.selectbox("Compare with", others, index=twin, format_func=round_title)
            asks = st.form_submit_button("Try it", type="primary")
    if asks:
        with st.spinner(LOADING, show_time=True):
            _try(here, text, [one for one in dict.fromkeys([chosen, other]) if one is not None], query)


def round_title(round_id: int | None) -> str:
    """Return what a choice of rounds calls one of them, or none."""
    if round_id is None:
        return _ALONE
    return f"Round {round_id}" if round_id > 0 else f"Twin of round {-round_id}"


def _has_queries(here: Here) -> bool:
    """Return whether the project's sentences have queries: all have one, or none has."""
    with Store.open(here.path) as store:
        first = next(sentences.pages(store, size=1), [])
    return any(sentence.query is not None for sentence in first)


def _try(here: Here, text: str, round_ids: list[int], query: str) -> None:
    try:
        with Store.open(here.path) as store:
            session.trial.keep(trying.try_sentence(store, text, round_ids, query=query, actor=here.actor))
    except (Refused, StoreError) as refusal:
        st.warning(plain(str(refusal)))


def _ask_about_change(here: Here) -> None:
    """Ask about the changed word that the browser has just sent, if it has."""
    asked, now = session.asked_change.take(), session.trial.get()
    changed = None if asked is None or now is None else ask_about(here, now, asked)
    if changed is not None:
        session.trial.keep(changed)


def ask_about(here: Here, now: Trial, asked: WordChange) -> Trial | None:
    """Return the trial with this change of a word; None if it is refused, and draw why."""
    version = now.change.after if asked.version and now.change else now.before
    try:
        with st.spinner(LOADING, show_time=True), Store.open(here.path) as store:
            return trying.change_word(store, version.text, asked.place, asked.instead, now, actor=here.actor)
    except (Refused, StoreError) as refusal:
        session.refused_changes.keep(session.refused_changes.get() + 1)
        st.warning(plain(str(refusal)))
        return None


def _on_act(here: Here) -> Any:
    @guarded(session.model_trouble.keep)
    def on_act() -> None:
        message = widgets.model_message(widgets.TRY)
        if message.change is not None:
            session.asked_change.keep(message.change)
        if message.open_trial is not None or message.remove_trial is not None:
            _change_list(here, message.open_trial, message.remove_trial)

    return on_act


def _change_list(here: Here, to_open: int | None, to_remove: int | None) -> None:
    with Store.open(here.path) as store:
        if to_remove is not None:
            trying.remove_tried(store, to_remove, actor=here.actor)
        for trial in trying.list_tried(store, actor=here.actor):
            if trial.id == to_open:
                session.trial.keep(trial)


def _drawn(here: Here, now: Trial) -> dict[str, Any]:
    with Store.open(here.path) as store:
        words = words_of_round(store, actor=here.actor)
    return drawn_trial(now, [round_title(one) for one in now.rounds]) | {"suggested": suggested(words)}


def suggested(words: WordsReliedOn) -> list[dict[str, str]]:
    """Return each label with the word to put in the place of one that speaks for another label."""
    return [{"label": label, "word": word} for label, word in frequent_words(words).items()]


def _row(trial: Trial) -> dict[str, Any]:
    after = trial.before if trial.change is None else trial.change.after
    results = [
        {"model": round_title(one), "says": f"{scored.label} {unbroken_percent(scored.probability)}", "flip": flip}
        for one, scored, flip in zip(trial.rounds, after.scored, trial.flips, strict=True)
    ]
    return {"id": trial.id, "text": after.text, "title": titled(trial), "results": results}
