"""Plausibility: whether a model's explanations agree with people's marks, by the conventions of ERASER.

ERASER is the benchmark of DeYoung et al. 2020. Scores are arrays, one number per word of each sentence;
marks are letters, a `+` for each word of the rationale. A figure is a percentage, 0 to 100, of the
sentences that have a `+`. If a figure needs chosen words, and a model only has scores, it uses the
words with the highest scores: `top_words`.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner.metrics import Figures, Scores, mean_average_precision

Chosen = NDArray[np.bool_]

_OVERLAP = 0.5


def plausibility(scores: Sequence[Scores], marks: Sequence[str]) -> Figures:
    """Return all figures of this module for the sentences with a `+`; empty if there is none.

    The share of each sentence that is chosen is the share that people marked on average, as when
    ERASER turns scores into rationales.
    """
    pairs = [(of_words, letters) for of_words, letters in zip(scores, marks, strict=True) if "+" in letters]
    if not pairs:
        return {}
    scores, marks = [of_words for of_words, _ in pairs], [letters for _, letters in pairs]
    share = float(np.mean([letters.count("+") / len(letters) for letters in marks]))
    chosen = [top_words(of_words, share) for of_words in scores]
    figures: Figures = {
        "token_f1": token_f1(chosen, marks),
        "iou_f1": iou_f1(chosen, marks),
        "iou_f1_macro": iou_f1_macro(chosen, marks),
    }
    of_ranking = {
        "auprc": auprc(scores, marks),
        "average_precision": mean_average_precision(scores, marks),
        "r_precision": r_precision(scores, marks),
    }
    return figures | {name: value for name, value in of_ranking.items() if value is not None}


def top_words(scores: Scores, share: float) -> Chosen:
    """Choose the words with the highest scores: `share` of the sentence, at least one, the first at a tie."""
    count = max(1, math.ceil(share * len(scores) - 1e-9))
    chosen = np.zeros(len(scores), dtype=bool)
    chosen[np.argsort(-scores, kind="stable")[:count]] = True
    return chosen


def token_f1(chosen: Sequence[Chosen], marks: Sequence[str]) -> float:
    """Return the mean over sentences of the F1 of the chosen words; 0 if no word is right."""
    values = []
    for words, z in zip(chosen, map(_marked, marks), strict=True):
        shared = int((words & z).sum())
        values.append(2 * shared / (int(words.sum()) + int(z.sum())))
    return 100 * float(np.mean(values))


def iou_f1(chosen: Sequence[Chosen], marks: Sequence[str]) -> float:
    """Return the F1 of the chosen spans pooled over all sentences (ERASER's micro figure), matched by overlap.

    A span is a run of words. A chosen span hits if its intersection over union with a marked
    span is one half or more. Precision is hits / chosen spans, recall hits / marked spans, as
    ERASER counts: both halves of a marked span may be hits.
    """
    counts = [_count_spans(words, z) for words, z in zip(chosen, map(_marked, marks), strict=True)]
    hits = sum(spans.hits for spans in counts)
    return 200 * hits / sum(spans.chosen + spans.marked for spans in counts) if hits else 0.0


def iou_f1_macro(chosen: Sequence[Chosen], marks: Sequence[str]) -> float:
    """Return the F1 of the sentences' mean precision and mean recall (ERASER's macro figure), otherwise as `iou_f1`."""
    counts = [_count_spans(words, z) for words, z in zip(chosen, map(_marked, marks), strict=True)]
    precision = np.mean([spans.hits / spans.chosen if spans.chosen else 0.0 for spans in counts])
    recall = np.mean([spans.hits / spans.marked if spans.marked else 0.0 for spans in counts])
    return float(200 * precision * recall / (precision + recall)) if precision + recall else 0.0


def auprc(scores: Sequence[Scores], marks: Sequence[str]) -> float | None:
    """Return the mean over sentences of the area under the precision-recall curve, by trapezoids as in ERASER.

    Average precision, which does not interpolate, is lower. Sentences whose words are all marked
    have no ranking and are left out; None if all are.
    """
    from sklearn.metrics import auc, precision_recall_curve

    areas = []
    for of_words, z in zip(scores, map(_marked, marks), strict=True):
        if z.any() and not z.all():
            precision, recall, _ = precision_recall_curve(z, of_words)
            areas.append(auc(recall, precision))
    return 100 * float(np.mean(areas)) if areas else None


def r_precision(scores: Sequence[Scores], marks: Sequence[str]) -> float | None:
    """Return the mean over sentences of the share of marked words among the R highest, R the number of marked words.

    Sentences whose words are all marked are left out; None if all are.
    """
    shares = []
    for of_words, z in zip(scores, map(_marked, marks), strict=True):
        if z.any() and not z.all():
            highest = np.argsort(-of_words, kind="stable")[: z.sum()]
            shares.append(z[highest].mean())
    return 100 * float(np.mean(shares)) if shares else None


def _marked(letters: str) -> Chosen:
    return np.array([letter == "+" for letter in letters], dtype=bool)


class _Spans(NamedTuple):
    """Counts of the spans of one sentence; `hits` are chosen spans."""

    hits: int
    chosen: int
    marked: int


def _count_spans(words: Chosen, z: Chosen) -> _Spans:
    chosen, marked = _spans(words), _spans(z)
    hits = sum(max((_overlap(span, other) for other in marked), default=0.0) >= _OVERLAP for span in chosen)
    return _Spans(hits, len(chosen), len(marked))


def _spans(words: Chosen) -> list[tuple[int, int]]:
    """Return the runs of chosen words as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], words, [False]]).astype(int)))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> float:
    shared = max(0, min(one[1], other[1]) - max(one[0], other[0]))
    return shared / (one[1] - one[0] + other[1] - other[0] - shared)
