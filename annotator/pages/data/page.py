"""The list of sentences, of sets or of imports, or the one sentence that the address names."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from annotator.errors import Refused
from annotator.pages import session, widgets
from annotator.pages.data import (
    acts,
    counts,
    download,
    filters,
    import_form,
    imports,
    putting_right,
    sentence,
    sets,
    uploaded,
)
from annotator.pages.data.filters import Search
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, heading, plain
from annotator.pages.reader import sentence_list
from annotator.project.attached import outside_in_words
from annotator.reviewing import browsing
from db.finding.browse import Found
from db.finding.filters import EVERYTHING, SentenceFilter
from db.store import Store

SENTENCE = "sentence"
"""The part of the address that names a sentence."""
_SENTENCES, _SETS, _IMPORTS = "Sentences", "Sets", "Imports"


def render(here: Here) -> None:
    """Draw one sentence if the address names it, otherwise the list of sentences, of sets or of imports."""
    putting_right.draw_outcome(here)
    named = st.query_params.get(SENTENCE)
    if named is not None:
        sentence.render(here, named, on_back=_close)
        return
    head = st.container(horizontal=True, vertical_alignment="bottom", key="data-head")
    uploaded.draw_upload(here)
    shown = st.segmented_control(
        "What is listed",
        [_SENTENCES, _SETS, _IMPORTS],
        default=_SENTENCES,
        required=True,
        key=widgets.LISTED,
        label_visibility="collapsed",
        bind="query-params",
    )
    with Store.open(here.path) as store:
        if shown == _SENTENCES:
            _draw_sentences(here, store, head)
            return
        _draw_head(here, head, Search(), None)
        (sets if shown == _SETS else imports).draw(here, store)


def _draw_sentences(here: Here, store: Store, head: DeltaGenerator) -> None:
    chosen_by = st.container(key="data-filters")
    try:
        with chosen_by:
            search = filters.draw(here, store)
    except Refused as refusal:
        _draw_head(here, head, Search(), None)
        st.text(str(refusal))
        return
    found = browsing.count_sentences(store, search.chosen, actor=here.actor)
    _draw_head(here, head, search, found, outside=outside_in_words(store))
    if search.by_model is not None:
        chosen_by.caption(plain(search.by_model.remark))
    if found.number:
        acts.draw(here, store, search, found)
        counts.draw(here, store, search)
    _draw_list(here, store, search, found)


@guarded()
def _open() -> None:
    chosen = widgets.opened_sentence()
    if chosen is not None:
        st.query_params[SENTENCE] = chosen


@guarded()
def _close() -> None:
    st.query_params.pop(SENTENCE, None)


def _draw_head(
    here: Here, head: DeltaGenerator, search: Search, found: Found | None, *, outside: str | None = None
) -> None:
    with head:
        with st.container():
            heading("Data")
            st.caption("" if found is None else _counted(found, search.chosen))
            if outside is not None:
                st.caption(f"Not searched: {outside}.")
        if found is not None:
            _draw_download(here, search, found)
        if st.button("Import", type="primary"):
            import_form.draw_form(here)


def _draw_download(here: Here, search: Search, found: Found) -> None:
    if st.button("Download", disabled=found == (0, True)):
        download.draw_form(here, search, found)


def _counted(found: Found, chosen: SentenceFilter) -> str:
    what = "sentence" if found == (1, True) else "sentences"
    counted = f"{what} in this project" if chosen == EVERYTHING else f"{what} found"
    if found.is_all:
        return f"{found.number:,} {counted}."
    return f"More than {found.number:,} {counted}." if found.number else "Too few matches to count quickly."


def _draw_list(here: Here, store: Store, search: Search, found: Found) -> None:
    chosen = search.chosen
    starts = session.list_position.get(chosen)
    rows, next_after = browsing.list_sentences(store, chosen, after_id=starts[-1], actor=here.actor)
    if search.by_model is not None:
        rows = [row | {"model": search.by_model.says(row["sentence_id"])} for row in rows]
    if rows:
        sentence_list(rows, key=widgets.SENTENCES, on_open=_open)
    else:
        _draw_nothing(here, chosen, is_end=next_after is None)
    if len(starts) == 1 and next_after is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="data-pages"):
        first = (len(starts) - 1) * browsing.PAGE_SIZE + 1
        st.caption(f"{first:,} to {first + len(rows) - 1:,}" if rows else "")
        st.button("Earlier", on_click=_turn, args=(chosen, starts[:-1]), disabled=len(starts) == 1, key="data-earlier")
        st.button(
            "Later" if len(rows) == browsing.PAGE_SIZE or next_after is None else "Look further",
            on_click=_turn,
            args=(chosen, [*starts, next_after]),
            disabled=next_after is None,
            key="data-later",
        )


@guarded()
def _turn(chosen: SentenceFilter, starts: list[int]) -> None:
    session.list_position.keep(chosen, starts)


def _draw_nothing(here: Here, chosen: SentenceFilter, *, is_end: bool) -> None:
    with st.container(key="data-empty" if chosen == EVERYTHING else "data-nothing"):
        if chosen == EVERYTHING:
            st.text("This project has no sentences yet. Import a file to begin: JSON lines, CSV or plain text.")
            if st.button("Import a file", type="primary"):
                import_form.draw_form(here)
            return
        st.text("No sentences match." if is_end else "No matches so far. The rest has not been searched yet.")
        st.button("Clear filters", on_click=widgets.clear_filters)
