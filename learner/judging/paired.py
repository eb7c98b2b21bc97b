"""Compare two models on the same sentences: each figure's difference, and whether it is more than luck."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from learner.judging.figures import FIGURES, Rows, columns_of, join, rows_of, values_of, values_of_all
from learner.judging.intervals import FEWEST, Interval, Values, interval_of, resample_sums
from learner.judging.judged import Judged
from learner.judging.pairs import Pair, match
from learner.judging.significance import two_sided_p

SIGNIFICANT = 0.05
_FOUR_IN_FIVE = 1.96 + 0.84  # standard errors: 95 % intervals exclude zero for a difference so large 4 times in 5
_FEWEST_GAINED = 6  # sentences; 2 / 2^6 is the first p below .05 where none is lost


@dataclass(frozen=True)
class Difference:
    """One figure of two models on the same sentences, in percent."""

    before: float
    after: float
    interval: Interval | None
    """Of the difference, in points; None below `FEWEST` sentences."""
    sentences: int
    """Those that both models have the figure of."""
    detectable: float | None
    """The smallest difference, in points, that this many sentences show 4 times in 5; None where nothing varies."""

    @property
    def points(self) -> float:
        """Return by how many percentage points the second model is higher."""
        return self.after - self.before


@dataclass(frozen=True)
class Comparison:
    """Two models on the sentences that both were judged on with the same gold label."""

    sentences: int
    only_before: int
    only_after: int
    other_gold: int
    """Sentences left out: judged for one model only, or with a gold label that changed in between."""
    other_marks: int
    """Sentences left out of the figures of marks, whose number of marked or visible words changed in between."""
    differences: Mapping[str, Difference | None]
    """By name, one of `FIGURES`; None for a figure that no sentence has in both."""
    gained: int
    """Sentences that only the second model gets right."""
    lost: int
    """Sentences that only the first model gets right."""
    p: float
    """McNemar's test of accuracy, exact and two-sided."""

    def is_shown(self, name: str) -> bool:
        """Return whether a figure's difference, by name, is more than chance explains: its interval excludes zero.

        For accuracy and macro-F1, McNemar's test has to agree: of few sentences, the interval alone is too narrow.
        """
        found = self.differences[name]
        if found is None or found.interval is None or not found.interval.excludes_zero:
            return False
        return name not in ("accuracy", "macro_f1") or self.p < SIGNIFICANT


def compare(before: Judged, after: Judged, *, seed: int = 0) -> Comparison:
    """Return how the second model differs from the first; the same for the same seed."""
    pair = match(before, after)
    gained = int((pair.after.right & ~pair.before.right).sum())
    lost = int((pair.before.right & ~pair.after.right).sum())
    return Comparison(
        sentences=len(pair),
        only_before=pair.only_before,
        only_after=pair.only_after,
        other_gold=pair.other_gold,
        other_marks=int((~pair.same_marks).sum()),
        differences=_differences(pair, seed),
        gained=gained,
        lost=lost,
        p=two_sided_p(gained, lost),
    )


def _differences(pair: Pair, seed: int) -> dict[str, Difference | None]:
    from scipy.sparse import hstack

    rows = _rows_of_both(pair)
    classes = max(pair.before.probabilities.shape[1], pair.after.probabilities.shape[1])
    columns = [columns_of(judged, rows, classes=classes) for judged in (pair.before, pair.after)]
    before, after = (values_of_all(each) for each in columns)
    resampled: dict[str, Values] = {}
    if len(pair) >= FEWEST:
        both = hstack(columns, format="csr")
        resampled = join([_subtract(sums) for sums in resample_sums(both, seed=seed)])
    return {
        name: _difference(before[name], after[name], resampled.get(name), int(rows[name].sum()), name)
        for name in FIGURES
    }


def _rows_of_both(pair: Pair) -> dict[str, Rows]:
    """Return the sentences that each figure is of in both models."""
    before, after, same_marks = rows_of(pair.before), rows_of(pair.after), pair.same_marks
    return {
        name: rows & after[name] & (same_marks | (name in ("accuracy", "macro_f1"))) for name, rows in before.items()
    }


def _subtract(sums: Values) -> dict[str, Values]:
    """Return the differences of the figures from the sums of both models' columns."""
    before, after = (values_of(half) for half in np.split(sums, 2))
    return {name: after[name] - before[name] for name in FIGURES}


def _difference(
    before: float | None, after: float | None, resampled: Values | None, sentences: int, name: str
) -> Difference | None:
    if before is None or after is None:
        return None
    if resampled is None or sentences < FEWEST:
        return Difference(before, after, None, sentences, None)
    return Difference(
        before,
        after,
        interval_of(resampled),
        sentences,
        detectable(resampled, of_sentences=sentences if name == "accuracy" else None),
    )


def detectable(resampled: Values, *, of_sentences: int | None = None) -> float | None:
    """Return the smallest difference that is shown 4 times in 5, from the difference's values in resamples.

    For accuracy, six of its sentences are the least: McNemar's test calls no fewer more than luck.
    """
    least = 100 * _FEWEST_GAINED / of_sentences if of_sentences else 0.0
    return max(_FOUR_IN_FIVE * float(np.nanstd(resampled)), least) or None


def in_words(comparison: Comparison, *, of: str = "test") -> str:
    """Return what the comparison shows about accuracy, as the end of a sentence about the second model."""
    accuracy = comparison.differences["accuracy"]
    if accuracy is None:
        return f"no {of} sentences that both models were measured on"
    if accuracy.interval is None or accuracy.detectable is None:
        return f"too few {of} sentences to compare ({accuracy.sentences}; it takes {FEWEST})"
    if not comparison.gained and not comparison.lost:
        right = round(accuracy.after * accuracy.sentences / 100)
        return f"right about the same {right:,} of {accuracy.sentences:,} {of} sentences"
    if not comparison.is_shown("accuracy"):
        return (
            f"no difference in accuracy that {accuracy.sentences:,} {of} sentences could show: "
            f"it would take about {accuracy.detectable:.1f} points"
        )
    low, high = sorted((abs(accuracy.interval.low), abs(accuracy.interval.high)))
    direction = "more" if accuracy.points > 0 else "less"
    return f"{abs(accuracy.points):.1f} points {direction} accurate ({low:.1f} to {high:.1f})"
