"""The settings of the next round, in a popover: what people choose often first, the rest under Advanced."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from annotator.pages.frame import Here
from annotator.project.folders import vectors_of
from annotator.rounds.loss_wording import meaning_of_loss, name_of_loss
from annotator.rounds.overview import RoundsOverview
from annotator.rounds.promise import promise, twin_seconds
from annotator.rounds.settings import RoundSettings, can_have_twin, resolve
from annotator.wording import about
from db.learning.round_records import Round
from learner import registry
from learner.acquisition_names import about as about_acquisition
from learner.acquisition_names import offered
from learner.config import STATIC
from learner.encoders.choosing import AUTO, MINILM, choose_encoder
from learner.model_names import KNOWN, losses_for, trains_encoder

_ENCODERS = {
    MINILM: "Reads each word in its sentence, and knows English before the first answer.",
    STATIC: "One vector for each word, trained with the model.",
}
_DEVICES = ("auto", "cpu", "cuda")


def draw(here: Here, now: RoundsOverview) -> RoundSettings:
    """Draw the popover and return what was chosen."""
    with st.popover("Settings", key="round-settings"), st.container(key="next-round"):
        reader = _draw_reader(here, now)
        taught = _draw_loss(reader, now)
        with st.expander("Advanced"):
            chosen = _draw_advanced(taught, now)
    return chosen


def _draw_reader(here: Here, now: RoundsOverview) -> RoundSettings:
    encoder = st.selectbox("Encoder (what reads the words)", _encoders(now.rounds), format_func=_file_name)
    fitting = resolve(RoundSettings(encoder=encoder), has_queries=False)
    st.caption(_ENCODERS.get(encoder, "Reads each word in its sentence."))
    vectors = AUTO
    if encoder == STATIC:
        vectors = st.selectbox(
            "Word vectors", [AUTO, "glove-50d", "random"], help="auto: glove-50d if it is installed, otherwise random"
        )
    models = [name for name in registry.names("model") if encoder != STATIC or not trains_encoder(name)]
    model = st.selectbox("Model", [AUTO, *models])
    trained = fitting.model if model == AUTO else model
    wanted = replace(fitting, model=trained)
    length = promise(wanted, known=now.rounds, sentences=now.sentences, kept_in=vectors_of(here.path))
    st.caption(f"{_about_model(trained, by_sentences=model == AUTO and encoder == STATIC)} {length}")
    return RoundSettings(encoder=encoder, model=model, vectors=vectors)


def _draw_loss(reader: RoundSettings, now: RoundsOverview) -> RoundSettings:
    trained = resolve(reader, has_queries=False).model
    losses = losses_for(trained)
    loss = st.radio(
        "What it learns from",
        losses,
        format_func=lambda name: _capitalised(name_of_loss(name, model=trained)),
        captions=[meaning_of_loss(name) for name in losses],
    )
    weight = st.number_input(
        "λ, the weight of the marks", min_value=0.0, value=None, placeholder="the loss's default", step=0.1
    )
    chosen = replace(reader, loss=loss, weight=weight)
    resolved = resolve(chosen, has_queries=False)
    differs = can_have_twin(resolved)
    twin = st.checkbox(
        f"Train the twin as well ({about(twin_seconds(resolved, known=now.rounds, twins=list(now.twins.values())))})",
        value=True,
        disabled=not differs,
        help="The same round without the marks, trained once this one is ready. It shows what the marks bought.",
    )
    return replace(chosen, twin=twin and differs)


def _draw_advanced(taught: RoundSettings, now: RoundsOverview) -> RoundSettings:
    names = offered(now.labels)
    acquisition = st.selectbox("Next sentences (the acquisition)", names)
    st.caption(about_acquisition(acquisition))
    share = st.slider(
        "Random share of the queue",
        min_value=0.0,
        max_value=1.0,
        value=taught.random_share,
        step=0.05,
        help="Drawn at random whatever the model says: what estimates accuracy without bias.",
    )
    steps = st.number_input("Most steps", min_value=1, value=None, placeholder="as many as fit the answers", step=50)
    device = st.selectbox("Device", _DEVICES, help="auto: a GPU if there is one, otherwise the CPU")
    seed = st.number_input("Seed", min_value=0, value=0, step=1)
    return replace(taught, acquisition=acquisition, random_share=share, steps=steps, device=device, seed=int(seed))


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
    about_it = f"{name}: {KNOWN[name].described}."
    if not by_sentences:
        return about_it
    return f"{about_it} Where the sentences have a query, cloze: {KNOWN['cloze'].described}."


def _capitalised(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
