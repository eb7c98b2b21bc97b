"""What the components of the Model page send, read as data that may come from anyone."""

from dataclasses import dataclass
from typing import Any, Literal

from annotator.names import LONGEST_ID
from annotator.rounds.asking.editing import LONGEST_TEXT

LONGEST_WORD_SENT = 300
"""Characters; more than a rule's word may have, so that a person reads why theirs becomes no rule."""
MOST_TRIED = 2**31


@dataclass(frozen=True)
class WordChange:
    """A word of a tried sentence, and what is to come in its place."""

    version: int
    """0 for the sentence as it was tried, 1 for the one with the last change."""
    place: int
    instead: str
    """Empty to delete the word."""


@dataclass(frozen=True)
class SentenceAct:
    """What is to happen to a sentence with a word: its word marked, that taken back, or the sentence opened."""

    act: Literal["mark", "take back", "open", "answer"]
    id: str
    """The sentence's id from its file."""


@dataclass(frozen=True)
class ModelMessage:
    """One act: at most one of these is set."""

    change: WordChange | None = None
    open_trial: int | None = None
    remove_trial: int | None = None
    rule: str = ""
    """The word that must not matter from now on."""
    withdraw: str = ""
    """The word whose rule is withdrawn."""
    delete: str = ""
    """The word that is to be deleted from every sentence."""
    show: str = ""
    """The word whose sentences are to be shown."""
    sentence: SentenceAct | None = None


def read_model_message(sent: Any) -> ModelMessage:
    """Return the act in a message; an empty one for anything that is not an act."""
    match sent:
        case {"kind": "change", "version": int(version), "place": int(place), "instead": str(instead)}:
            is_one = version in (0, 1) and place >= 0 and len(instead) <= LONGEST_TEXT
            return ModelMessage(change=WordChange(version, place, instead) if is_one else None)
        case {"kind": "open", "id": int(tried)} if 0 < tried <= MOST_TRIED:
            return ModelMessage(open_trial=tried)
        case {"kind": "remove", "id": int(tried)} if 0 < tried <= MOST_TRIED:
            return ModelMessage(remove_trial=tried)
        case {"kind": "mark" | "take back" | "open" | "answer" as act, "sentence": str(sentence)}:
            return ModelMessage(sentence=SentenceAct(act, sentence) if len(sentence) <= LONGEST_ID else None)
        case {"kind": str(kind), "word": str(word)} if len(word) <= LONGEST_WORD_SENT:
            return _about_word(kind, word)
    return ModelMessage()


def _about_word(kind: str, word: str) -> ModelMessage:
    if kind == "rule":
        return ModelMessage(rule=word)
    if kind == "withdraw":
        return ModelMessage(withdraw=word)
    if kind == "show":
        return ModelMessage(show=word)
    return ModelMessage(delete=word) if kind == "delete" else ModelMessage()
