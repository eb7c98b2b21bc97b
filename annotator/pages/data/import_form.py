"""Import a file through the page, and follow its import."""

import time
from dataclasses import replace

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from annotator.errors import Refused
from annotator.formats.fields import DEFAULT_FIELDS
from annotator.importing import uploads
from annotator.importing.upload_settings import MOST_MEGABYTES, UploadSettings
from annotator.pages import session
from annotator.pages.data import first_rows, import_options, preview
from annotator.pages.edge import guarded
from annotator.pages.frame import Here
from annotator.pages.guard.upload_gate import open_gate
from annotator.pages.reader import lines_of_text
from db.errors import StoreError
from db.records import Upload
from db.store import Store

PREVIEW_POLL_S = 0.2


@st.dialog("Import sentences", width="medium")
@guarded()
def draw_form(here: Here) -> None:
    """Ask for a file and how to read it, show what would become of it, and start its import."""
    if here.ranks_as("researcher"):
        open_gate()
    file = st.file_uploader("A file", max_upload_size=MOST_MEGABYTES, label_visibility="collapsed")
    st.caption(
        "JSON lines, tables (CSV, TSV, Excel, Parquet), plain text, or what Label Studio, doccano or Prodigy exported. "
        "Import a larger file with the command whylight import. Nothing is added before you press Import."
    )
    try:
        settings = _draw_settings(file)
    except Refused as refusal:
        lines_of_text(str(refusal).splitlines(), key="data-refusal")
        return
    _draw_outcome(here, file, settings)


def _draw_settings(file: UploadedFile | None) -> UploadSettings:
    """Draw the file's first rows as they are read, what holds what, and the options that are rarely needed."""
    beginning = st.container()
    with st.expander("How to read it"):
        format_name, layout = import_options.draw_writing()
    look = None if file is None else first_rows.look_at(file, format_name, layout)
    with beginning:
        fields = DEFAULT_FIELDS if file is None or look is None else first_rows.draw(file, look)
    with st.expander("Marks, people and labels"):
        meaning = import_options.draw_meaning(() if look is None else look.columns)
    with st.expander("What is taken from it"):
        taking = import_options.draw_taking()
    spares = st.checkbox("Leave out rows with a fault", key="data-spares-rows")
    marks = {name: meaning.pop(name) for name in ("align", "span_names")}
    return UploadSettings(
        format_name, replace(fields, **marks), layout=layout, leave_out_faulty=spares, **meaning, **taking
    )


def _draw_outcome(here: Here, file: UploadedFile | None, settings: UploadSettings) -> None:
    """Draw what an import would do, once a dry run has read the whole file, and the button that imports."""
    summary, place = st.container(), st.empty()
    tried = None if file is None else _ended_dry_run(here, file, settings)
    imports = _draw_button(place, may_import=file is not None and not _is_refused(tried))
    if file is None:
        return
    if imports:
        if _start(here, file, settings) is not None:
            st.rerun()
        return
    with summary:
        tried = tried or _dry_run(here, file, settings)
        if tried is None:
            return
        preview.draw_outcome(tried)
    if _is_refused(tried):
        _draw_button(place, may_import=False)
    preview.draw_report(tried, key="data-preview")


def _draw_button(place: "st.delta_generator.DeltaGenerator", *, may_import: bool) -> bool:
    """Draw the button that imports; a file that cannot be imported keeps it closed, so that the form stays."""
    key = "data-import-now" if may_import else "data-import-closed"
    return bool(place.button("Import", type="primary", disabled=not may_import, key=key))


def _is_refused(tried: Upload | None) -> bool:
    return tried is not None and tried.state != "ready"


def _ended_dry_run(here: Here, file: UploadedFile, settings: UploadSettings) -> Upload | None:
    """Return the dry run of the file with these settings, if there is one and it has ended."""
    known = session.dry_run.get(_subject(file, settings))
    return None if known is None else preview.ended(here, known)


def _dry_run(here: Here, file: UploadedFile, settings: UploadSettings) -> Upload | None:
    """Read the whole file with these settings, unless that was begun before, and return the dry run if it has ended."""
    if session.dry_run.get(_subject(file, settings)) is None:
        started = _start(here, file, replace(settings, dry_run=True))
        if started is None:
            return None
        session.dry_run.keep(_subject(file, settings), started.id)
        _wait_for(here, started.id)
    return _ended_dry_run(here, file, settings)


def _subject(file: UploadedFile, settings: UploadSettings) -> str:
    return f"{file.file_id} {settings}"


def _start(here: Here, file: UploadedFile, settings: UploadSettings) -> Upload | None:
    """Start reading a file, or show why it was refused."""
    try:
        with Store.open(here.path) as store:
            if here.person is not None:
                return uploads.start_upload(store, here.person, file.name, file.getbuffer(), settings)
    except (Refused, StoreError) as refusal:
        lines_of_text(str(refusal).splitlines(), key="data-refusal")
    return None


def _wait_for(here: Here, upload_id: int) -> None:
    """Follow a dry run in the form."""
    bar = st.progress(0.0, text="Reading the whole file; nothing is added")
    while (now := preview.working(here, upload_id)) is not None:
        bar.progress(min(1.0, now.done / now.total) if now.total else 0.0, text="Reading the whole file")
        time.sleep(PREVIEW_POLL_S)
    bar.empty()
