"""The word to put in the place of another: the most frequent one of each label in the answers to pool sentences."""

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


def _most_frequent(words: Sequence[Word], label: int) -> Word | None:
    of_label = [word for word in words if word.label == label and word.z[label] > 0 and word.word.isalpha()]
    return max(
        of_label,
        key=lambda word: (word.plus_share >= _USUALLY_MARKED, word.sentences * word.shares[label]),
        default=None,
    )
