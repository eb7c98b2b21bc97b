"""Download what the filters find: all answers, or examples made of them, in a format that other tools read."""

import io
from functools import partial

import streamlit as st

from annotator.exporting.answers import export_for_download
from annotator.exporting.choosing import takes_separator
from annotator.exporting.download import Download, examples_for_download
from annotator.exporting.preview import HEAD, preview_examples
from annotator.exporting.registry import FORMATS, can_be_written
from annotator.exporting.run import Asked
from annotator.pages import reader
from annotator.pages.data.filters import Search
from annotator.pages.edge import guarded
from annotator.pages.frame import Here
from annotator.pages.reader import lines_of_text
from annotator.rounds.learning.deciding import PolicyName
from db.finding.browse import Found
from db.finding.filters import SentenceFilter
from db.store import Store

_ANSWERS, _EXAMPLES = "Answers", "Examples"
_ABOUT = {
    _ANSWERS: "Every sentence with all people's answers, as JSON lines that an import reads back with nothing lost.",
    _EXAMPLES: "One row per answered sentence: the label and the words that people agreed on, as a round learns it.",
}
_SEPARATORS = {"Commas": None, "Semicolons (for a German Excel)": ";"}
_POLICIES: dict[str, PolicyName] = {"The majority": "majority", "The newest answer": "newest"}


@st.dialog("Download", width="medium")
@guarded()
def draw_form(here: Here, search: Search, found: Found) -> None:
    """Ask what to download of what was found, show its beginning, and offer it."""
    what = st.segmented_control(
        "What", [_ANSWERS, _EXAMPLES], default=_ANSWERS, required=True, label_visibility="collapsed"
    )
    st.caption(_ABOUT[what])
    if what == _ANSWERS:
        _offer_answers(here, search.chosen, found)
    else:
        _offer_examples(here, search.chosen)


def _offer_answers(here: Here, chosen: SentenceFilter, found: Found) -> None:
    is_packed = not found.is_all
    st.download_button(
        "Download",
        data=partial(_answers, here, chosen, is_packed),
        file_name=f"{here.path.stem}.jsonl{'.gz' if is_packed else ''}",
        mime="application/gzip" if is_packed else "application/jsonl",
        on_click="ignore",
        type="primary",
        key="data-download-answers",
        help="A large file is compressed (.gz)." if is_packed else None,
    )


def _offer_examples(here: Here, chosen: SentenceFilter) -> None:
    download = _draw_choices(here, chosen)
    with Store.open(here.path) as store:
        preview = preview_examples(store, download.asked, actor=here.actor)
    if preview.rows:
        reader.first_rows(HEAD, preview.rows, key="data-download-rows")
    lines_of_text([*preview.lines, *download.remarks], key="data-download-outcome")
    st.download_button(
        "Download",
        data=partial(_examples, here, download),
        file_name=download.name,
        on_click="ignore",
        type="primary",
        disabled=not preview.examples and preview.is_all,
        key="data-download-examples",
    )


def _draw_choices(here: Here, chosen: SentenceFilter) -> Download:
    """Draw how the examples are made and written, and return what was chosen."""
    left, right = st.columns(2)
    with left:
        format = st.selectbox("Format", [*filter(can_be_written, FORMATS)], format_func=_title)
    with right:
        policy = st.selectbox("Who decides where people differ", list(_POLICIES))
    separator = st.selectbox("Between the cells", list(_SEPARATORS)) if takes_separator(format) else "Commas"
    with st.container(horizontal=True):
        hides_names = st.checkbox("Without people’s names")
        with_card = st.checkbox("With a datacard", help="What the data are and how they were made, in Markdown.")
    licence = st.text_input("Licence", placeholder="Such as cc-by-4.0") if with_card else ""
    asked = Asked(
        format,
        chosen,
        policy=_POLICIES[policy],
        with_names=not hides_names,
        separator=_SEPARATORS[separator],
    )
    return Download(asked, here.path.stem, with_card=with_card, licence=licence or None)


def _title(format: str) -> str:
    title = FORMATS[format].title
    return f"{title[:1].upper()}{title[1:]}"


def _answers(here: Here, chosen: SentenceFilter, packed: bool) -> io.FileIO:
    with Store.open(here.path) as store:
        return export_for_download(store, chosen, packed=packed, actor=here.actor)


def _examples(here: Here, download: Download) -> io.FileIO:
    with Store.open(here.path) as store:
        return examples_for_download(store, download, actor=here.actor)
