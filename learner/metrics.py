"""The figures that judge a round. Every share is a percentage, 0 to 100.

The figures are those of scikit-learn, to the last bit. To import it takes longer than a short training,
and a call of it longer than a step: so they are counted here.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
Figures = dict[str, float | int]

POSITIVE_CLASS = 1


def classification_figures(gold: Sequence[int], predicted: Sequence[int], *, classes: int) -> Figures:
    """Return accuracy, macro-F1, and precision, recall and F1.

    With two classes the last three are those of class 1, as in the paper; with more they are
    macro averages. `positive_class` says which: 1, or -1 for the average. A class that is never
    predicted, or has no examples, counts as 0.
    """
    if not gold:
        raise ValueError("there are no answers to judge")
    told, said = np.asarray(gold), np.asarray(predicted)
    right, there, named = (np.bincount(each, minlength=classes) for each in (told[told == said], told, said))
    precisions, recalls = _shares(right, named), _shares(right, there)
    f1s = _shares(2 * right, there + named)
    judged = [POSITIVE_CLASS] if classes == 2 else list(range(classes))
    return {
        "examples": len(gold),
        "accuracy": _percent(told == said),
        "macro_f1": 100 * float(f1s.mean()),
        "precision": 100 * float(precisions[judged].mean()),
        "recall": 100 * float(recalls[judged].mean()),
        "f1": 100 * float(f1s[judged].mean()),
        "positive_class": POSITIVE_CLASS if classes == 2 else -1,
    }


def saliency_accuracy(saliency: Sequence[Scores], marks: Sequence[str]) -> Figures:
    """Return the share of `+` words whose saliency is positive, always with its complement.

    `saliency` has one array per sentence, one number per word. Only sentences with a `+` count, all
    their words alike:

    - `marked`: 100 · |{i: Z_i = 1, G_i > 0}| / |{i: Z_i = 1}|, the paper's saliency accuracy (strictly >);
    - `unmarked`: the same share of the words with Z_i = 0. A model that makes every word positive has 100 and 100;
    - `zeros`: the share of the marked words with G_i exactly 0, which `marked` counts as failures.

    A share of no words is left out.
    """
    pairs = [(scores, _is_contributory(letters)) for scores, letters in zip(saliency, marks, strict=True)]
    marked = [(scores, z) for scores, z in pairs if z.any()]
    if not marked:
        return {}
    scores, z = (np.concatenate(parts) for parts in zip(*marked, strict=True))
    figures: Figures = {"marked": _percent(scores[z] > 0), "zeros": _percent(scores[z] == 0)}
    return figures if z.all() else figures | {"unmarked": _percent(scores[~z] > 0)}


def mean_average_precision(saliency: Sequence[Scores], marks: Sequence[str]) -> float | None:
    """Return the mean over sentences of the average precision with which the saliency ranks the `+` words.

    Sentences with no `+`, or with nothing else, have no ranking and are skipped; None if all are.
    """
    pairs = [(scores, _is_contributory(letters)) for scores, letters in zip(saliency, marks, strict=True)]
    precisions = [_average_precision(scores, z) for scores, z in pairs if z.any() and not z.all()]
    return 100 * float(np.mean(precisions)) if precisions else None


def _average_precision(scores: Scores, is_right: NDArray[np.bool_]) -> float:
    """Return Σ_n (R_n - R_n-1) P_n over the distinct scores, from the highest down; equal ones are one step."""
    if not np.isfinite(scores).all():
        raise ValueError("a saliency is not a finite number")
    order = np.argsort(scores, kind="stable")[::-1]
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    hits = np.cumsum(is_right[order], dtype=float)[ends]
    precision, recall = hits / (1 + ends), hits / hits[-1]
    # Summed from the lowest score up, as scikit-learn does.
    gained = np.diff(np.append(recall[::-1], 0.0))
    return max(0.0, float(-np.sum(gained * precision[::-1])))


def _shares(counts: NDArray[np.integer], of: NDArray[np.integer]) -> Scores:
    """Return each share; one of nothing is 0."""
    shares: Scores = np.divide(counts, of, out=np.zeros(len(counts)), where=of > 0)
    return shares


def _is_contributory(marks: str) -> NDArray[np.bool_]:
    return np.array([letter == "+" for letter in marks], dtype=bool)


def _percent(claims: NDArray[np.bool_]) -> float:
    return 100 * float(claims.mean())
