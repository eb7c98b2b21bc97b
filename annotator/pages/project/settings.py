"""The settings for collecting answers and for rounds: what is changed is shown as unsaved until it is saved."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from annotator.pages import session
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, plain
from annotator.pages.project import outcome
from annotator.project.settings import (
    LEASE_MINUTES,
    MOST_ANSWERS,
    MOST_OVERLAP,
    SettingsChange,
    agreement_sample,
    change_settings,
)
from db.records import SALIENCY_MODES, SERVING_RULES, Project
from db.store import Store
from db.team import project

_PLACE = "settings"
_MODES = {
    "blind first": "Blind first: after the person's own first mark",
    "always": "Always: from the start",
    "never": "Never: nothing from the model is sent",
}
_SERVING = {
    "always": "Always",
    "ask": "Unless it is worse on dev than the one that serves",
    "never": "Never: a researcher chooses",
}
_NAMES = {
    "saliency_mode": "When annotators see where the model looks",
    "overlap": "People who answer a shared sentence",
    "overlap_share": "Shared sentences, % of all",
    "lease_minutes": "Minutes a sentence is reserved",
    "serving": "A new round serves by itself",
    "round_every": "Start a round after this many new answers (0: never)",
}


@st.fragment
@guarded()
def draw(here: Here) -> None:
    """Draw the settings, what is unsaved, and the buttons to save or discard it."""
    with Store.open(here.path) as store:
        now = project.read(store)
        shared, every = agreement_sample(store)
    stored = vars(_of(now))
    with st.container(border=True, key="project-settings"):
        st.header("Settings", anchor=False)
        chosen = _draw_fields(stored, f"{shared:,} of {every:,} sentences now need answers from more than one person.")
        different = {name: value for name, value in chosen.items() if value != stored[name]}
        if different:
            st.caption("**● Unsaved:** " + plain("; ".join(_change(name, stored, chosen) for name in different)))
        with st.container(horizontal=True, vertical_alignment="center"):
            # Never disabled: a click on it also ends the typing that makes a difference.
            saves = st.button("Save settings", type="primary")
            if different:
                st.button("Discard", on_click=_discard)
            outcome.draw(_PLACE)
    if saves:
        change = SettingsChange(**different)
        outcome.act(
            here, _PLACE, lambda store: change_settings(store, change, actor=here.actor), lambda _: _saved(different)
        )
        st.rerun()


def _draw_fields(stored: dict[str, Any], counted: str) -> dict[str, Any]:
    """Draw the fields and return what they hold; a field starts again when what is stored, or discarded, changes."""

    def field(name: str, draw: Callable[..., Any], *args: Any, **options: Any) -> Any:
        key = f"setting {name} {stored[name]} {session.refused_choices.get()}"
        return draw(_NAMES[name], *args, key=key, **options)

    chosen: dict[str, Any] = {
        "saliency_mode": field("saliency_mode", st.selectbox, **_options(stored, "saliency_mode"))
    }
    left, middle, right = st.columns(3)
    chosen["overlap"] = int(field("overlap", left.number_input, 1, MOST_OVERLAP, stored["overlap"]))
    share = stored["overlap_share"]
    percent = field("overlap_share", middle.number_input, 0, 100, round(100 * share))
    chosen["overlap_share"] = share if percent == round(100 * share) else percent / 100
    bounds = LEASE_MINUTES[0], LEASE_MINUTES[-1]
    chosen["lease_minutes"] = int(field("lease_minutes", right.number_input, *bounds, stored["lease_minutes"]))
    st.caption(
        f"{counted} Which sentences are shared is drawn by their ids, independently of the model. Asking for more "
        "people adds places; asking for fewer removes none that exist. A sentence is reserved for the one whose page "
        "has loaded it; after that, someone else can get it."
    )
    left, right = st.columns(2)
    chosen["serving"] = field("serving", left.selectbox, **_options(stored, "serving"))
    every = field("round_every", right.number_input, 0, MOST_ANSWERS, stored["round_every"])
    return chosen | {"round_every": int(every)}


def _options(stored: dict[str, Any], name: str) -> dict[str, Any]:
    options, in_words = (SALIENCY_MODES, _MODES) if name == "saliency_mode" else (SERVING_RULES, _SERVING)
    return {
        "options": list(options),
        "index": list(options).index(stored[name]),
        "format_func": in_words.__getitem__,
    }


def _of(now: Project) -> SettingsChange:
    return SettingsChange(
        overlap=now.overlap,
        overlap_share=now.overlap_share,
        saliency_mode=now.saliency_mode,
        lease_minutes=now.lease_minutes,
        serving=now.serving,
        round_every=now.round_every or 0,
    )


def _change(name: str, stored: dict[str, Any], chosen: dict[str, Any]) -> str:
    """Return a change as `Minutes a sentence is reserved: 15 → 20`."""

    def in_words(value: Any) -> str:
        return f"{100 * value:.0f}" if name == "overlap_share" else str(value)

    return f"{_NAMES[name]}: {in_words(stored[name])} → {in_words(chosen[name])}"


def _saved(different: dict[str, Any]) -> str:
    return "Saved." if different else "Nothing was changed, so there was nothing to save."


def _discard() -> None:
    session.refused_choices.keep(session.refused_choices.get() + 1)
