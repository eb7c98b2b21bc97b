"""The stop set: sentences that no round learns from, on which two rounds are compared to see whether they still differ.

It is fixed for a project: the sentences of the pool in the order of a hash of the project's and the sentence's id. Two
rounds are compared on the first `MOST` of them that both have scored before anyone answered them.
"""

import numpy as np
from numpy.typing import NDArray

from annotator.rounds.learning.kept_scores import open_scores
from db.learning.round_records import Round
from db.store import Store
from db.team import project
from learner.judging.estimates import Stability, stability

MOST = 2000

_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def compare_on_stop_set(store: Store, before: Round, after: Round) -> Stability | None:
    """Return how far two rounds agree on the stop set; None if no open sentence was scored by both.

    Raises NoScores if the predictions of one of them are not kept.
    """
    first, second = (_of_open_pool(store, one) for one in (before, after))
    both = np.intersect1d(first[0], second[0])
    chosen = np.sort(both[np.argsort(place_in_stop_set(both, project.read(store).uid), kind="stable")][:MOST])
    return stability(*(labels[np.searchsorted(ids, chosen)] for ids, labels in (first, second)))


def place_in_stop_set(sentence_ids: NDArray[np.int64], project_uid: str) -> NDArray[np.uint64]:
    """Return a number per sentence, (n,), that orders the stop set: SplitMix64 of its id, from the project's uid."""
    mixed = sentence_ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(int(project_uid[:16], 16))
    for shift, factor in zip((30, 27), _MIX, strict=True):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * factor
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _of_open_pool(store: Store, one: Round) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ids, in order, of the sentences that were open when the round scored them, and its labels."""
    scores = open_scores(store, one).scores.first(int(one.metrics["scores"]["pool"]))
    order = np.argsort(scores.sentence_ids, kind="stable")
    return scores.sentence_ids[order], scores.labels[order]
