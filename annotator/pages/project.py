"""The Project page: the guidelines for annotators, and the settings for collecting answers."""

import streamlit as st

from annotator.errors import Refused
from annotator.pages import session, word_rules
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, plain
from annotator.project import guidelines
from annotator.project.permissions import check_may_act
from annotator.project.settings import (
    LEASE_MINUTES,
    MOST_ANSWERS,
    MOST_OVERLAP,
    SettingsChange,
    agreement_sample,
    change_settings,
)
from annotator.wording import clock
from db import guidelines as db_guidelines
from db import people, project
from db.errors import StoreError
from db.records import SALIENCY_MODES, SERVING_RULES, Project
from db.store import Store

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


def render(here: Here) -> None:
    """Draw the guidelines and the settings."""
    notice = session.notice.take()
    with st.container(key="project-head"):
        st.header("Project", anchor=False)
        st.caption(plain(notice) or "Guidelines for annotators, and settings for collecting answers.")
    _draw_guidelines(here)
    _draw_settings(here)
    word_rules.draw(here)


def _draw_guidelines(here: Here) -> None:
    with Store.open(here.path) as store:
        check_may_act(store, here.actor, least="researcher")
        versions = db_guidelines.all_of(store)
        names = {person.id: person.name for person in people.all_of(store)}
    now = versions[0] if versions else None
    with st.container(border=True, key="project-guidelines"):
        st.subheader("Guidelines", anchor=False)
        st.caption(
            "Annotators read them next to the sentence. All versions are kept; answers name the one that was open."
        )
        write, read = st.columns(2, gap="medium")
        with write:
            text = st.text_area(
                "Markdown", value=now.text if now else "", height=320, placeholder="What to mark, and what not to mark"
            )
            st.button("Save as a new version", type="primary", on_click=_write, args=(here, text))
        with read:
            st.caption("As annotators see it")
            st.html(f"<div class='guidelines-preview' dir='auto'>{guidelines.guidelines_html(text)}</div>")
    if versions:
        with st.expander(f"Versions ({len(versions)})"):
            for version in versions:
                author = names.get(version.person_id or 0, "command line")
                st.caption(f"Version {version.version}, {clock(version.created_ms)}, {plain(author)}")
                st.code(version.text or "(none)", language="markdown", wrap_lines=True)


def _draw_settings(here: Here) -> None:
    with Store.open(here.path) as store:
        now = project.read(store)
        shared, every = agreement_sample(store)
    with st.form("project-settings"):
        st.subheader("Settings", anchor=False)
        change = _settings_form(now)
        st.caption(f"{shared:,} of {every:,} sentences now need answers from more than one person.")
        submitted = st.form_submit_button("Save settings", type="primary")
    if submitted:
        _change(here, change)
        st.rerun()


def _settings_form(now: Project) -> SettingsChange:
    mode = st.selectbox(
        "When annotators see where the model looks",
        list(SALIENCY_MODES),
        index=SALIENCY_MODES.index(now.saliency_mode),
        format_func=_MODES.__getitem__,
    )
    left, middle, right = st.columns(3)
    overlap = left.number_input("People per sentence of the agreement sample", 1, MOST_OVERLAP, now.overlap)
    percent = middle.number_input("Agreement sample, % of the sentences", 0, 100, round(100 * now.overlap_share))
    lease = right.number_input("Lease, in minutes", LEASE_MINUTES[0], LEASE_MINUTES[-1], now.lease_minutes)
    st.caption(
        "The sample is drawn by sentence id, independently of the model. Asking for more people adds places; asking "
        "for fewer removes none that exist. A lease reserves a sentence for the person who has it loaded ahead."
    )
    left, right = st.columns(2)
    serving = left.selectbox(
        "A new round serves by itself",
        list(SERVING_RULES),
        index=SERVING_RULES.index(now.serving),
        format_func=_SERVING.__getitem__,
    )
    every = right.number_input(
        "Start a round after so many new answers (0: never)", 0, MOST_ANSWERS, now.round_every or 0
    )
    return SettingsChange(
        overlap=int(overlap),
        overlap_share=percent / 100,
        saliency_mode=mode,
        lease_minutes=int(lease),
        serving=serving,
        round_every=int(every),
    )


@guarded(session.notice.keep)
def _write(here: Here, text: str) -> None:
    try:
        with Store.open(here.path) as store:
            written = guidelines.write_guidelines(store, text, actor=here.actor)
    except (Refused, StoreError) as error:
        session.notice.keep(str(error))
    else:
        session.notice.keep(f"Saved version {written.version} of the guidelines.")


def _change(here: Here, change: SettingsChange) -> None:
    try:
        with Store.open(here.path) as store:
            change_settings(store, change, actor=here.actor)
    except (Refused, StoreError) as error:
        session.notice.keep(str(error))
    else:
        session.notice.keep("Settings saved.")
