"""Let an earlier round serve, or one that was held back: its saliency shades the screen, its queue comes next."""

from collections.abc import Sequence

from annotator.errors import NotServable
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.files import faults_of
from annotator.wording import state_in_words
from db.finding import texts
from db.learning import predictions, rounds
from db.learning.round_records import Round
from db.queue import queue_entries, slots
from db.queue.slots import QueueEntry
from db.store import Store
from db.team import audit, project


def serve_round(store: Store, round_id: int, *, actor: Actor) -> Round:
    """Let a ready round serve from now on, and put what it chose and no one has answered at the head of the queue.

    The sentence that a person has on screen stays there. Raises NotServable for a twin, another seed of a round, and
    a round that is not ready, was freed, or has damaged files.
    """
    check_may_act(store, actor, least="researcher")
    _check_servable(rounds.read(store, round_id))
    _check_files(store, rounds.read(store, round_id))  # takes seconds, so before the lock
    head = _queue_of(store, round_id)
    with store.writing():
        check_may_act(store, actor, least="researcher")
        chosen = rounds.read(store, round_id)
        _check_servable(chosen)
        before = project.read(store).serving_round
        serve(store, round_id, head)
        audit.record(store, actor, "round served", {"round": round_id, "before": before})
    return chosen


def serve(store: Store, round_id: int, head: Sequence[QueueEntry]) -> None:
    """Let the round's saliency shade the screen, and put these sentences at the head of the queue; both or neither."""
    with store.writing():
        slots.refill(store, round_id, head)
        project.serve_round(store, round_id)


def _check_servable(chosen: Round) -> None:
    if chosen.twin_of is not None:
        raise NotServable(
            f"The twin of round {chosen.twin_of} is only there to be compared; to serve a model without the marks, "
            "start a round with the loss none."
        )
    if chosen.seed_of is not None:
        raise NotServable(
            f"Round {chosen.id} repeats round {chosen.seed_of} with another seed, only to be compared; serve round "
            f"{chosen.seed_of}, or start a round with the seed {chosen.seed}."
        )
    if chosen.state != "ready":
        raise NotServable(f"Round {chosen.name} {state_in_words(chosen)}; choose a round that is ready.")
    if chosen.freed_ms is not None:
        raise NotServable(f"The files of round {chosen.name} were freed to make room; start a new round.")


def _check_files(store: Store, chosen: Round) -> None:
    faults = faults_of(store, chosen)
    if faults:
        raise NotServable(f"Round {chosen.name} cannot serve: {faults[0]}; restore it, or choose another round.")


def _queue_of(store: Store, round_id: int) -> list[QueueEntry]:
    """Return what the round chose, but for texts that were imported into dev or test since."""
    held_out = texts.pool_held_out_elsewhere(store)
    return [entry for entry in _chosen_by(store, round_id) if entry.sentence_id not in held_out]


def _chosen_by(store: Store, round_id: int) -> list[QueueEntry]:
    """Return what the round chose; one of an older Whylight kept no order, so its predictions say what is unsure."""
    chosen = queue_entries.of_round(store, round_id)
    if chosen:
        return [
            QueueEntry(one.sentence_id, one.reason, one.score, one.probability, one.parts, one.why) for one in chosen
        ]
    unsure = sorted(
        (1 - (max(one.probabilities) - sorted(one.probabilities)[-2]), one.sentence_id)
        for one in predictions.of_round(store, round_id)
    )
    return [QueueEntry(sentence_id, "unsure", score) for score, sentence_id in reversed(unsure)]
