"""Calibration: whether a model is right as often as it is sure."""

import numpy as np
from numpy.typing import NDArray

BINS = 15


def calibration_error(probabilities: NDArray[np.floating], gold: NDArray[np.integer], *, bins: int = BINS) -> float:
    """Return the expected calibration error, in percent: how far confidence and accuracy are apart (Guo et al. 2017).

    probabilities  (n, labels), at least one row
    gold           (n,)

    The confidence is that of the likeliest label. The sentences are divided into `bins` of equal width by it; the
    differences of the means are weighted by the bins' sizes.
    """
    confidence = probabilities.max(axis=1).astype(float)
    right = (probabilities.argmax(axis=1) == gold).astype(float)
    of_bin = np.minimum((confidence * bins).astype(int), bins - 1)
    differences = np.bincount(of_bin, weights=right - confidence, minlength=bins)
    return 100 * float(np.abs(differences).sum()) / len(gold)
