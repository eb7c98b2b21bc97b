"""BALD (Houlsby et al. 2011), by dropout (Gal et al. 2017): where readings of one model contradict each other.

    score = H(mean of the readings) - mean of H(reading)

the information that the label would give about the weights, in nats.
"""

import numpy as np
from scipy.special import entr

from learner.acquisition.pool import Array, Pool
from learner.acquisition.protocol import Acquisition, Scored


def information(passes: Array) -> Array:
    """Return the mutual information of label and weights for (readings, rows, labels): (rows,), 0 or more."""
    whole = entr(passes.mean(axis=0)).sum(axis=-1)
    each = np.mean([entr(reading).sum(axis=-1) for reading in passes], axis=0)
    return np.asarray(np.maximum(whole - each, 0.0))


def _bald(pool: Pool, size: int, rng: np.random.Generator) -> Scored:
    passes = pool.features.passes(pool.own_rows)
    scores = information(passes)
    predicted = np.asarray(passes.mean(axis=0).argmax(axis=1))

    def why(row: int) -> str:
        of_label = passes[:, row, predicted[row]]
        return (
            f"{len(passes)} readings with dropout give {pool.label(int(predicted[row]))} {of_label.min():.2f} to "
            f"{of_label.max():.2f}: its label would tell {scores[row]:.3f} nats about the model."
        )

    return Scored(scores, why)


bald = Acquisition(_bald, of_candidates=True)
