"""The card of the Project page with the words that must not matter anywhere."""

import streamlit as st

from annotator.errors import Refused
from annotator.pages import session
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, plain
from annotator.project.word_rules import add_rule, list_rules, withdraw_rule
from annotator.wording import clock
from db.errors import StoreError
from db.records import WordRule
from db.store import Store


def draw(here: Here) -> None:
    """Draw the rules that apply, each with its withdrawal, and a line to make another."""
    with Store.open(here.path) as store:
        rules = list_rules(store, actor=here.actor)
    with st.container(border=True, key="project-words"):
        st.subheader("Words that must not matter", anchor=False)
        st.caption(
            "Rounds that start from now on learn to look away from these words, in every pool answer in which no "
            "person marked them as a reason. The Model page shows which words a model relies on."
        )
        for rule in rules:
            _draw_rule(here, rule)
        _draw_form(here)


def _draw_rule(here: Here, rule: WordRule) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(rule.word)}** · {plain(rule.person or 'command line')}, {clock(rule.at_ms)}")
        st.button("Withdraw", key=f"withdraw {rule.word}", on_click=_change, args=(here, rule.word, False))


def _draw_form(here: Here) -> None:
    form = st.form("word-rule", border=False, clear_on_submit=True)
    with form.container(horizontal=True, vertical_alignment="bottom"):
        word = st.text_input("Word", placeholder="A word, as it is in the sentences", max_chars=256)
        submitted = st.form_submit_button("Add a rule")
    if submitted:
        _change(here, word, True)
        st.rerun()


@guarded(session.notice.keep)
def _change(here: Here, word: str, applies: bool) -> None:
    try:
        with Store.open(here.path) as store:
            changed = (add_rule if applies else withdraw_rule)(store, word, actor=here.actor)
    except (Refused, StoreError) as error:
        session.notice.keep(str(error))
    else:
        must = "must not matter" if applies else "may matter again"
        session.notice.keep(f"“{changed}” {must} in rounds that start from now on.")
