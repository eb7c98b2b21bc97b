"""A trained round becomes ready: its predictions are stored, and it serves unless it is worse; all or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotator.rounds.learning.judgement import Judgement
from annotator.rounds.learning.pool_scores import PoolScores
from annotator.rounds.measuring.holding_back import HeldBack, reason_to_hold_back
from annotator.rounds.serve import serve
from annotator.rounds.settings import RoundSettings, can_have_twin
from annotator.rounds.twins import queue_twin
from db.finding import texts
from db.learning import judgements, predictions, rounds
from db.learning.round_records import Prediction, Round
from db.queue import claims, queue_entries
from db.queue.slots import QueueEntry
from db.records import OWNER, Actor
from db.store import Store
from db.team import audit, people
from learner.errors import TrainingCancelled
from learner.judging.judged import to_bytes


@dataclass(frozen=True)
class Landing:
    """All that a round brings when it is ready."""

    round: Round
    settings: RoundSettings
    head: Sequence[QueueEntry]
    """The sentences that it wants people to answer next; empty for a round that is only there to be compared."""
    pool: PoolScores
    """Of the open sentences of the pool alone."""
    judgement: Judgement
    saved: Mapping[str, Any]
    """Columns of its row: its files, and its metrics."""


def land(store: Store, landing: Landing) -> None:
    """Store what the round brings and mark it ready: all or nothing.

    A cancellation waits for the same lock: either it came first, or the round has ended.
    """
    this = landing.round
    # What takes seconds comes before the lock. An import may have held a text out since the round began.
    held_out = texts.pool_held_out_elsewhere(store)
    landing = replace(landing, head=[entry for entry in landing.head if entry.sentence_id not in held_out])
    judged = to_bytes(landing.judgement.judged)
    reason = None if this.is_companion else reason_to_hold_back(store, landing.judgement)
    with store.writing():
        if rounds.read(store, this.id).cancel_requested:
            raise TrainingCancelled
        judgements.add(store, this.id, judged)
        saved = dict(landing.saved)
        if not this.is_companion:
            saved["metrics"] = saved["metrics"] | _offer(store, landing, reason)
        rounds.advance(store, this.id, "ready", **saved)
        audit.record(store, starter_of(store, this), "round ready", {"round": this.name})
        if landing.settings.twin and can_have_twin(landing.settings):
            queue_twin(store, rounds.read(store, this.id))


def _offer(store: Store, landing: Landing, reason: HeldBack | None) -> dict[str, Any]:
    """Store the predictions and the queue, and serve unless there is a reason not to; return its facts."""
    this, scores = landing.round, landing.pool
    # Sentences that people hold are shaded as well: the one on screen stays there when a round lands.
    wanted = [*(entry.sentence_id for entry in landing.head), *claims.leased_sentences(store)]
    shaded = np.flatnonzero(np.isin(scores.sentence_ids, wanted)).tolist()
    predictions.add(store, [_prediction(this.id, scores, index) for index in shaded])
    queue_entries.add(store, this.id, landing.head)
    if reason is not None:
        return {"held_back": reason.facts()}
    serve(store, this.id, landing.head)
    return {}


def _prediction(round_id: int, scores: PoolScores, index: int) -> Prediction:
    own, gradient = scores.saliency(index)
    return Prediction(
        round_id=round_id,
        sentence_id=int(scores.sentence_ids[index]),
        label=int(scores.labels[index]),
        probabilities=tuple(scores.probabilities[index].tolist()),
        input_x_gradient=own,
        gradient=gradient,
    )


def starter_of(store: Store, this: Round) -> Actor:
    """Return the person who started the round; the owner of the file if no one did."""
    started_by = None if this.started_by is None else people.read(store, this.started_by)
    return started_by or OWNER
