"""The words that must not matter anywhere."""

import streamlit as st

from annotator.pages.frame import Here, plain
from annotator.pages.project import outcome
from annotator.pages.widgets import key_of
from annotator.project.word_rules import add_rule, list_rules, withdraw_rule
from annotator.wording import clock
from db.records import WordRule
from db.store import Store

_PLACE = "word"


def draw(here: Here) -> None:
    """Draw the rules that apply, each with its withdrawal, and a line to make another."""
    with Store.open(here.path) as store:
        rules = list_rules(store, actor=here.actor)
    with st.container(border=True, key="project-words"):
        st.header("Words that must not matter", anchor=False)
        st.caption(
            "Rounds that start from now on learn to look away from these words, in every pool answer in which no "
            "person marked them as a reason. The Model page shows which words a model relies on."
        )
        for rule in rules:
            _draw_rule(here, rule)
        _draw_form(here)


def _draw_rule(here: Here, rule: WordRule) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-word-{key_of(rule.word)}"):
        st.markdown(
            f"**{plain(rule.word)}**  \n:small[{plain(rule.person or 'command line')}, {plain(clock(rule.at_ms))}]"
        )
        st.button("Withdraw", key=f"withdraw {rule.word}", on_click=_change, args=(here, rule.word, False))


def _draw_form(here: Here) -> None:
    form = st.form("word-rule", border=False, clear_on_submit=True)
    with form.container(horizontal=True, vertical_alignment="bottom"):
        word = st.text_input("Word", placeholder="A word, as it is in the sentences", max_chars=256)
        submitted = st.form_submit_button("Add a rule")
    if submitted:
        _change(here, word, True)
        st.rerun()
    outcome.draw(_PLACE)


def _change(here: Here, word: str, applies: bool) -> None:
    change, must = (add_rule, "must not matter") if applies else (withdraw_rule, "may matter again")
    outcome.act(
        here,
        _PLACE,
        lambda store: change(store, word, actor=here.actor),
        lambda changed: f"“{changed}” {must} in rounds that start from now on.",
    )
