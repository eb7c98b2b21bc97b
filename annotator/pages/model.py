"""The Model page: what the marks did, a sentence tried on the models of rounds, and the words they rely on."""

import streamlit as st

from annotator.pages import model_marks, model_sentences, model_try, model_words, session
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, heading, plain
from annotator.rounds.asking.trying import rounds_to_try
from annotator.wording import model_of
from db.learning.round_records import Round
from db.store import Store
from db.team import project

TITLE = "Model"


def render(here: Here) -> None:
    """Draw the sentences with one word if the address names it, otherwise the page."""
    word = st.query_params.get(model_words.WORD)
    if word is not None:
        model_sentences.draw(here, word, on_back=_close)
        return
    with Store.open(here.path) as store:
        known = rounds_to_try(store, actor=here.actor)
        serving = project.read(store).serving_round
    with st.container(key="model-head"):
        heading(TITLE)
        st.caption(plain(_summary(known, serving)))
    trouble = session.model_trouble.take()
    if trouble:
        st.warning(plain(trouble))
    model_marks.draw(here)
    model_try.draw(here, known, serving)
    model_words.draw(here, known, serving)


@guarded()
def _close() -> None:
    st.query_params.pop(model_words.WORD, None)


def _summary(known: list[Round], serving: int | None) -> str:
    serves = next((one for one in known if one.id == serving), None)
    if serves is not None:
        return (
            f"Round {serves.name} serves: {model_of(serves)}. Ask it about a sentence, and see the words it relies on."
        )
    return "Ask a round's model about a sentence, and see the words it relies on."
