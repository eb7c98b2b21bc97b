"""The card of the Model page with what the marks did: one sentence as the round that serves and its twin read it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from annotator.pages import frame, session, widgets
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, plain
from annotator.pages.model_try import COUNTING, ask_about, suggested
from annotator.pages.try_it import tried_sentence
from annotator.rounds.asking import scorer
from annotator.rounds.asking.scorer_messages import Sentence
from annotator.rounds.asking.suggesting import giveaway_of_another
from annotator.rounds.asking.trial_drawing import People, drawn_trial, offered_change
from annotator.rounds.asking.trying import Trial
from annotator.rounds.asking.words import WordsReliedOn, words_of_round
from annotator.rounds.measuring.comparing import RoundComparison
from annotator.rounds.measuring.telling import (
    Telling,
    about_change,
    about_marks,
    about_telling,
    compare_with_twin,
    key_of_telling,
    list_telling,
    trial_of,
)
from db.store import Store

_NAMES = ("Without the marks", "With the marks")
"""What the card calls the twin and the round."""


def draw(here: Here) -> None:
    """Draw the card; nothing without a round that serves and a twin of it that were judged on the same sentences."""
    with Store.open(here.path) as store:
        compared = compare_with_twin(store, actor=here.actor)
        if compared is None:
            return
        found = _telling(store, compared, here, key_of_telling(store, compared, actor=here.actor))
    with st.container(border=True, key="model-marks"):
        st.subheader("What the marks do", anchor=False)
        st.text(about_marks(compared))
        if found:
            position = session.telling_position.get(_subject(compared)) % len(found)
            _draw_sentence(here, compared, found[position])
        _draw_ways_on(compared, len(found))


@st.cache_data(ttl="1m", max_entries=4, show_spinner=False)
def _telling(_store: Store, _compared: RoundComparison, _here: Here, key: str) -> list[Telling]:
    """Return the sentences, found once a minute for the same rounds, texts and answers, as *Compare* reads its own."""
    return list_telling(_store, _compared, actor=_here.actor)


def _draw_sentence(here: Here, compared: RoundComparison, telling: Telling) -> None:
    st.caption(plain(about_telling(telling, compared)))
    now, sentence = _trial(here, compared, telling), telling.sentence
    with st.spinner(COUNTING, show_time=True), Store.open(here.path) as store:
        words = words_of_round(store, actor=here.actor)
    people = People(sentence.gold, sentence.marks or "") if now.before.text == sentence.text else None
    drawn = drawn_trial(now, _NAMES, people=people, note=about_change(now))
    offer = _offer(telling, words) if telling.misleads and now.change is None else None
    more = {"suggested": suggested(words), "offer": offer}
    refusals = session.refused_changes.get()
    tried_sentence(drawn | more, [], key=widgets.TELLING, refusals=refusals, on_act=_on_act())
    if offer is not None:
        _load_ahead(here, compared, sentence.tokens)


def _load_ahead(here: Here, compared: RoundComparison, tokens: Sequence[str]) -> None:
    """Load the models while the person reads, once in a session: the first changed word then takes no seconds."""
    if session.loaded_ahead.get(_subject(compared)):
        return
    session.loaded_ahead.keep(_subject(compared), True)
    with Store.open(here.path) as store:
        scorer.load_ahead(store, _subject(compared), Sentence(tuple(tokens)), actor=here.actor)


def _trial(here: Here, compared: RoundComparison, telling: Telling) -> Trial:
    """Return the sentence with the change that the browser has just asked for, or the one before it, if any."""
    subject = (*_subject(compared), telling.sentence.id)
    now = session.changed_telling.get(subject) or trial_of(telling, compared)
    asked = session.asked_about_telling.take()
    changed = None if asked is None else ask_about(here, now, asked)
    if changed is None:
        return now
    session.changed_telling.keep(subject, changed)
    return changed


def _offer(telling: Telling, words: WordsReliedOn) -> dict[str, Any]:
    """Return the change to try first: in the place of the word that misleads, one that misleads to another label."""
    instead = giveaway_of_another(words, telling.sentence.before.label, like=telling.word)
    return offered_change(telling.place, telling.word, instead)


def _draw_ways_on(compared: RoundComparison, sentences: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="model-marks-on"):
        if sentences > 1:
            position = session.telling_position.get(_subject(compared))
            turn = session.telling_position.keep
            st.button("Another sentence", on_click=turn, args=(_subject(compared), (position + 1) % sentences))
        frame.link("Annotate", "Mark some yourself")
        frame.link(
            "Compare",
            "The sentence" if compared.figures.sentences == 1 else f"All {compared.figures.sentences:,} sentences",
        )


def _subject(compared: RoundComparison) -> tuple[int, int]:
    return compared.before.id, compared.after.id


def _on_act() -> Any:
    @guarded(session.model_trouble.keep)
    def on_act() -> None:
        session.asked_about_telling.keep(widgets.model_message(widgets.TELLING).change)

    return on_act
