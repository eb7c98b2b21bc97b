"""Two models' accuracy on parts of the sentences: those of a label, the long ones, those people disagreed about."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from learner.judging.intervals import FEWEST, RESAMPLES, interval_of
from learner.judging.paired import Difference, detectable
from learner.judging.pairs import Pair


def slices(pair: Pair, masks: Mapping[str, NDArray[np.bool_]], *, seed: int = 0) -> dict[str, Difference | None]:
    """Return the difference of accuracy on each part of the pair's sentences, by the mask's name; None if it is empty.

    A mask says of each of the pair's n sentences whether it belongs to the part: (n,).
    """
    before, after = pair.before.right, pair.after.right
    return {name: accuracy_difference(before[mask], after[mask], seed=seed) for name, mask in masks.items()}


def accuracy_difference(before: NDArray[np.bool_], after: NDArray[np.bool_], *, seed: int = 0) -> Difference | None:
    """Return the difference of accuracy of two models that are right or wrong on n sentences: (n,) each.

    Its interval is that of the paired bootstrap: resampling sentences resamples the numbers of those gained and lost.
    """
    n = len(before)
    if not n:
        return None
    accuracies = 100 * int(before.sum()) / n, 100 * int(after.sum()) / n
    if n < FEWEST:
        return Difference(*accuracies, None, n, None)
    gained, lost = int((after & ~before).sum()), int((before & ~after).sum())
    shares = np.array([gained, lost, n - gained - lost]) / n
    drawn = np.random.default_rng(seed).multinomial(n, shares, size=RESAMPLES)
    points = 100 * (drawn[:, 0] - drawn[:, 1]) / n
    return Difference(*accuracies, interval_of(points), n, detectable(points, of_sentences=n))
