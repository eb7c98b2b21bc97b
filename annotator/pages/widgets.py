"""The keys of the pages' widgets and components, what these have just sent, and what they begin with.

What the pages keep for themselves is in session.py.
"""

from hashlib import sha256
from typing import Any

import streamlit as st

from annotator.answering.message import Message, names_answer, read_message
from annotator.pages import session
from annotator.reviewing.message import ReviewMessage, read_review_message
from annotator.rounds.asking.model_message import ModelMessage, read_model_message

MARKER = "marker"
"""The word marker's key."""
SENDER = "sender"
"""The key of what sends waiting answers from pages without the word marker."""
SENTENCES = "sentences"
"""The key of the list of sentences."""
OWN = "own"
"""The key of the list of one's own answers."""
ROUNDS = "rounds"
"""The key of the table of rounds."""
REVIEW = "review"
"""The key of the sheet of sentences to settle."""
TRY = "try"
"""The key of the sentence that is tried on models, and of the list of earlier ones."""
TELLING = "telling"
"""The key of the sentence that shows what the marks did."""
WORDS = "words"
"""The key of the table of words that a model relies on."""
WORD_SENTENCES = "word sentences"
"""The key of the list of sentences with one of these words."""
SEEDS = "more seeds"
"""The key of how many more seeds a round is to be trained with."""
SEED_TWINS = "twins of seeds"
"""The key of whether their twins are trained as well."""
GUIDELINES = "guidelines"
"""The key of the editor of the guidelines."""
SEARCH = "search"
"""The filter of the list that holds text, and its part of the address."""
_FILTERS = {
    "Split": "split",
    "Label": "label",
    "Person": "answered_by",  # the identity of who is here has the key "person"
    "Answers": "answers",
    "Model": "model",
    "Tag": "tag",
    "Set": "set",
}
"""The other filters of the list, and their parts of the address."""
LISTED = "list"
"""What the Data page lists, and its part of the address."""
FILE_ANSWERS = "answers in the file"
"""The key of which answers of a file an import keeps."""
COMPARED_WITH = "compared with"
"""The key of what a search is counted next to."""


def marker_message() -> Message:
    """Return what the word marker has just sent."""
    return read_message(st.session_state.get(MARKER, {}).get("sync"))


def sender_message() -> Message:
    """Return what the sender has just sent."""
    return read_message(st.session_state.get(SENDER, {}).get("sync"))


def review_message() -> ReviewMessage:
    """Return what the review sheet has just sent."""
    return read_review_message(st.session_state.get(REVIEW, {}).get("settle"))


def model_message(key: str) -> ModelMessage:
    """Return what the component with this key of the Model page has just sent."""
    return read_model_message(st.session_state.get(key, {}).get("act"))


def guidelines_message() -> dict[str, Any]:
    """Return what the editor of the guidelines has just sent: its text, and the version that the writer saw."""
    sent = st.session_state.get(GUIDELINES, {})
    message = sent.get("save") or sent.get("type")
    fields = message if isinstance(message, dict) else {}
    text, version = fields.get("text"), fields.get("version")
    return {"text": text if isinstance(text, str) else "", "version": version if isinstance(version, int) else 0}


def opened_sentence() -> str | None:
    """Return the id of the sentence that was just chosen in the list, or None."""
    chosen = st.session_state.get(SENTENCES, {}).get("open")
    return chosen if isinstance(chosen, str) else None


def opened_round() -> str | None:
    """Return the name of the round that was just chosen in the table, or None."""
    chosen = st.session_state.get(ROUNDS, {}).get("open")
    return chosen if isinstance(chosen, str) else None


def reopen_own() -> None:
    """Keep which of their own answers the person has just chosen to go back to."""
    chosen = st.session_state.get(OWN, {}).get("open")
    if names_answer(chosen):
        session.reopened.keep(chosen)


def asked_seeds() -> tuple[int, bool]:
    """Return how many more seeds a round is to be trained with, and whether each gets a twin."""
    return int(st.session_state.get(SEEDS, 1)), bool(st.session_state.get(SEED_TWINS, False))


def key_of(text: str) -> str:
    """Return a short key for a text from people, which a key that names a CSS class cannot hold."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def filter_key(name: str) -> str:
    """Return the key of one of the widgets that filter the list, which is also its part of the address."""
    return _FILTERS[name]


def column_key(file_id: str, part: str) -> str:
    """Return the key of the widget that chooses which column of a file holds this part of a sentence."""
    return f"column {file_id} {part}"


def comparison_key(name: str) -> str:
    """Return the key of one of the widgets that choose what is compared."""
    return f"comparison {name}"


def begin_with(key: str, value: str) -> None:
    """Let a widget that has not been drawn yet begin with this value."""
    st.session_state.setdefault(key, value)


def keep_all_answers() -> None:
    """Choose in the form of an import that all answers of the file are kept."""
    st.session_state[FILE_ANSWERS] = "keep"


def clear_filters() -> None:
    """Empty every filter of the list."""
    st.session_state[SEARCH] = ""
    for key in _FILTERS.values():
        st.session_state[key] = None


def open_set(name: str) -> None:
    """List the sentences of a set, and no others."""
    clear_filters()
    st.session_state[filter_key("Set")] = name
    st.session_state[LISTED] = "Sentences"
