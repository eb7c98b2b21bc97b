"""What an import would add, or has added: the sentences and tables of its report."""

import streamlit as st

from annotator.importing import uploads
from annotator.importing.report_wording import label_rows, outcome, remarks
from annotator.pages import session
from annotator.pages.frame import Here
from annotator.pages.reader import lines_of_text, preview_list, table_of_text
from db import uploads as db_uploads
from db.records import Upload
from db.store import Store


def working(here: Here, upload_id: int) -> Upload | None:
    """Return the upload while a process is reading its file, otherwise None."""
    with Store.open(here.path) as store:
        now = uploads.settle(store)
    return now if now is not None and now.id == upload_id else None


def ended(here: Here, upload_id: int) -> Upload | None:
    """Return a dry run once it has ended; None before that, and if something else took its place."""
    with Store.open(here.path) as store:
        upload = db_uploads.read(store, upload_id)
    return None if upload is None or upload.is_working or upload.state == "cancelled" else upload


def draw_outcome(upload: Upload) -> None:
    """Draw what an import would do, and a button that keeps what it would leave out."""
    lines_of_text(outcome(upload), key="data-preview-outcome")
    if upload.report is not None and upload.report["answers_left_out"]:
        st.button("Keep them", key="data-keep-answers", on_click=session.keep_all_answers)


def draw_report(upload: Upload, *, key: str) -> None:
    """Draw the parts of a report other than its counts: remarks, labels, and a dry run's first sentences."""
    if upload.report is None:
        return
    if notes := remarks(upload.report):
        lines_of_text(["Please check", *notes], key=f"{key}-remarks")
    if labels := label_rows(upload.report):
        written = [(text, label, f"{count:,}") for text, label, count in labels]
        table_of_text(("Written", "Label", "Count"), written, key=f"{key}-labels")
    if first := upload.report.get("preview"):
        preview_list(first, key=f"{key}-first")
