"""The filters of the Data page; the address of the page has what they are set to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from annotator.pages import widgets
from annotator.pages.data import model_choices
from annotator.pages.frame import Here
from annotator.project.sets import set_names
from annotator.project.tags import count_tags
from annotator.reviewing import browsing
from annotator.rounds.asking.model_filters import ModelChoice
from db.finding.filters import EVERYTHING, SentenceFilter
from db.records import SPLITS
from db.store import Store

_ANSWERS: dict[str, dict[str, bool]] = {
    "Answered": {"answered": True},
    "Not answered": {"answered": False},
    "Disagreement": {"disagreement": True},
    "Flagged": {"flagged": True},
}
_IN_A_ROW = 4
"""Filters in one row; the search takes the room of two."""


@dataclass(frozen=True)
class Search:
    """What the filters choose."""

    chosen: SentenceFilter = EVERYTHING
    asked: Mapping[str, Any] | None = None
    """What was asked for, as a set keeps it."""
    by_model: ModelChoice | None = None
    """What the model's part of it selects; None without one."""


def draw(here: Here, store: Store) -> Search:
    """Draw the filters, and return what they choose."""
    labels, persons = browsing.choices(store, actor=here.actor)
    models = model_choices.options(store, actor=here.actor)
    options: dict[str, Sequence[str]] = {
        "Split": SPLITS,
        "Label": labels,
        "Person": persons,
        "Answers": tuple(_ANSWERS),
        "Model": tuple(models),
        "Tag": tuple(count_tags(store, actor=here.actor)),
        "Set": set_names(store, actor=here.actor),
    }
    search, given = _draw(options)
    by_model = _ask(store, models, given.get("Model"))
    answers = _ANSWERS.get(given.get("Answers", ""), {})
    asked: dict[str, Any] = {
        "split": given.get("Split"),
        "label": given.get("Label"),
        "person": given.get("Person"),
        "search": search,
        "set_name": given.get("Set"),
        "tag": given.get("Tag"),
        **answers,
    }
    chosen = browsing.choose(store, **asked, among=None if by_model is None else by_model.ids)
    asked |= {"model": given.get("Model", "").lower(), "round": by_model and by_model.round}
    return Search(chosen, {name: value for name, value in asked.items() if value not in (None, "")}, by_model)


def _draw(options: Mapping[str, Sequence[str]]) -> tuple[str, dict[str, str]]:
    """Draw the search and a box for each filter that has options; return what was chosen in them."""
    offered = [name for name, known in options.items() if known]
    first, *columns = st.columns([2, *[1] * (_IN_A_ROW - 1)], vertical_alignment="bottom")
    while len(columns) < len(offered):
        columns += st.columns(_IN_A_ROW, vertical_alignment="bottom")
    with first:
        search = st.text_input(
            "Search", placeholder="Words of a sentence", key=widgets.SEARCH, bind="query-params", value=""
        )
    given = {}
    for column, name in zip(columns, offered, strict=False):
        with column:
            given[name] = st.selectbox(
                name,
                list(options[name]),
                index=None,
                placeholder="any",
                key=widgets.filter_key(name),
                bind="query-params",
            )
    return search or "", {name: chosen for name, chosen in given.items() if chosen is not None}


def _ask(store: Store, models: Mapping[str, Callable[[Store], ModelChoice]], finding: str | None) -> ModelChoice | None:
    return models[finding](store) if finding is not None and finding in models else None
