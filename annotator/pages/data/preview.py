"""What an import would add, or has added: the sentences and tables of its report."""

from collections.abc import Callable

import streamlit as st

from annotator.importing import uploads
from annotator.importing.outcome_wording import brings_anything
from annotator.importing.report_wording import label_rows, outcome, remarks
from annotator.pages.data.boxes import in_boxes
from annotator.pages.frame import Here
from annotator.pages.reader import lines_of_text, preview_list, table_of_text
from db.corpus import uploads as db_uploads
from db.corpus.uploads import Upload
from db.store import Store


def read(here: Here, upload_id: int) -> Upload | None:
    """Return a dry run as it is now: at work, ended, or cancelled because something else took its place."""
    with Store.open(here.path) as store:
        uploads.settle(store)
        return db_uploads.read(store, upload_id)


def draw_outcome(upload: Upload, *, on_keep: Callable[[], None]) -> None:
    """Draw what an import would do, and a button that keeps what it would leave out."""
    lines_of_text(in_boxes(outcome(upload)), key="data-preview-outcome")
    if upload.report is not None and upload.report["answers_left_out"]:
        st.button("Keep them", key="data-keep-answers", on_click=on_keep)


def draw_report(upload: Upload, *, key: str) -> None:
    """Draw the parts of a report other than its counts."""
    draw_remarks(upload, key=key)
    draw_read(upload, key=key)


def draw_remarks(upload: Upload, *, key: str) -> None:
    """Draw what a person should check, because it was guessed, ignored or only kept."""
    if upload.report is not None and (notes := remarks(upload.report)):
        lines_of_text(["Please check", *in_boxes(notes)], key=f"{key}-remarks")


def draw_read(upload: Upload, *, key: str) -> None:
    """Draw what was read: the labels, and a dry run's first sentences."""
    if upload.report is None:
        return
    if labels := label_rows(upload.report):
        written = [(text, label, f"{count:,}") for text, label, count in labels]
        table_of_text(("Written", "Label", "Count"), written, key=f"{key}-labels")
    if (first := upload.report.get("preview")) and brings_anything(upload.report):
        preview_list(first, key=f"{key}-first")
