"""The figures that judge a round. Every share is a percentage, 0 to 100.

They are scikit-learn's, bit by bit, without its checks: those take 50 times as long as the figures of a sentence.
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
    labels, given = np.asarray(gold, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    right, of_label, of_given = (
        np.bincount(part, minlength=classes) for part in (labels[labels == given], labels, given)
    )
    counted = [POSITIVE_CLASS] if classes == 2 else slice(None)
    f1 = _shares(2 * right, of_label + of_given)
    return {
        "examples": len(labels),
        "accuracy": 100 * float((labels == given).mean()),
        "macro_f1": 100 * float(f1.mean()),
        "precision": 100 * float(_shares(right, of_given)[counted].mean()),
        "recall": 100 * float(_shares(right, of_label)[counted].mean()),
        "f1": 100 * float(f1[counted].mean()),
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
    precisions = [average_precision(z, scores) for scores, z in pairs if z.any() and not z.all()]
    return 100 * float(np.mean(precisions)) if precisions else None


def average_precision(relevant: NDArray[np.bool_], scores: Scores) -> float:
    """Return the average precision, 0 to 1, with which scores rank what is relevant, of which there is some.

    It is Σ (R_n - R_n-1) P_n over the different scores, the highest first: equal ones are at one place.
    """
    order = np.argsort(scores, kind="stable")[::-1]
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    found = np.cumsum(relevant[order])[last]
    recall = np.append((found / found[-1])[::-1], 0.0)
    return max(0.0, -float(np.sum(np.diff(recall) * (found / (last + 1))[::-1])))


def _shares(parts: NDArray[np.integer], wholes: NDArray[np.integer]) -> NDArray[np.floating]:
    shares: NDArray[np.floating] = np.divide(parts, wholes, out=np.zeros(len(parts)), where=wholes > 0)
    return shares


def _is_contributory(marks: str) -> NDArray[np.bool_]:
    return np.array([letter == "+" for letter in marks], dtype=bool)


def _percent(claims: NDArray[np.bool_]) -> float:
    return 100 * float(claims.mean())
