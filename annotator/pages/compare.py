"""The Compare page: two rounds, or a round and its twin, on the same sentences."""

from collections.abc import Callable, Iterable
from functools import partial

import streamlit as st

from annotator.errors import Refused
from annotator.pages import compare_figures, frame, session, widgets
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, plain
from annotator.pages.pair_sheet import pair_sheet
from annotator.rounds.measuring.changed import ChangedSentence, all_compared, key_of_changed, list_changed
from annotator.rounds.measuring.comparing import (
    RoundComparison,
    comparable_rounds,
    compare_rounds,
    default_pair,
    heading,
    in_text,
    shared_splits,
    title_of,
)
from annotator.rounds.measuring.comparison_files import as_csv, as_json_lines
from annotator.rounds.measuring.comparison_tables import p_value
from annotator.rounds.measuring.pair_drawing import drawn_pair
from annotator.rounds.named import id_named
from db.errors import StoreError
from db.learning.round_records import Round
from db.records import Split
from db.store import Store
from learner.judging.changes import KINDS, Kind

BEFORE, AFTER, SPLIT = "a", "b", "of"
"""The parts of the address: two rounds by name, such as `6-twin` and `6`, and the sentences to compare on."""

Write = Callable[[RoundComparison, Iterable[ChangedSentence]], bytes]

_MEANINGS: dict[Kind, str] = {
    "now right": "Only {after} is right.",
    "now wrong": "Only {before} is right.",
    "right for the wrong words": "{after} is right, and none of the six words it looks at most is marked.",
    "right for other words": "Both are right, and they look at different words.",
    "both wrong": "Neither is right.",
}


def render(here: Here) -> None:
    """Draw the page."""
    with Store.open(here.path) as store:
        known = comparable_rounds(store, actor=here.actor)
        usual = default_pair(store, actor=here.actor)
        head = st.container(key="compare-head")
        if usual is None:
            with head:
                _draw_nothing()
            return
        with st.container(horizontal=True, vertical_alignment="bottom", key="compare-choice"):
            before = _choose_round(BEFORE, "Before", known, usual[0])
            after = _choose_round(AFTER, "After", known, usual[1])
            split = _choose_split(shared_splits(store, before, after, actor=here.actor))
        try:
            compared = compare_rounds(store, before, after, split=split, actor=here.actor)
        except (Refused, StoreError) as refusal:
            head.header("Compare", anchor=False)
            st.text(str(refusal))
            return
        with head:
            _draw_head(compared)
        _draw_sentences(here, store, compared)
    compare_figures.draw(compared)
    _draw_downloads(here, compared)


def _draw_nothing() -> None:
    frame.heading("Compare")
    st.text(
        "There is nothing to compare yet: it takes a round and its twin, or two rounds, that were judged on dev or "
        "test. Start a round on the page Rounds."
    )


def _choose_round(part: str, label: str, known: list[Round], usual: int) -> int:
    """Draw a box to choose a round, and keep the choice in the address."""
    asked = id_named(st.query_params.get(part)) or usual
    titles = {each.id: title_of(each) for each in known}
    chosen = st.selectbox(
        label,
        list(titles) if asked in titles else [asked, *titles],
        index=list(titles).index(asked) if asked in titles else 0,
        format_func=lambda each: titles.get(each, f"Round {each}"),
        key=widgets.comparison_key(label),
    )
    if chosen != asked:
        st.query_params[part] = next(each.name for each in known if each.id == chosen)
    return chosen


def _choose_split(shared: list[Split]) -> Split | None:
    """Draw a box to choose what to compare on, if there is a choice, and keep the choice in the address."""
    if len(shared) < 2:
        return None
    named = st.query_params.get(SPLIT)
    chosen = st.selectbox(
        "On",
        shared,
        index=next((place for place, split in enumerate(shared) if split == named), 0),
        format_func=lambda split: f"{split} sentences",
        key=widgets.comparison_key("On"),
    )
    if chosen != (named or shared[0]):
        st.query_params[SPLIT] = chosen
    return chosen


def _draw_head(compared: RoundComparison) -> None:
    frame.heading(heading(compared))
    st.text(compared.verdict)
    figures = compared.figures
    st.caption(
        plain(
            f"{figures.sentences:,} {compared.split} sentences: {figures.gained:,} now right, {figures.lost:,} now "
            f"wrong (McNemar {p_value(figures.p)}), {compared.counts['right for the wrong words']:,} right for the "
            "wrong words. Underlined: the words that people marked. Amber: what speaks for the predicted label, or for "
            "another one that is named."
        )
        + f" [Figures and tables](#{compare_figures.ANCHOR}) are below."
    )
    for remark in compared.remarks:
        st.caption(plain(remark))


def _draw_sentences(here: Here, store: Store, compared: RoundComparison) -> None:
    kind = _choose_kind(compared)
    subject = (compared.before.id, compared.after.id, compared.split, kind)
    shown = session.pairs_shown.get(subject)
    key = key_of_changed(store, compared, [kind], limit=shown, actor=here.actor)
    found = _changed(store, compared, here, kind, shown, key)
    meaning = _MEANINGS[kind].format(before=in_text(compared.before), after=in_text(compared.after))
    st.caption(plain(f"{meaning[0].upper()}{meaning[1:]}"))
    if not found:
        st.text("There are no such sentences.")
        return
    pair_sheet([drawn_pair(each, compared) for each in found], key="pairs")
    left = compared.counts[kind] - len(found)
    if left > 0:
        with st.container(horizontal=True, vertical_alignment="center", key="compare-more"):
            st.caption(f"{len(found):,} of {compared.counts[kind]:,}")
            st.button(
                f"Show {min(session.PAIRS_AT_ONCE, left)} more",
                on_click=_show_more,
                args=(subject, shown + session.PAIRS_AT_ONCE),
            )


@st.cache_data(ttl="1m", max_entries=20, show_spinner=False)
def _changed(
    _store: Store, _compared: RoundComparison, _here: Here, kind: Kind, limit: int, key: str
) -> list[ChangedSentence]:
    """Return the sentences, read once a minute for the same rounds, texts and answers.

    After a minute, because a file that could not be read may be readable by then, and a text may have been removed.
    """
    return list_changed(_store, _compared, kind, limit=limit, actor=_here.actor)


def _choose_kind(compared: RoundComparison) -> Kind:
    first = next((kind for kind in KINDS if compared.counts[kind]), KINDS[0])
    with st.container(key="compare-kinds"):
        return st.pills(
            "Sentences",
            KINDS,
            default=first,
            required=True,
            format_func=lambda kind: f"{kind.capitalize()} ({compared.counts[kind]:,})",
            label_visibility="collapsed",
            key=widgets.comparison_key("kind"),
        )


@guarded()
def _show_more(subject: object, number: int) -> None:
    session.pairs_shown.keep(subject, number)


def _draw_downloads(here: Here, compared: RoundComparison) -> None:
    name = f"{here.path.stem}-{compared.before.name}-{compared.after.name}"
    with st.container(horizontal=True, vertical_alignment="center", key="compare-downloads"):
        st.caption("All compared sentences, with what both models predict and look at.")
        for label, ending, mime, write in (
            ("JSON lines", "jsonl", "application/jsonl", as_json_lines),
            ("CSV", "csv", "text/csv", as_csv),
        ):
            st.download_button(
                label,
                data=partial(_file, here, compared, write),
                file_name=f"{name}.{ending}",
                mime=mime,
                on_click="ignore",
                icon=":material/download:",
            )


def _file(here: Here, compared: RoundComparison, write: Write) -> bytes:
    with Store.open(here.path) as store:
        return write(compared, all_compared(store, compared, actor=here.actor))
