"""Bring in a file through the page, and follow its import."""

from dataclasses import replace
from typing import Any, get_args

import streamlit as st

from annotator import session, uploads
from annotator.errors import Refused
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.registry import READERS
from annotator.importing import MOST_HELD_OUT, AnswerPolicy, Duplicates
from annotator.pages.frame import Here
from annotator.pages.upload_gate import open_gate
from annotator.reader import lines_of_text
from annotator.uploads import MOST_MEGABYTES, UploadSettings
from db.errors import StoreError
from db.records import Upload
from db.store import Store

POLL_S = 1.0

_ANSWERS: dict[AnswerPolicy, str] = {
    "held-out": "Those of dev and test: people answer the pool",
    "keep": "All of them, as answers of “gold”",
}
_DUPLICATES: dict[Duplicates, str] = {
    "keep": "Add them, to the split in which the text is",
    "skip": "Skip them, with their answers",
}
_STAGES = {
    "": "Waiting",
    "checking": "Checking the whole file; nothing is added yet",
    "adding": "Adding",
}
_TITLES = {"ready": "Imported", "refused": "Not imported", "failed": "Not imported", "cancelled": "Cancelled"}


@st.dialog("Import sentences", width="medium")
def draw_form(here: Here) -> None:
    """Ask for a file and how to read it, and start its import."""
    if here.ranks_as("researcher"):
        open_gate()
    file = st.file_uploader("A file", max_upload_size=MOST_MEGABYTES, label_visibility="collapsed")
    st.caption(
        "JSON lines, CSV or TSV with a header, or plain text; packed with gzip too. "
        "A larger file comes in with the command whylight import."
    )
    with st.expander("How to read it"):
        try:
            settings = _draw_settings()
        except Refused as refusal:
            st.text(str(refusal))
            return
    if not st.button("Import", type="primary", disabled=file is None, key="data-import-now") or file is None:
        return
    try:
        with Store.open(here.path) as store:
            if here.person is not None:
                uploads.start_upload(store, here.person, file.name, file.getbuffer(), settings)
    except (Refused, StoreError) as refusal:
        lines_of_text(str(refusal).splitlines(), key="data-refusal")
        return
    st.rerun()


def draw_standing(here: Here) -> None:
    """Draw the import at work, or what became of this person's last one, until it is dismissed."""
    if here.person is None:
        return
    with Store.open(here.path) as store:
        upload = uploads.to_show(store, here.person)
    if upload is None or upload.id <= session.dismissed_upload():
        return
    if upload.is_working:
        _draw_working(here, upload.id)
    else:
        _draw_ended(upload)


@st.fragment(run_every=POLL_S)
def _draw_working(here: Here, upload_id: int) -> None:
    with Store.open(here.path) as store:
        now = uploads.settle(store)
    if now is None or now.id != upload_id:
        st.rerun()
    with st.container(border=True, key="data-upload"):
        st.subheader("Importing", anchor=False)
        lines_of_text([now.file_name], key="data-file")
        st.progress(min(1.0, now.done / now.total) if now.total else 0.0, text=_how_far(now))
        if st.button("Cancel", key="data-upload-cancel"):
            _cancel(here, upload_id)
        if refusal := session.upload_refusal(upload_id):
            lines_of_text([refusal], key="data-not-cancelled")


def _cancel(here: Here, upload_id: int) -> None:
    if here.person is None:
        return
    try:
        with Store.open(here.path) as store:
            uploads.cancel(store, upload_id, actor=here.person)
    except (Refused, StoreError) as refusal:
        session.keep_upload_refusal(upload_id, str(refusal))
        return
    st.rerun()


def _how_far(now: Upload) -> str:
    if uploads.is_silent(now):
        return (
            f"Not answering for more than a minute, but its process lives (number {now.pid}): it may be stopped, "
            "or the machine busy. It may go on; Cancel ends it."
        )
    return f"{_STAGES[now.stage]}. It goes on when you leave this page."


def _draw_ended(upload: Upload) -> None:
    with st.container(border=True, key="data-upload"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(_TITLES[upload.state], anchor=False)
            st.button("Dismiss", type="tertiary", on_click=session.dismiss_upload, args=(upload.id,))
        lines_of_text([upload.file_name, *uploads.outcome(upload)], key="data-outcome")


def _draw_settings() -> UploadSettings:
    format_name = st.selectbox(
        "Format", list(READERS), index=None, placeholder="as the file's suffix says", key="data-format"
    )
    answers = st.radio("Answers that the file brings", get_args(AnswerPolicy), format_func=lambda each: _ANSWERS[each])
    hold_out = st.number_input(
        "Share to set aside for dev, and again for test, where no line says a split",
        min_value=0.0,
        max_value=MOST_HELD_OUT,
        value=0.1,
        step=0.05,
    )
    duplicates = st.radio(
        "New sentences with a text that the project has",
        get_args(Duplicates),
        format_func=lambda each: _DUPLICATES[each],
    )
    return UploadSettings(format_name, _draw_fields(), answers, hold_out, duplicates)


def _draw_fields() -> Fields:
    st.caption("The names of the fields, or of the columns:")
    names: dict[str, Any] = {}
    columns = st.columns(3)
    for place, (part, name) in enumerate(vars(DEFAULT_FIELDS).items()):
        with columns[place % 3]:
            names[part] = st.text_input(part, value=name, key=f"data-field-{part}") or name
    return replace(DEFAULT_FIELDS, **names)
