"""Rules for words: that a word must not matter in any sentence of the project.

A rule is a person's act, and is kept when it is withdrawn. Rounds that are queued while it applies learn to look away
from the word (`annotator/rounds/learning/deciding.py`).
"""

from annotator.errors import BadWordRule
from annotator.project.permissions import Actor, check_may_act
from db.records import WordRule, id_of
from db.store import Store
from db.team import audit, word_rules

LONGEST_RULE = 256
"""Characters of the word of a rule."""


def list_rules(store: Store, *, actor: Actor) -> list[WordRule]:
    """Return the rules that apply now, by word."""
    check_may_act(store, actor, least="researcher")
    return word_rules.applying(store)


def add_rule(store: Store, word: str, *, actor: Actor) -> str:
    """Make the rule that this word must not matter; return the word in lower case. A second time changes nothing."""
    return _change(store, word, applies=True, actor=actor)


def withdraw_rule(store: Store, word: str, *, actor: Actor) -> str:
    """Let this word matter again in rounds from now on; return the word in lower case."""
    return _change(store, word, applies=False, actor=actor)


def _change(store: Store, word: str, *, applies: bool, actor: Actor) -> str:
    word = _read_word(word)
    with store.writing():
        check_may_act(store, actor, least="researcher")
        has_rule = any(rule.word == word for rule in word_rules.applying(store))
        if not (applies or has_rule):
            raise BadWordRule(
                f"There is no rule for {word!r}; `whylight word-rule list` shows the words that have one."
            )
        if has_rule != applies:
            word_rules.add(store, word, applies=applies, person_id=id_of(actor))
            audit.record(store, actor, "word rule added" if applies else "word rule withdrawn", {"word": word})
    return word


def _read_word(word: str) -> str:
    word = word.strip().lower()
    if not 1 <= len(word) <= LONGEST_RULE or not word.isprintable() or " " in word:
        raise BadWordRule(
            f"{word[:50]!r} is not a word of 1 to {LONGEST_RULE} printable characters; give one word, as it is in the "
            "sentences."
        )
    return word
