"""Import a file through the page, and follow its import."""

from dataclasses import replace

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from annotator.errors import Refused
from annotator.formats.fields import DEFAULT_FIELDS
from annotator.importing import uploads
from annotator.importing.upload_settings import MOST_MEGABYTES, UploadSettings
from annotator.pages import session, widgets
from annotator.pages.data import first_rows, import_options, preview
from annotator.pages.data.boxes import in_boxes
from annotator.pages.edge import guarded
from annotator.pages.frame import Here
from annotator.pages.guard.upload_gate import open_gate
from annotator.pages.pulse import pulse
from annotator.pages.reader import lines_of_text
from db.corpus.uploads import Upload
from db.errors import StoreError
from db.store import Store
from db.team import project

LOOK_AGAIN_S = 0.3
"""How often the form looks how far its dry run is."""

_FORM = "import-form"
"""The fragment of the whole form."""


@st.dialog("Import sentences", width="medium")
def draw_form(here: Here) -> None:
    """Ask for a file and how to read it, show what would become of it, and start its import."""
    _draw_form(here)


@st.fragment(key=_FORM)
@guarded()
def _draw_form(here: Here) -> None:
    if here.ranks_as("researcher"):
        open_gate()
    file = st.file_uploader("A file", max_upload_size=MOST_MEGABYTES, label_visibility="collapsed")
    st.caption(
        "JSON lines, tables (CSV, TSV, Excel, Parquet), plain text, or what Label Studio, doccano or Prodigy exported. "
        "Import a larger file with the command whylight import. Nothing is added before you press Import."
    )
    try:
        settings = _draw_settings(here, file)
    except Refused as refusal:
        lines_of_text(in_boxes(str(refusal).splitlines()), key="data-refusal")
        return
    _draw_outcome(here, file, settings)


def _draw_settings(here: Here, file: UploadedFile | None) -> UploadSettings:
    """Draw the file's first rows as they are read, what holds what, and the options that are rarely needed."""
    beginning = st.container()
    with st.expander("How to read it"):
        format_name, layout = import_options.draw_writing()
    labels = _labels(here)
    look = None if file is None else first_rows.look_at(file, format_name, layout, labels)
    with beginning:
        fields = DEFAULT_FIELDS if file is None or look is None else first_rows.draw(file, look)
    with st.expander("Marks, people and labels"):
        meaning, marks = import_options.draw_meaning(() if look is None else look.columns, labels)
    with st.expander("What is taken from it"):
        taking = import_options.draw_taking()
    spares = st.checkbox("Leave out rows with a fault", key="data-spares-rows")
    return UploadSettings(
        format_name, replace(fields, **marks), layout=layout, leave_out_faulty=spares, **meaning, **taking
    )


def _labels(here: Here) -> list[str]:
    with Store.open(here.path) as store:
        return [label.name for label in project.labels(store) if not label.retired]


@st.fragment
@guarded()
def _draw_outcome(here: Here, file: UploadedFile | None, settings: UploadSettings) -> None:
    """Draw what an import would do, and the button that imports; again and again while a dry run reads the file.

    The dry run is a process of its own, and nothing here waits for it: the button imports at any time.
    """
    above, place = st.container(), st.empty()
    known = None if file is None else _known_dry_run(here, file, settings)
    imports = _draw_button(place, may_import=file is not None and not _is_refused(known))
    if file is None:
        return
    if imports:
        if _start(here, file, settings) is not None:
            st.rerun()
        return
    with above:
        tried = known or _start_dry_run(here, file, settings)
        if tried is not None and tried.is_working:
            _draw_progress(tried)
        elif tried is not None:
            preview.draw_outcome(tried, on_keep=_keep_all_answers)
            preview.draw_remarks(tried, key="data-preview")
    if tried is not None and tried.is_working:
        pulse(LOOK_AGAIN_S, key="data-preview-pulse")
    elif tried is not None:
        preview.draw_read(tried, key="data-preview")


def _draw_progress(tried: Upload) -> None:
    share = min(1.0, tried.done / tried.total) if tried.total else 0.0
    st.progress(share, text="Reading the whole file; nothing is added, and Import does not wait for it")


def _draw_button(place: "st.delta_generator.DeltaGenerator", *, may_import: bool) -> bool:
    """Draw the button that imports; a file that cannot be imported keeps it closed, so that the form stays."""
    key = "data-import-now" if may_import else "data-import-closed"
    return bool(place.button("Import", type="primary", disabled=not may_import, key=key))


def _is_refused(tried: Upload | None) -> bool:
    return tried is not None and tried.state in ("refused", "failed")


def _known_dry_run(here: Here, file: UploadedFile, settings: UploadSettings) -> Upload | None:
    """Return the dry run of the file with these settings as it is now, if there is one."""
    known = session.dry_run.get(_subject(file, settings))
    return None if known is None else preview.read(here, known)


def _start_dry_run(here: Here, file: UploadedFile, settings: UploadSettings) -> Upload | None:
    """Start a process that reads the whole file with these settings, instead of one that is at work for this form."""
    started = _start(here, file, replace(settings, dry_run=True))
    if started is not None:
        session.dry_run.keep(_subject(file, settings), started.id)
    return started


def _keep_all_answers() -> None:
    widgets.keep_all_answers()
    st.rerun(_FORM)


def _subject(file: UploadedFile, settings: UploadSettings) -> str:
    return f"{file.file_id} {settings}"


def _start(here: Here, file: UploadedFile, settings: UploadSettings) -> Upload | None:
    """Start reading a file, or show why it was refused."""
    try:
        with Store.open(here.path) as store:
            if here.person is not None:
                return uploads.start_upload(store, here.person, file.name, file.getbuffer(), settings)
    except (Refused, StoreError) as refusal:
        lines_of_text(in_boxes(str(refusal).splitlines()), key="data-refusal")
    return None
