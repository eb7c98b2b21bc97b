"""The options of an import that are rarely needed: how the file is written, what it means, and what is taken of it."""

from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st

from annotator.formats.answers.spans import ALIGNS, Align
from annotator.formats.files.layout import Layout
from annotator.formats.registry import READERS
from annotator.importing.label_reading import LabelRules, read_label_map
from annotator.importing.settings import MOST_HELD_OUT, UPDATES, AnswerPolicy, Duplicates, Update
from annotator.pages import widgets
from db.records import SPLITS, Split

_BY_CONTENT = "found in the file"
_SEPARATORS = {"comma": "commas", "semicolon": "semicolons", "tab": "tabs", "bar": "bars"}
_ENCODINGS = ["utf-8", "windows-1252", "utf-16", "iso-8859-15"]
WAYS_OF_ALIGNING: dict[Align, str] = {
    "strict": "is a fault",
    "expand": "takes the whole word",
    "contract": "leaves the word out",
}
_BASES = {0: "the project's labels, from 0", 1: "the project's labels, from 1"}
_ANSWERS: dict[AnswerPolicy, str] = {
    "held-out": "Only those of dev and test; people answer the pool",
    "keep": "All of them, as answers by “gold”",
}
_DUPLICATES: dict[Duplicates, str] = {
    "keep": "Add them, to the split that has the text",
    "skip": "Skip them and their answers",
}
_UPDATES: dict[Update, str] = {"split": "Split", "metadata": "Metadata", "text": "Text"}


def draw_writing() -> tuple[str | None, Layout]:
    """Draw how the file is written; return its format, None for the one of its suffix, and how a table is laid out."""
    left, right = st.columns(2)
    format_name = left.selectbox(
        "Format", list(READERS), index=None, placeholder="by the file's suffix", key="data-format"
    )
    separator = right.selectbox(
        "Cells are separated by",
        list(_SEPARATORS),
        index=None,
        placeholder=_BY_CONTENT,
        format_func=lambda name: _SEPARATORS.get(name, name),
        accept_new_options=True,
        key="data-separator",
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    encoding = left.selectbox(
        "Encoding", _ENCODINGS, index=None, placeholder=_BY_CONTENT, accept_new_options=True, key="data-encoding"
    )
    bare = right.checkbox("Quotes are ordinary characters", key="data-no-quotes")
    return format_name, Layout(separator, encoding, quotes=not bare)


def draw_meaning(columns: Sequence[str], labels: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw what spans, people and labels in the file mean; return the settings, and the parts of `Fields`, by name.

    `labels` are the project's.
    """
    left, right = st.columns(2)
    with left:
        align = st.selectbox(
            "A marked span that cuts a word", ALIGNS, format_func=lambda way: WAYS_OF_ALIGNING[way], key="data-align"
        )
    with right:
        names = st.text_input("Only these spans are marks", placeholder="all, or names: EVT, LOC", key="data-spans")
    people = st.multiselect(
        "Columns with people",
        columns,
        placeholder="none",
        help="One column that names who gave the label, or several with a label each, named after people.",
        key="data-people",
    )
    spans = tuple(name.strip() for name in names.split(",") if name.strip())
    marks = {"align": align, "span_names": spans, **_draw_labels_by_marks(labels)}
    return {"people": tuple(people), "labels": _draw_labels()}, marks


def draw_taking() -> dict[str, Any]:
    """Draw which sentences and answers are taken from the file, and where they go; return these settings."""
    answers = st.radio(
        "Answers in the file",
        get_args(AnswerPolicy),
        format_func=lambda policy: _ANSWERS[policy],
        key=widgets.FILE_ANSWERS,
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        split: Split | None = st.selectbox(
            "Split of all sentences", SPLITS, index=None, placeholder="as each line says", key="data-split"
        )
    with right:
        hold_out = st.number_input(
            "Share set aside for dev, and again for test, if no line names a split",
            min_value=0.0,
            max_value=MOST_HELD_OUT,
            value=None,
            placeholder="0.1, or 0 if the project has a test set",
            step=0.05,
        )
    duplicates = st.radio(
        "New sentences whose text the project already has",
        get_args(Duplicates),
        format_func=lambda choice: _DUPLICATES[choice],
    )
    update = st.pills(
        "Sentences that the project has take from the file",
        UPDATES,
        selection_mode="multi",
        format_func=lambda part: _UPDATES[part],
        key="data-update",
    )
    newer = st.checkbox("Of a person's answers, the newer counts", key="data-same-person")
    return {
        "answers": answers,
        "split": split,
        "hold_out": hold_out,
        "duplicates": duplicates,
        "update": tuple(part for part in UPDATES if part in update),
        "same_person": "newer" if newer else "refuse",
    }


def _draw_labels_by_marks(labels: Sequence[str]) -> dict[str, str | None]:
    """Draw which label sentences have that come with marks alone."""
    st.caption("Sentences with marks and without a label have the label:")
    left, right = st.columns(2)
    with left:
        marked = st.selectbox("If a word is marked", labels, index=None, placeholder="none", key="data-marked-label")
    with right:
        unmarked = st.selectbox(
            "If no word is marked", labels, index=None, placeholder="none", key="data-unmarked-label"
        )
    return {"marked_label": marked, "unmarked_label": unmarked}


def _draw_labels() -> LabelRules:
    st.caption("What the file's labels mean, if they are not the project's:")
    left, right = st.columns(2)
    with left:
        text = st.text_input("Labels as written", placeholder="1=one-star,2=two-stars", key="data-label-map")
    with right:
        base = st.selectbox(
            "Numbers mean",
            list(_BASES),
            index=None,
            placeholder="nothing special",
            format_func=lambda base: _BASES[base],
            key="data-label-base",
        )
    return LabelRules(read_label_map([text]) if text else {}, base)
