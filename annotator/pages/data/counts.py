"""Compare what the filters find with the whole project, or with a set, by counts."""

import streamlit as st

from annotator.pages import widgets
from annotator.pages.data.filters import Search
from annotator.pages.frame import Here
from annotator.pages.reader import table_of_numbers
from annotator.project.sets import set_names
from annotator.reviewing.browsing import choose
from annotator.reviewing.tallies import Tally, tally
from annotator.rounds.asking.model_filters import Judged, count_judged
from annotator.wording import percent
from db.finding.filters import EVERYTHING
from db.store import Store

WHOLE = "the whole project"


def draw(here: Here, store: Store, search: Search) -> None:
    """Draw the folded table; nothing is counted until it is unfolded."""
    unfolded = st.expander("Compare by count", key="data-counts", on_change="rerun")
    if not unfolded.open:
        return
    with unfolded:
        other = st.selectbox(
            "Next to",
            [WHOLE, *set_names(store, actor=here.actor)],
            key=widgets.COMPARED_WITH,
            format_func=lambda name: name if name == WHOLE else f"set “{name}”",
            width=280,
        )
        other_chosen = EVERYTHING if other == WHOLE else choose(store, set_name=other)
        found, all_ = tally(store, search.chosen, actor=here.actor), tally(store, other_chosen, actor=here.actor)
        judged = [count_judged(store, one.ids, actor=here.actor) for one in (found, all_)]
        head = ("", "This search", "", other[:1].upper() + other[1:], "")
        table_of_numbers(head, _rows(found, all_, judged), key="data-count-table")
        st.caption(
            "A share is of the sentences in its column. A sentence that people gave several labels counts under each."
            + ("" if judged[0] is None else " The model is judged on answered sentences of the pool.")
        )


def _rows(found: Tally, other: Tally, judged: list[Judged | None]) -> list[list[str]]:
    rows = [["Sentences", f"{found.sentences:,}", "", f"{other.sentences:,}", ""], ["Split"]]
    both = (found, other)
    rows += [_row(split, [one.by_split[split] for one in both], _all(both)) for split in found.by_split]
    rows += [["Answers"], _row("answered", [one.answered for one in both], _all(both))]
    rows += [_row("not answered", [one.unanswered for one in both], _all(both)), ["Label"]]
    rows += [_row(label, [one.by_label[label] for one in both], _all(both)) for label in found.by_label]
    here, there = judged
    if here is not None and there is not None:
        of = [here.right + here.wrong, there.right + there.wrong]
        rows += [[f"Model, round {here.round}"], _row("right", [here.right, there.right], of)]
        rows.append(_row("wrong", [here.wrong, there.wrong], of))
    return rows


def _all(both: tuple[Tally, Tally]) -> list[int]:
    return [one.sentences for one in both]


def _row(name: str, numbers: list[int], of: list[int]) -> list[str]:
    cells = [name]
    for number, all_ in zip(numbers, of, strict=True):
        cells += [f"{number:,}", percent(number, all_) if all_ else "–"]
    return cells
