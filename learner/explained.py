"""The label whose words are shown: a choice that the model's predictions and the page share. Torch-free."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def explained_labels(probabilities: NDArray[Any], constant_labels: Sequence[int]) -> NDArray[np.int64]:
    """Return for each row of (rows, labels) the likeliest label that words can speak for; the first of equals.

    That is the predicted label, unless the model answers it with a constant: then no word speaks for it, and
    the likeliest of the others is explained.
    """
    spoken_for = np.array([label for label in range(probabilities.shape[1]) if label not in constant_labels])
    labels: NDArray[np.int64] = spoken_for[probabilities[:, spoken_for].argmax(axis=1)]
    return labels
