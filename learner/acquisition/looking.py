"""Acquisitions of where the model looks. All but `gradient_length` are ours, and experimental.

`gradient_length` is expected gradient length of words (Zhang et al. 2017). A word's saliency is that of the predicted
label; its share is its part of the row's positive saliency.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import entr

from learner.acquisition.pool import Array, Pool
from learner.acquisition.protocol import Acquisition, Scored
from learner.acquisition.word_rows import WordRows


def _gradient_length(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    scores = np.asarray(pool.features.gradient_lengths(pool.own_rows), dtype=float)
    return Scored(scores, lambda row: f"Its answer would move one of its words by {scores[row]:.3g}.")


def _diffuse(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    """Score the entropy of the words' shares of |saliency|, over its maximum, log of the number of words.

    A row of one word, or one where no word moves the answer, has 0.
    """
    shares = pool.saliency.having(np.abs(pool.saliency.values)).shares()
    spread, most = shares.having(entr(shares.values)).sums(), np.log(shares.lengths)
    scores = np.divide(spread, most, out=np.zeros(len(pool)), where=most > 0)
    return Scored(scores, lambda row: f"Its saliency is spread over its words: {scores[row]:.2f} of an even spread.")


def _lexicon_conflict(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    """Score how sure the model is, times the share of words that no one has marked for the label.

    Predictions of a label for which no one has marked any word have 0.
    """
    lexicon = pool.features.marked_words()
    taught = np.flatnonzero([bool(lexicon.get(int(label))) for label in pool.predicted])
    part = pool.part(taught)
    shares = _shares(part)
    known = np.array([_is_known(word, lexicon[int(part.predicted[row])]) for row, word in _each_word(part)], dtype=bool)
    unmarked = shares.having(np.where(known, 0, shares.values))
    scores = np.zeros(len(pool))
    scores[taught] = (1 - part.unsureness) * unmarked.sums()
    place = {int(row): index for index, row in enumerate(taught)}

    def why(row: int) -> str:
        if row not in place:
            return "No one has marked words for the label that the model gives it."
        top, share = _top(part, unmarked, place[row])
        sure = f"The model gives {pool.label(int(pool.predicted[row]))} {pool.probabilities[row].max():.2f}"
        if share == 0:
            return f"{sure}, and looks only at words that have been marked for it."
        return f"{sure}, with {share:.0%} of its saliency on “{top}”, which no one has marked for it."

    return Scored(scores, why)


def _disagreement(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    """Score ½ Σ |share of saliency - share of expected marks|, times the expected number of marks, at most 1.

    Where the marks head expects no mark, there is nothing to disagree with. Without any marks, all have 0.
    """
    expected = pool.features.expected_marks(pool.own_rows)
    if expected is None:
        return Scored(np.zeros(len(pool)), lambda row: "No one has marked words yet, so the order is random.")
    shares, marks = _shares(pool), expected.shares()
    apart = shares.having(np.abs(shares.values - marks.values)).sums() / 2
    scores = apart * np.minimum(1, expected.sums())
    return Scored(scores, _why_disagreement(pool, shares, marks))


def _why_disagreement(pool: Pool, shares: WordRows, marks: WordRows) -> Callable[[int], str]:
    def why(row: int) -> str:
        (looks, share), (expects, of_marks) = _top(pool, shares, row), _top(pool, marks, row)
        return (
            f"The model looks at “{looks}” ({share:.0%} of its saliency); by the marks so far, people would mark "
            f"“{expects}” ({of_marks:.0%} of what is expected)."
        )

    return why


def _shares(pool: Pool) -> WordRows:
    """Return each word's share of its row's positive saliency."""
    return pool.saliency.having(np.maximum(pool.saliency.values, 0)).shares()


def _each_word(pool: Pool) -> list[tuple[int, str]]:
    return [(row, word) for row, words in enumerate(pool.words) for word in words]


def _is_known(word: str, marked: frozenset[str]) -> bool:
    return word.casefold() in marked


def _top(pool: Pool, numbers: WordRows, row: int) -> tuple[str, float]:
    """Return the word with the largest number, and the number."""
    of_row: Array = numbers.row(row)
    top = int(of_row.argmax())
    return pool.words[row][top], float(of_row[top])


gradient_length = Acquisition(_gradient_length, of_candidates=True)
diffuse = Acquisition(_diffuse, of_candidates=True)
lexicon_conflict = Acquisition(_lexicon_conflict, of_candidates=True)
disagreement = Acquisition(_disagreement, of_candidates=True)
