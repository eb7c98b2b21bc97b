"""The card of the Model page with the words that a model relies on, and what can be done about one."""

from collections.abc import Collection, Sequence
from typing import Any

import streamlit as st

from annotator.errors import Refused
from annotator.pages import session, widgets
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, plain
from annotator.pages.model_try import COUNTING, LOADING, round_title
from annotator.pages.word_table import word_table
from annotator.project import word_rules
from annotator.rounds.asking import scorer
from annotator.rounds.asking.scorer_messages import WithoutWord
from annotator.rounds.asking.word_wording import about_answers, about_marks, about_model, about_removal, figures_of
from annotator.rounds.asking.words import WordsReliedOn, words_of_round
from annotator.rounds.measuring.comparing import in_text
from db.errors import StoreError
from db.learning.round_records import Round
from db.store import Store
from learner.judging.words import Word

WORD = "word"
"""The part of the address that names a word, whose sentences are shown."""


def draw(here: Here, known: Sequence[Round], serving: int | None) -> None:
    """Draw the words, those that give a label away and that people hardly ever mark first."""
    with st.container(border=True, key="model-words"):
        with st.container(horizontal=True, vertical_alignment="bottom", key="model-words-head"):
            st.subheader("Words it relies on", anchor=False)
            chosen = _choose(known, serving)
        with st.spinner(COUNTING, show_time=True), Store.open(here.path) as store:
            found = words_of_round(store, actor=here.actor, round_id=chosen)
            ruled = {rule.word for rule in word_rules.list_rules(store, actor=here.actor)}
        if not found.words:
            st.caption("Too few answers to count words: a word is counted once five answered sentences have it.")
            return
        st.caption(plain(_summary(found, known)))
        _draw_table(here, found, ruled, chosen)


def _choose(known: Sequence[Round], serving: int | None) -> int | None:
    """Return the round whose model is looked at: the one that serves unless another is chosen."""
    ids = list(dict.fromkeys([*([serving] if serving is not None else []), *(one.id for one in known)]))
    if len(ids) < 2:
        return ids[0] if ids else None
    return st.selectbox("Whose words", ids, format_func=round_title, label_visibility="collapsed", width=260)


def _draw_table(here: Here, found: WordsReliedOn, ruled: Collection[str], chosen: int | None) -> None:
    if chosen is not None:
        _delete_everywhere(here, chosen)
    removals = {} if chosen is None else session.removals.get(chosen)
    word_table(
        [_row(found, word, has_rule=word.word in ruled, removal=removals.get(word.word)) for word in found.words],
        has_model=not found.without_model,
        key=widgets.WORDS,
        on_act=_on_act(here),
    )


def _summary(found: WordsReliedOn, known: Sequence[Round]) -> str:
    out = sum(word.is_suspicious for word in found.words)
    words = {0: "No word gives", 1: "1 word gives"}.get(out, f"{out} words give")
    lead = f"{words} a label away while people hardly ever mark {'it' if out < 2 else 'them'} as a reason"
    first = "." if not out else f"; {'it is' if out == 1 else 'they are'} at the top."
    at_random = "answers to sentences that no model chose" if found.is_random else "answers"
    counted = f" Counted in {found.answers:,} {at_random}"
    scorer_of = next((in_text(one) for one in known if one.name == found.round), f"round {found.round}")
    model = f" and {found.scored:,} pool sentences that {scorer_of} scored." if not found.without_model else "."
    missing = f" {found.without_model}" if found.without_model else ""
    return f"{lead}{first}{counted}{model}{missing} A list to look at, not a verdict: a word may well be a good reason."


def _row(found: WordsReliedOn, word: Word, *, has_rule: bool, removal: WithoutWord | None) -> dict[str, Any]:
    tags = ["hardly ever marked"] if word.is_suspicious else []
    return {
        "word": word.word,
        "stands_out": word.is_suspicious,
        "tags": [*tags, *(["must not matter"] if has_rule else [])],
        "answers": about_answers(word, labels=found.labels, shares=found.shares),
        "model": about_model(word, labels=found.labels, scored=found.scored),
        "marked": about_marks(word),
        "figures": figures_of(word, labels=found.labels),
        "has_rule": has_rule,
        "can_delete": not found.without_model,
        "removal": None if removal is None else _removal(removal),
    }


def _removal(removal: WithoutWord) -> dict[str, Any]:
    examples = [{"id": one, "before": before, "after": after} for one, before, after in removal.examples]
    return {"summary": about_removal(removal), "examples": examples}


def _on_act(here: Here) -> Any:
    @guarded(session.model_trouble.keep)
    def on_act() -> None:
        message = widgets.model_message(widgets.WORDS)
        session.asked_removal.keep(message.delete)
        with Store.open(here.path) as store:
            if message.rule:
                word_rules.add_rule(store, message.rule, actor=here.actor)
            if message.show:
                st.query_params[WORD] = message.show
            if message.withdraw:
                word_rules.withdraw_rule(store, message.withdraw, actor=here.actor)

    return on_act


def _delete_everywhere(here: Here, chosen: int) -> None:
    """Ask what deleting a word from every sentence changes, if the browser has just sent one."""
    word = session.asked_removal.take()
    if not word:
        return
    try:
        with st.spinner(LOADING, show_time=True), Store.open(here.path) as store:
            found = scorer.without_word(store, chosen, word, actor=here.actor)
    except (Refused, StoreError) as refusal:
        st.warning(plain(str(refusal)))
    else:
        session.removals.keep(chosen, session.removals.get(chosen) | {found.word: found})
