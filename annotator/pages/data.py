"""The Data page: find sentences, import more and download them."""

import io
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from annotator.errors import Refused
from annotator.exporting import export_for_download
from annotator.pages import data_import, data_model, data_sentence, session
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, heading, plain
from annotator.pages.reader import sentence_list
from annotator.reviewing import browsing
from annotator.rounds.model_filters import ModelChoice
from db.browse import Found
from db.records import EVERYTHING, SPLITS, SentenceFilter
from db.store import Store

SENTENCE = "sentence"
"""The part of the address that names a sentence."""
SEARCH = "search"
"""The part of the address that a link from another page searches for."""

_ANSWERS: dict[str, dict[str, Any]] = {
    "Answered": {"answered": True},
    "Not answered": {"answered": False},
    "Disagreement": {"disagreement": True},
    "Flagged": {"flagged": True},
}


def render(here: Here) -> None:
    """Draw one sentence if the address names it, otherwise the list."""
    named = st.query_params.get(SENTENCE)
    if named is not None:
        data_sentence.render(here, named, on_back=_close)
        return
    if SEARCH in st.query_params:
        session.search_for(st.query_params.pop(SEARCH))
    head = st.container(horizontal=True, vertical_alignment="bottom", key="data-head")
    data_import.draw_upload(here)
    filters = st.container(key="data-filters")
    with Store.open(here.path) as store:
        try:
            with filters:
                chosen, by_model = _draw_filters(here, store)
        except Refused as refusal:
            _draw_head(here, head, EVERYTHING, None)
            st.text(str(refusal))
            return
        found = browsing.count_sentences(store, chosen, actor=here.actor)
        _draw_head(here, head, chosen, found)
        if by_model is not None:
            filters.caption(plain(by_model.remark))
        _draw_list(here, store, chosen, found, by_model)


@guarded()
def _open() -> None:
    chosen = session.opened_sentence()
    if chosen is not None:
        st.query_params[SENTENCE] = chosen


@guarded()
def _close() -> None:
    st.query_params.pop(SENTENCE, None)


def _draw_head(here: Here, head: DeltaGenerator, chosen: SentenceFilter, found: Found | None) -> None:
    with head:
        with st.container():
            heading("Data")
            st.caption("" if found is None else _counted(found, chosen))
        is_large = found is not None and not found.is_all
        st.download_button(
            "Download",
            data=partial(_download, here, chosen, is_large),
            file_name=f"{here.path.stem}.jsonl{'.gz' if is_large else ''}",
            mime="application/gzip" if is_large else "application/jsonl",
            on_click="ignore",
            disabled=found is None or found == (0, True),
            help="The sentences that match the filters, each with all its answers, as JSON lines that can be imported "
            "again. A large file is compressed (.gz).",
        )
        if st.button("Import", type="primary"):
            data_import.draw_form(here)


def _counted(found: Found, chosen: SentenceFilter) -> str:
    what = "sentence" if found == (1, True) else "sentences"
    counted = f"{what} in this project" if chosen == EVERYTHING else f"{what} found"
    if found.is_all:
        return f"{found.number:,} {counted}."
    return f"More than {found.number:,} {counted}." if found.number else "Too few matches to count quickly."


def _download(here: Here, chosen: SentenceFilter, packed: bool) -> io.RawIOBase:
    with Store.open(here.path) as store:
        return export_for_download(store, chosen, packed=packed, actor=here.actor)


def _draw_filters(here: Here, store: Store) -> tuple[SentenceFilter, ModelChoice | None]:
    """Draw the filters; return the chosen one, and what the model's part of it selects."""
    labels, persons = browsing.choices(store, actor=here.actor)
    by_model = data_model.options(store, actor=here.actor)
    search, *columns = st.columns([1.6, 0.9, 1, 1.1, 1.1, 2], vertical_alignment="bottom")
    with search:
        text = st.text_input(
            "Search",
            placeholder="Words of a sentence",
            key=session.filter_key(session.SEARCH),
            persist_state="session",
        )
    names = {"Split": SPLITS, "Label": labels, "Person": persons, "Answers": tuple(_ANSWERS), "Model": tuple(by_model)}
    split, label, person, answers, model = [
        _draw_choice(column, name, options) for column, (name, options) in zip(columns, names.items(), strict=True)
    ]
    found = by_model[model](store) if model in by_model else None
    chosen = browsing.choose(
        store,
        split=split,
        label=label,
        person=person,
        search=text or "",
        among=None if found is None else found.ids,
        **_ANSWERS.get(answers or "", {}),
    )
    return chosen, found


def _draw_choice(column: DeltaGenerator, name: str, options: Sequence[str]) -> str | None:
    with column:
        return st.selectbox(
            name,
            list(options),
            index=None,
            placeholder="any",
            key=session.filter_key(name),
            persist_state="session",
        )


def _draw_list(here: Here, store: Store, chosen: SentenceFilter, found: Found, by_model: ModelChoice | None) -> None:
    starts = session.list_position.get(chosen)
    rows, next_after = browsing.list_sentences(store, chosen, after_id=starts[-1], actor=here.actor)
    if by_model is not None:
        rows = [row | {"model": by_model.says(row["sentence_id"])} for row in rows]
    if rows:
        sentence_list(rows, key=session.SENTENCES, on_open=_open)
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
                data_import.draw_form(here)
            return
        st.text("No sentences match." if is_end else "No matches so far. The rest has not been searched yet.")
        st.button("Clear filters", on_click=session.clear_filters)
