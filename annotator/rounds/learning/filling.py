"""The queue of a round: what its acquisition may look at, what it chose, and the record of why.

Nothing of dev or test gets here. The sentences are those of the open pool without any text that is held out
(`annotator/rounds/learning/pool.py`), and what is known of answered ones comes from the training set's pool alone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotator.rounds.learning.pool import open_pool
from annotator.rounds.learning.pool_scores import PoolScores
from annotator.rounds.learning.training_set import TrainingSet
from annotator.rounds.settings import RoundSettings
from db.corpus import sentences
from db.queue.slots import QueueEntry
from db.store import Store

if TYPE_CHECKING:
    from learner.acquisition.choosing import QueueEntry as ChosenRow
    from learner.acquisition.pool import Features
    from learner.acquisition.word_rows import WordRows
    from learner.training.trained import TrainedModel

_AT_A_TIME = 500


def choose_head(
    store: Store, trained: "TrainedModel", training_set: TrainingSet, scores: PoolScores, settings: RoundSettings
) -> list[QueueEntry]:
    """Return the head of the queue that these settings ask for; it takes seconds, so call it outside a transaction.

    Sentences that the round has not scored, because nothing has read them yet, can be drawn at random.
    """
    from learner.acquisition.choosing import choose_queue
    from learner.acquisition.pool import Pool

    scored = scores.sentence_ids
    unscored = np.setdiff1d(np.array(open_pool(store), dtype=np.int64), scored)
    ids, unknown = np.concatenate([scored, unscored]), np.full((len(unscored), len(trained.labels)), np.nan, np.float32)
    chosen = choose_queue(
        Pool(
            np.concatenate([scores.probabilities, unknown]),
            trained.labels,
            features_of(store, trained, training_set, scores, ids=ids, seed=settings.seed),
        ),
        size=settings.queue_size,
        random_share=settings.random_share,
        acquisition=settings.acquisition,
        rng=np.random.default_rng(settings.seed),
    )
    return as_entries(chosen, ids)


def features_of(
    store: Store,
    trained: "TrainedModel",
    training_set: TrainingSet,
    scores: PoolScores,
    *,
    ids: NDArray[np.int64],
    seed: int,
) -> "Features":
    """Return what an acquisition can read of the sentences with these ids, the scored ones first."""
    from learner.acquisition.of_model import ModelFeatures
    from learner.acquisition.word_rows import take

    def saliency(rows: NDArray[np.int64]) -> "WordRows":
        return take(np.load(scores.file, mmap_mode="r")[:, 0], scores.offsets, rows)

    def texts(rows: NDArray[np.int64]) -> list[tuple[Sequence[str], Sequence[str] | None]]:
        return texts_of(store, ids[rows])

    return ModelFeatures(trained, texts=texts, scores=saliency, answered=training_set.examples["pool"], seed=seed)


def texts_of(store: Store, ids: NDArray[np.int64]) -> list[tuple[Sequence[str], Sequence[str] | None]]:
    """Return the words of these sentences and of their queries, in this order."""
    found = {
        sentence.id: (sentence.tokens, sentence.query_tokens)
        for start in range(0, len(ids), _AT_A_TIME)
        for sentence in sentences.of_ids(store, ids[start : start + _AT_A_TIME].tolist())
    }
    return [found[sentence_id] for sentence_id in ids.tolist()]


def as_entries(chosen: "Sequence[ChosenRow]", ids: NDArray[np.int64]) -> list[QueueEntry]:
    """Return what was chosen as entries of the store, for the sentences that the rows are."""
    return [QueueEntry(int(ids[one.row]), one.reason, one.score, one.probability, one.parts, one.why) for one in chosen]
