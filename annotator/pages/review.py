"""The Review page: how far people agree, the sentences on which they do not, and the surplus answers."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import streamlit as st

from annotator.errors import Refused
from annotator.pages import look_again, session, suggestion_card, widgets
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, heading, link, plain
from annotator.pages.pair_sheet import figure_table
from annotator.pages.review_sheet import review_sheet
from annotator.reviewing import admitting, review, withdrawing
from annotator.reviewing.agreement import Agreement, in_words
from annotator.reviewing.agreement_sums import Figure
from annotator.reviewing.message import Withdrawal
from annotator.reviewing.people_figures import ABOUT, HEAD, figures_of_people, rows_of
from annotator.reviewing.review import Part, Report, Reviewed
from annotator.wording import counted, verb_for
from db.answers import annotations, suggestions
from db.errors import StoreError
from db.records import Annotation, Sentence
from db.store import Store
from db.team import people, project
from learner.judging.intervals import FEWEST

PAGE_SIZE = 10
_HEAD = ("", "sentences", "κ labels", "α labels", "with marks", "α tokens", "F1 tokens", "F1 spans")
_PARTS: dict[str, Part] = {"By pair": "pairs", "By label": "labels", "By week": "weeks"}
_FLAGGED, _SURPLUS, _LOOK_AGAIN, _PEOPLE, _SUGGESTIONS = "Flagged", "Surplus", "Look again", "People", "Suggestions"
_NOTHING = {
    "To settle": "There is nothing to settle.",
    "Settled": "No sentence has been settled yet.",
    _FLAGGED: "No one has flagged a sentence.",
    _SURPLUS: "There are no surplus answers.",
}
_TAKEN_BACK = "The decision is withdrawn: the one before it holds, or the sentence is under To settle again."
_SHOWN = ("To settle", "Settled", _FLAGGED, _SURPLUS, _LOOK_AGAIN, _PEOPLE)


def render(here: Here) -> None:
    """Draw the figures, then the sentences, with disagreements first."""
    with Store.open(here.path) as store:
        shared = review.list_shared(store, actor=here.actor)
        notice = session.notice.take()
        with st.container(key="review-head"):
            heading("Review")
            _draw_notice(here, notice or _counted(shared))
            if not shared:
                link("Project", "Ask two people for some sentences", part="Settings")
        if shared:
            _draw_figures(here, store, shared)
        _draw_sentences(here, store, shared)


def _draw_notice(here: Here, notice: str) -> None:
    """Draw what has just happened, or how far everything is; what has just happened can be undone."""
    numbers, withdrawn = session.undoable.take()
    with st.container(horizontal=True, vertical_alignment="center", key="review-notice"):
        st.caption(plain(notice))
        if numbers:
            st.button("Undo", on_click=_undo, args=(here, numbers, withdrawn))


def _counted(shared: Sequence[Reviewed]) -> str:
    if not shared:
        return "No sentence has answers from two people yet."
    differ, settled = sum(one.labels_differ for one in shared), sum(one.is_settled for one in shared)
    several = f"{counted(len(shared), 'sentence')} answered by two or more people"
    return f"{several}; {differ:,} with different labels, {settled:,} settled."


def _draw_figures(here: Here, store: Store, shared: Sequence[Reviewed]) -> None:
    with st.container(border=True, key="review-figures"):
        st.header("Agreement", anchor=False)
        if len(shared) == review.MOST_REVIEWED:
            st.caption(f"Only the {review.MOST_REVIEWED:,} most recently answered sentences are counted.")
        chosen = st.segmented_control("Break down", list(_PARTS), default="By pair", label_visibility="collapsed")
        part = _PARTS[chosen or "By pair"]
        figures = _report(store, shared, here, part, review.key_of(shared))
        every: dict[str, Agreement] = {"all": figures.overall, **getattr(figures, part)}
        figure_table(_HEAD, [_row(name, agreement) for name, agreement in every.items()], names=1, key="agreement")
        st.caption(
            "κ is Cohen's for two people and Fleiss' for more, if every sentence has the same number of answers; α is "
            "Krippendorff's. Marks are compared where people gave the same label. In brackets, 95 % intervals over "
            f"sentences, of which it takes {FEWEST}. A dash: the figure is undefined."
        )


@st.cache_data(max_entries=20, show_spinner=False)
def _report(_store: Store, _shared: Sequence[Reviewed], _here: Here, part: Part, key: str) -> Report:
    """Return the figures, computed once for the same answers."""
    return review.report(_store, _shared, parts=[part], actor=_here.actor)


def _row(name: str, figures: Agreement) -> tuple[str, ...]:
    return (
        name,
        f"{figures.sentences:,}",
        *map(_figure, (figures.kappa, figures.alpha)),
        f"{figures.marked_sentences:,}",
        *map(_figure, (figures.token_alpha, figures.token_f1, figures.span_f1)),
    )


def _figure(figure: Figure | None) -> str:
    """Return the figure, with its interval on a line of its own."""
    return in_words(figure).replace(" (", "\n(")


def _draw_sentences(here: Here, store: Store, shared: Sequence[Reviewed]) -> None:
    parts = (*_SHOWN, _SUGGESTIONS) if suggestions.exist(store) else _SHOWN
    shown = st.segmented_control("Sentences", parts, default=parts[0], label_visibility="collapsed") or parts[0]
    if shown == _SUGGESTIONS:
        suggestion_card.draw(here, store)
    elif shown == _LOOK_AGAIN:
        look_again.draw(here)
    elif shown == _PEOPLE:
        _draw_people(here, store)
    else:
        _draw_chosen(here, store, shown, _chosen(here, store, shared, shown))


def _draw_chosen(here: Here, store: Store, shown: str, chosen: Sequence[Reviewed]) -> None:
    """Draw these sentences, a page at a time."""
    _draw_captions(shown, chosen)
    first = session.review_position.get(shown)
    on_page = chosen[first : first + PAGE_SIZE]
    if not on_page:
        st.caption(_NOTHING[shown])
        return
    _draw_sheet(here, store, on_page)
    if len(chosen) > PAGE_SIZE:
        _draw_turning(shown, first, shown_now=len(on_page), of=len(chosen))


def _draw_captions(shown: str, chosen: Sequence[Reviewed]) -> None:
    if reopened := sum(one.reopened_after is not None for one in chosen):
        st.caption(f"{reopened:,} {verb_for(reopened, 'was', 'were')} reopened under *Look again*.")
    if shown == _SURPLUS and chosen:
        st.caption(_counted_surplus(chosen))


def _draw_sheet(here: Here, store: Store, on_page: Sequence[Reviewed]) -> None:
    read = review.read_sentences(store, on_page, actor=here.actor)
    names = {person.id: person.name for person in people.all_of(store)}
    rows = [_drawn(reviewed, sentence, names) for reviewed, sentence in zip(on_page, read, strict=True)]
    labels = [asdict(label) for label in project.labels(store)]
    receipts = session.decided.get()
    review_sheet(rows, labels, receipts=receipts, key=widgets.REVIEW, on_settle=partial(_settle, here))


def _draw_turning(shown: str, first: int, *, shown_now: int, of: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="review-pages"):
        st.caption(f"{first + 1:,} to {first + shown_now:,} of {of:,}")
        turn = session.review_position.keep
        st.button("Earlier", disabled=first == 0, on_click=turn, args=(shown, max(0, first - PAGE_SIZE)))
        is_end = first + PAGE_SIZE >= of
        st.button("Later", disabled=is_end, on_click=turn, args=(shown, first + PAGE_SIZE))


def _draw_people(here: Here, store: Store) -> None:
    found = figures_of_people(store, actor=here.actor)
    if not found:
        st.caption("No one has answered yet.")
        return
    with st.container(border=True, key="review-people"):
        figure_table(HEAD, rows_of(found), names=1, key="people")
        st.caption(ABOUT)


def _chosen(here: Here, store: Store, shared: Sequence[Reviewed], shown: str) -> Sequence[Reviewed]:
    if shown == _FLAGGED:
        return review.list_flagged(store, actor=here.actor)
    if shown == _SURPLUS:
        return review.list_surplus(store, actor=here.actor)
    every = review.list_with_reopened(store, shared, actor=here.actor)
    return [reviewed for reviewed in every if reviewed.is_settled == (shown == "Settled")]


def _counted_surplus(chosen: Sequence[Reviewed]) -> str:
    waiting = sum(len(reviewed.waiting) for reviewed in chosen)
    number = counted(waiting, "answer does", "answers do")
    return f"A surplus answer came after its sentence had all the answers it needed. {number} not count until admitted."


def _drawn(reviewed: Reviewed, sentence: Sentence, names: dict[int, str]) -> dict[str, Any]:
    decided, rare = reviewed.decision, review.labels_of_few(reviewed)
    answers = sorted((*reviewed.answers, *reviewed.waiting), key=lambda each: names[each.person_id].casefold())
    return {
        "sentence_id": sentence.id,
        "text": sentence.text,
        "tokens": list(sentence.tokens),
        "starts": list(sentence.starts),
        "people": [_drawn_answer(answer, names, differs=answer.label in rare) for answer in answers],
        "decision": decided and _drawn_decision(decided, names),
    }


def _drawn_answer(answer: Annotation, names: dict[int, str], *, differs: bool) -> dict[str, Any]:
    return {
        "name": names[answer.person_id],
        "label": answer.label,
        "differs": differs,
        "marks": answer.marks,
        "note": answer.observed.note,
        "flagged": answer.observed.flagged,
        "surplus": answer.id if answer.surplus else None,
        "counts": answer.has_a_vote,
    }


def _drawn_decision(decided: Annotation, names: dict[int, str]) -> dict[str, Any]:
    return {
        "number": decided.id,
        "name": names[decided.person_id],
        "label": decided.label,
        "marks": decided.marks,
    }


@guarded(session.notice.keep)
def _settle(here: Here) -> None:
    """Store what the browser has sent, before the page is drawn."""
    if here.person is None:
        return
    message = widgets.review_message()
    try:
        with Store.open(here.path) as store:
            decided = review.settle_all(store, here.person, message)
            admitted = admitting.admit_all(store, here.person, message)
            withdrawn = withdrawing.withdraw_all(store, here.person, message)
            made = _numbers(store, decided)
    except (Refused, StoreError) as error:
        session.notice.keep(str(error))
        return
    every = [*decided, *admitted, *withdrawn]
    session.decided.keep(every)
    taken_back = [one.decision for one in message.withdrawals if isinstance(one, Withdrawal)]
    session.undoable.keep((made or taken_back, bool(made)))
    refused = " ".join(receipt["refused"] for receipt in every if receipt["refused"])
    session.notice.keep(refused or ("Settled." if decided else _TAKEN_BACK if withdrawn else "Saved."))


def _numbers(store: Store, receipts: Sequence[dict[str, str]]) -> list[int]:
    """Return the numbers of the decisions that were made."""
    found = [annotations.find(store, receipt["key"]) for receipt in receipts if not receipt["refused"]]
    return [decision.id for decision in found if decision is not None]


@guarded(session.notice.keep)
def _undo(here: Here, numbers: Sequence[int], withdrawn: bool) -> None:
    """Take back the decisions that were just made, or put back those that were just withdrawn."""
    try:
        with Store.open(here.path) as store:
            for number in numbers:
                withdrawing.withdraw(store, number, withdrawn=withdrawn, actor=here.actor)
    except (Refused, StoreError) as error:
        session.notice.keep(str(error))
        return
    session.notice.keep(_TAKEN_BACK if withdrawn else "The decision is back.")
