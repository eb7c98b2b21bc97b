"""What changed between two models, sentence by sentence and label by label."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from learner.judging.judged import Judged
from learner.judging.looking import count_categories
from learner.judging.pairs import Pair

Kind = Literal["now right", "now wrong", "right for the wrong words", "right for other words", "both wrong"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The kinds of sentences that a person looks at; a sentence may be of several.

now right                  only the second model is right
now wrong                  only the first model is right
right for the wrong words  the second model is right, and no marked word is among its six most salient
right for other words      both are right, and the precision of their saliency differs by `OTHER_WORDS` or more
both wrong                 neither is right
"""

OTHER_WORDS = 0.3
"""How far two average precisions, 0 to 1, are apart where models look at other words."""

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Change:
    """What two models did with one sentence; labels are indices, probabilities 0 to 1."""

    id: int
    gold: int
    predicted_before: int
    predicted_after: int
    probability_before: float
    """Of the gold label."""
    probability_after: float
    precision_before: float | None
    """The average precision of the marked words, 0 to 1; None where there is no ranking."""
    precision_after: float | None
    looks_before: bool | None
    """Whether a marked word is among the six most salient; None without marked words."""
    looks_after: bool | None

    @property
    def gain(self) -> float:
        """Return by how much the gold label became more probable, -1 to 1."""
        return self.probability_after - self.probability_before


def rows_of_kind(pair: Pair) -> dict[Kind, NDArray[np.bool_]]:
    """Return which sentences are of each kind: (n,) each."""
    before, after = pair.before, pair.after
    # A NaN, a sentence without a ranking, compares as False. The margin keeps .3 itself in, as float32 or not.
    apart = np.abs(after.precision.astype(float) - before.precision) >= OTHER_WORDS - 1e-6
    return {
        "now right": after.right & ~before.right,
        "now wrong": before.right & ~after.right,
        "right for the wrong words": after.right & (after.marked > 0) & ~after.looks,
        "right for other words": before.right & after.right & apart & pair.same_marks,
        "both wrong": ~before.right & ~after.right,
    }


def list_changes(pair: Pair, kind: Kind, *, limit: int | None = None) -> list[Change]:
    """Return the sentences of a kind, those first whose gold label's probability changed most; by id at a tie."""
    rows = np.flatnonzero(rows_of_kind(pair)[kind])
    gain = pair.after.probability_of_gold[rows] - pair.before.probability_of_gold[rows]
    order = np.lexsort((pair.before.ids[rows], -np.abs(gain)))[:limit]
    return [_change(pair, int(row)) for row in rows[order]]


def _change(pair: Pair, row: int) -> Change:
    before, after = pair.before, pair.after
    return Change(
        id=int(before.ids[row]),
        gold=int(before.gold[row]),
        predicted_before=int(before.probabilities[row].argmax()),
        predicted_after=int(after.probabilities[row].argmax()),
        probability_before=float(before.probabilities[row, before.gold[row]]),
        probability_after=float(after.probabilities[row, after.gold[row]]),
        precision_before=_number(before.precision[row]),
        precision_after=_number(after.precision[row]),
        looks_before=bool(before.looks[row]) if before.marked[row] else None,
        looks_after=bool(after.looks[row]) if after.marked[row] else None,
    )


def _number(value: np.floating) -> float | None:
    return None if np.isnan(value) else float(value)


def categories(pair: Pair) -> list[int]:
    """Return how many marked sentences are in each category of appendix D, in the order of `looking.titles`."""
    marked = pair.take((pair.before.marked > 0) & pair.same_marks)
    before, after = marked.before, marked.after
    return count_categories(before.right, after.right, before.looks, after.looks)


@dataclass(frozen=True)
class Confusion:
    """How many sentences of each gold label (row) are predicted with each label (column): (labels, labels)."""

    before: Counts
    after: Counts

    @property
    def change(self) -> Counts:
        """Return by how many sentences each cell grew."""
        return self.after - self.before


def confusion(pair: Pair) -> Confusion:
    """Return the confusion of both models; with the labels of the one that knows more."""
    labels = max(pair.before.probabilities.shape[1], pair.after.probabilities.shape[1])
    return Confusion(*(confusion_of(each, labels=labels) for each in (pair.before, pair.after)))


def confusion_of(judged: Judged, *, labels: int) -> NDArray[np.int64]:
    """Return how many sentences of each gold label (row) got each label (column): (labels, labels)."""
    counts = np.zeros((labels, labels), dtype=np.int64)
    np.add.at(counts, (judged.gold, judged.predicted), 1)
    return counts
