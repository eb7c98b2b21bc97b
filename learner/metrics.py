"""The figures that judge a round. Every share is a percentage, 0 to 100.

Only the functions that need scikit-learn import it, so that importing this module stays cheap.
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
    from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

    every_class = list(range(classes))
    averaged = {"labels": [POSITIVE_CLASS] if classes == 2 else every_class, "average": "macro", "zero_division": 0}
    precision, recall, f1, _ = precision_recall_fscore_support(gold, predicted, **averaged)
    return {
        "examples": len(gold),
        "accuracy": 100 * float(accuracy_score(gold, predicted)),
        "macro_f1": 100 * float(f1_score(gold, predicted, labels=every_class, average="macro", zero_division=0)),
        "precision": 100 * float(precision),
        "recall": 100 * float(recall),
        "f1": 100 * float(f1),
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
    from sklearn.metrics import average_precision_score

    pairs = [(scores, _is_contributory(letters)) for scores, letters in zip(saliency, marks, strict=True)]
    precisions = [average_precision_score(z, scores) for scores, z in pairs if z.any() and not z.all()]
    return 100 * float(np.mean(precisions)) if precisions else None


def _is_contributory(marks: str) -> NDArray[np.bool_]:
    return np.array([letter == "+" for letter in marks], dtype=bool)


def _percent(claims: NDArray[np.bool_]) -> float:
    return 100 * float(claims.mean())
