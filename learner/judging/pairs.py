"""Two models' judgements of the same sentences, row by row."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from learner.judging.judged import Judged


@dataclass(frozen=True)
class Pair:
    """What two models did with the same n sentences: row i of both is the same sentence with the same gold label."""

    before: Judged
    after: Judged
    only_before: int = 0
    """Sentences left out because only the first model was judged on them."""
    only_after: int = 0
    other_gold: int = 0
    """Sentences left out because their gold label changed in between."""

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self.before)

    @property
    def same_marks(self) -> NDArray[np.bool_]:
        """Return which sentences have as many marked and unmarked words in both: (n,).

        Others were marked differently in between, or one model sees less of them, so their saliency isn't comparable.
        """
        before, after = self.before, self.after
        return np.asarray((before.marked == after.marked) & (before.unmarked == after.unmarked))

    def take(self, rows: NDArray[np.generic]) -> Self:
        """Return these rows, given by number or as a mask."""
        places = np.arange(len(self))[rows]
        return replace(self, before=self.before.take(places), after=self.after.take(places))


def match(before: Judged, after: Judged) -> Pair:
    """Return the sentences that both models were judged on with the same gold label, in the order of their ids."""
    shared, rows_before, rows_after = np.intersect1d(before.ids, after.ids, return_indices=True)
    same = before.gold[rows_before] == after.gold[rows_after]
    return Pair(
        before.take(rows_before[same]),
        after.take(rows_after[same]),
        only_before=len(before) - len(shared),
        only_after=len(after) - len(shared),
        other_gold=int((~same).sum()),
    )
