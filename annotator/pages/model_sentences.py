"""The Model page for one word: sentences with it, where its marks can be changed, or a sentence be answered."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from annotator.answering.picking import pick_sentence
from annotator.pages import annotate, session, widgets
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, heading, page, plain
from annotator.pages.word_sentences import word_sentences
from annotator.reviewing import word_sentences as marking
from annotator.reviewing.word_sentences import OwnSentence, WordSentences
from annotator.rounds.asking.model_message import SentenceAct
from annotator.wording import clock
from db.answers import annotations
from db.corpus import sentences
from db.records import Person, Sentence
from db.store import Store

_ABOUT = (
    "Mark the word where it is not a reason for the label and the model must not use it. A click changes your own "
    "answer: it is stored as a new one that replaces your last one, and the next round learns from it. Only sentences "
    "of the pool are listed."
)


def draw(here: Here, word: str, *, on_back: Callable[[], None]) -> None:
    """Draw the person's own answers with the word, and sentences with it that they may answer."""
    if session.reopened.get() is not None or session.picked.get():
        st.switch_page(page(here, annotate.render, annotate.TITLE, default=True))
    st.button("All words", icon=":material/arrow_back:", type="tertiary", on_click=on_back)
    with st.container(key="model-head"):
        heading(plain(f"Sentences with \u201c{word}\u201d"))
        st.caption(_ABOUT)
    if trouble := session.model_trouble.take():
        st.warning(plain(trouble))
    if here.person is None:
        return
    turned = session.word_position.get(word)
    with Store.open(here.path) as store:
        found = marking.sentences_with_word(store, here.person, word, after=turned[-1])
    word_sentences(word, _parts(found), key=widgets.WORD_SENTENCES, on_act=_on_act(here, here.person, word))
    if len(turned) > 1 or found.next_after is not None:
        _draw_turning(word, turned, found.next_after)


def _parts(found: WordSentences) -> list[dict[str, Any]]:
    own = {
        "title": "Your answers",
        "rows": [_own_row(one) for one in found.own],
        "nothing": "You have answered no pool sentence with this word.",
    }
    open_ = {
        "title": "Not answered by you",
        "rows": [_open_row(one) for one in found.open],
        "nothing": "No other sentence with this word waits for an answer.",
    }
    return [own, open_]


def _own_row(own: OwnSentence) -> dict[str, Any]:
    acts = [{"kind": "open", "name": "Open"}]
    if own.takes_marks:
        name = ("take back", "Take back") if own.is_marked else ("mark", "Must not matter here")
        acts.insert(0, dict(zip(("kind", "name"), name, strict=True)))
    return _row(own.sentence) | {
        "marks": own.answer.marks,
        "label": own.label.name,
        "facts": clock(own.answer.created_ms) + ("" if own.takes_marks else " · takes no marks"),
        "acts": acts,
    }


def _open_row(sentence: Sentence) -> dict[str, Any]:
    return _row(sentence) | {"marks": None, "label": "", "facts": "", "acts": [{"kind": "answer", "name": "Answer"}]}


def _row(sentence: Sentence) -> dict[str, Any]:
    return {
        "id": sentence.external_id,
        "text": sentence.text,
        "tokens": list(sentence.tokens),
        "starts": list(sentence.starts),
        "query": sentence.query,
    }


def _draw_turning(word: str, turned: list[int], next_after: int | None) -> None:
    with st.container(horizontal=True, key="word-pages"):
        turn = session.word_position.keep
        st.button("Earlier", disabled=len(turned) == 1, on_click=turn, args=(word, turned[:-1]))
        st.button("Later", disabled=next_after is None, on_click=turn, args=(word, [*turned, next_after or 0]))


def _on_act(here: Here, person: Person, word: str) -> Any:
    @guarded(session.model_trouble.keep)
    def on_act() -> None:
        asked = widgets.model_message(widgets.WORD_SENTENCES).sentence
        if asked is not None:
            with Store.open(here.path) as store:
                _act(store, person, word, asked)

    return on_act


def _act(store: Store, person: Person, word: str, asked: SentenceAct) -> None:
    if asked.act == "mark":
        marking.must_not_matter(store, person, asked.id, word)
    elif asked.act == "take back":
        marking.take_back(store, person, asked.id, word)
    elif asked.act == "answer":
        session.picked.keep(pick_sentence(store, person, asked.id))
    else:
        session.reopened.keep(_newest_key(store, person, asked.id))


def _newest_key(store: Store, person: Person, external_id: str) -> str | None:
    sentence = sentences.find(store, [external_id]).get(external_id)
    newest = None if sentence is None else annotations.newest(store, sentence.id, person.id)
    return None if newest is None else newest.submission_key
