"""An import that was started on the page: how far it is, what became of it, and the button that undoes it."""

from pathlib import Path

import streamlit as st

from annotator.errors import Refused
from annotator.importing import uploads
from annotator.importing.report_wording import outcome as said_of
from annotator.importing.undoing_wording import when_undone
from annotator.pages import session
from annotator.pages.data import preview
from annotator.pages.data.boxes import in_boxes
from annotator.pages.data.imports import draw_undo
from annotator.pages.edge import guarded
from annotator.pages.frame import Here
from annotator.pages.project import outcome
from annotator.pages.reader import lines_of_text
from db.corpus.uploads import Upload
from db.errors import StoreError
from db.store import Store

POLL_S = 1.0

_UNDOING = "undo import"
_STAGES = {
    "": "Waiting",
    "checking": "Checking the whole file; nothing is added yet",
    "adding": "Adding",
}
_TITLES = {"ready": "Imported", "refused": "Not imported", "failed": "Not imported", "cancelled": "Cancelled"}


def draw_upload(here: Here) -> None:
    """Draw the running import, or the outcome of this person's last one until it is dismissed."""
    if here.person is None:
        return
    with Store.open(here.path) as store:
        upload = uploads.latest_upload(store, here.person)
    if upload is None:
        return
    if upload.is_working:
        _draw_working(here, upload.id)
    else:
        _draw_ended(here, upload)


@st.fragment(run_every=POLL_S)
@guarded()
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
        if refusal := session.upload_refusal.get(upload_id):
            lines_of_text([refusal], key="data-not-cancelled")


def _cancel(here: Here, upload_id: int) -> None:
    if here.person is None:
        return
    try:
        with Store.open(here.path) as store:
            uploads.cancel(store, upload_id, actor=here.person)
    except (Refused, StoreError) as refusal:
        session.upload_refusal.keep(upload_id, str(refusal))
        return
    st.rerun()


def _how_far(now: Upload) -> str:
    if uploads.is_silent(now):
        return (
            f"No sign of life for more than a minute, but its process (number {now.pid}) still exists: it may be "
            "stopped, or the machine busy. It may resume; Cancel ends it."
        )
    return f"{_STAGES[now.stage]}. It continues when you leave this page."


def _draw_ended(here: Here, upload: Upload) -> None:
    undone = _undone(here, upload)
    with st.container(border=True, key="data-upload"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(_TITLES[upload.state] if undone is None else "Undone", anchor=False)
            st.button("Dismiss", type="tertiary", on_click=_dismiss, args=(here, upload.id))
        if undone is not None:
            lines_of_text([upload.file_name, undone], key="data-outcome")
        else:
            lines_of_text([upload.file_name, *in_boxes(said_of(upload))], key="data-outcome")
            preview.draw_report(upload, key="data-report")
            _draw_left_out(here, upload)
            if upload.state == "ready" and upload.import_id is not None:
                _draw_undo(here, upload.import_id)
        outcome.draw(_UNDOING)


def _draw_left_out(here: Here, upload: Upload) -> None:
    """Offer the rows that were left out because of a fault, as a file that can be corrected and imported."""
    with Store.open(here.path) as store:
        file = uploads.left_out_rows(store, upload.id, actor=here.actor)
    if file is not None:
        st.download_button(
            "Download the rows that were left out",
            data=file.read_bytes,
            file_name=f"{Path(upload.file_name).stem}-left-out.jsonl",
            mime="application/jsonl",
            on_click="ignore",
        )


def _draw_undo(here: Here, number: int) -> None:
    if session.asked_twice.get() == _UNDOING:
        st.caption("Its sentences and their answers leave the project, and what it changed is as before.")
    draw_undo(here, number, place=_UNDOING)


def _undone(here: Here, upload: Upload) -> str | None:
    """Return who undid the import of this upload, and when; None if it was not undone."""
    if upload.state != "ready" or upload.import_id is None:
        return None
    with Store.open(here.path) as store:
        return when_undone(store, upload.import_id, actor=here.actor)


@guarded()
def _dismiss(here: Here, upload_id: int) -> None:
    if here.person is not None:
        with Store.open(here.path) as store:
            uploads.dismiss(store, upload_id, here.person)
