"""The word to put in the place of another, from the answers to pool sentences."""

from collections.abc import Sequence

from annotator.rounds.asking.words import WordsReliedOn
from learner.judging.words import Word

_USUALLY_MARKED = 50.0
"""The share, in percent, of the times it was shown from which on a word is usually a reason."""


def frequent_words(found: WordsReliedOn) -> dict[str, str]:
    """Return label → the word that most of its answers have, of the words that speak for it most.

    A word that people usually mark as a reason comes before the others; a label without any word is left out.
    """
    chosen = {name: _most_frequent(found.words, index) for index, name in enumerate(found.labels)}
    return {name: word.word for name, word in chosen.items() if word is not None}


def giveaway_of_another(found: WordsReliedOn, label: str, *, like: str) -> str:
    """Return the word that most gives away another label than this, of those that people hardly ever mark.

    Empty if there is none. It begins with a capital letter where the word `like`, whose place it takes, does.
    """
    others = [
        word for word in found.words if word.is_suspicious and word.word.isalpha() and found.labels[word.label] != label
    ]
    best = max(others, key=lambda word: word.z[word.label], default=None)
    if best is None:
        return ""
    return best.word.capitalize() if like[:1].isupper() else best.word


def _most_frequent(words: Sequence[Word], label: int) -> Word | None:
    of_label = [word for word in words if word.label == label and word.z[label] > 0 and word.word.isalpha()]
    return max(
        of_label,
        key=lambda word: (word.plus_share >= _USUALLY_MARKED, word.sentences * word.shares[label]),
        default=None,
    )
