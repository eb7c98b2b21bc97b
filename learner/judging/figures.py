"""The figures of a model on judged sentences, in percent, as functions of sums over these sentences.

accuracy                    sentences predicted with their gold label
macro_f1                    the mean F1 of all labels; a label that never occurs and is never predicted counts as 0
average_precision           the mean precision with which the shown saliency ranks the marked words
share_marked                the mean share of the absolute saliency that is on marked words
saliency_accuracy           marked words that the paper's view counts for the gold label
saliency_accuracy_unmarked  the same of the other words of sentences with marks: its complement
delta_tpr                   100 (TPR0 - TPR1) / TPR0, TPR1 without the marked words
delta_tpr_control           the same without as many random other words

They equal those of learner/metrics.py and learner/judging/faithfulness.py for sentences that the model sees whole: a
judged sentence has only the words that the model sees.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner.judging.intervals import FEWEST, Estimate, Values, interval_of, resample_sums
from learner.judging.judged import Judged

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FIGURES = (
    "accuracy",
    "macro_f1",
    "average_precision",
    "share_marked",
    "saliency_accuracy",
    "saliency_accuracy_unmarked",
    "delta_tpr",
    "delta_tpr_control",
)
_RATIOS = tuple(name for name in FIGURES if name != "macro_f1")

Rows = NDArray[np.bool_]


def estimate_figures(judged: Judged, *, seed: int = 0) -> dict[str, Estimate | None]:
    """Return every figure of one model with its bootstrap interval; None for a figure of no sentence."""
    rows = rows_of(judged)
    columns = columns_of(judged, rows, classes=judged.probabilities.shape[1])
    values = values_of_all(columns)
    resampled: dict[str, Values] = {}
    if len(judged) >= FEWEST:
        resampled = join([values_of(sums) for sums in resample_sums(columns, seed=seed)])
    return {name: _estimate(values[name], resampled.get(name), int(rows[name].sum())) for name in FIGURES}


def _estimate(value: float | None, resampled: Values | None, sentences: int) -> Estimate | None:
    if value is None:
        return None
    is_enough = resampled is not None and sentences >= FEWEST
    return Estimate(value, interval_of(resampled) if resampled is not None and is_enough else None, sentences)


def rows_of(judged: Judged) -> dict[str, Rows]:
    """Return the sentences that each figure is of."""
    every, marked = np.ones(len(judged), dtype=bool), judged.marked > 0
    return {
        "accuracy": every,
        "macro_f1": every,
        "average_precision": ~np.isnan(judged.precision),
        "share_marked": ~np.isnan(judged.share),
        "saliency_accuracy": marked,
        "saliency_accuracy_unmarked": marked & (judged.unmarked > 0),
        "delta_tpr": judged.without_marked >= 0,
        "delta_tpr_control": judged.without_others >= 0,
    }


class _Ratio(NamedTuple):
    """A figure is 100 x the sum of the numerators / the sum of the denominators: (n,) each."""

    numerator: NDArray[np.generic]
    denominator: NDArray[np.generic]


def _ratios(judged: Judged) -> dict[str, _Ratio]:
    ones, right = np.ones(len(judged)), judged.right.astype(int)
    return {
        "accuracy": _Ratio(right, ones),
        "average_precision": _Ratio(judged.precision, ones),
        "share_marked": _Ratio(judged.share, ones),
        "saliency_accuracy": _Ratio(judged.marked_positive, judged.marked),
        "saliency_accuracy_unmarked": _Ratio(judged.unmarked_positive, judged.unmarked),
        "delta_tpr": _Ratio(right - judged.without_marked, right),
        "delta_tpr_control": _Ratio(right - judged.without_others, right),
    }


def columns_of(judged: Judged, rows: Mapping[str, Rows], *, classes: int) -> "csr_array":
    """Return what each sentence adds to the sums: (n, columns), 0 for the figures of whose `rows` it is none.

    The columns: the numerators, the denominators, then for each label the sentences rightly predicted with it, and
    those with this gold label plus those predicted with it.
    """
    from scipy.sparse import csr_array, hstack

    ratios = _ratios(judged)
    parts = [np.where(rows[name], ratios[name].numerator, 0) for name in _RATIOS]
    parts += [np.where(rows[name], ratios[name].denominator, 0) for name in _RATIOS]
    gold, predicted = one_hot(judged.gold, classes), one_hot(judged.predicted, classes)
    return hstack([csr_array(np.stack(parts, axis=1).astype(float)), gold * predicted, gold + predicted], format="csr")


def one_hot(labels: NDArray[np.integer], classes: int) -> "csr_array":
    """Return 1 in the column of each row's label: (n, classes)."""
    from scipy.sparse import csr_array

    rows = np.arange(len(labels))
    return csr_array((np.ones(len(labels)), (rows, labels.astype(np.int64))), shape=(len(labels), classes))


def values_of(sums: Values) -> dict[str, Values]:
    """Return r values of each figure from sums of the columns, (columns, r); NaN where nothing is to divide by."""
    count = len(_RATIOS)
    numerators, denominators = sums[:count], sums[count : 2 * count]
    ratios = np.divide(100 * numerators, denominators, out=np.full_like(numerators, np.nan), where=denominators > 0)
    hits, sizes = np.split(sums[2 * count :], 2)
    f1 = np.divide(200 * hits, sizes, out=np.zeros_like(hits), where=sizes > 0).mean(axis=0)
    f1[denominators[0] == 0] = np.nan  # no sentence at all
    return dict(zip(_RATIOS, ratios, strict=True)) | {"macro_f1": f1}


def values_of_all(columns: "csr_array") -> dict[str, float | None]:
    """Return the figures of all sentences; None where there is nothing to divide by."""
    values = values_of(np.asarray(columns.sum(axis=0), dtype=float)[:, None])
    return {name: None if np.isnan(value[0]) else float(value[0]) for name, value in values.items()}


def join(parts: list[dict[str, Values]]) -> dict[str, Values]:
    """Return the figures' values in all resamples, of parts of them."""
    return {name: np.concatenate([part[name] for part in parts]) for name in FIGURES}
