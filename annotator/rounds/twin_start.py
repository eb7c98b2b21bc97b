"""Train the twin of a round that was trained without one."""

from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.start import start_next
from annotator.rounds.twins import queue_twin
from db import audit, rounds
from db.records import Round
from db.store import Store


def start_twin(store: Store, round_id: int, *, actor: Actor) -> Round:
    """Queue the twin of a ready round, start it once its turn comes, and return its row.

    Raises CannotTrain for a round that cannot have one, and RoundInProgress for one that has it already.
    """
    with store.writing():
        check_may_act(store, actor, least="researcher")
        queued = queue_twin(store, rounds.read(store, round_id))
        audit.record(store, actor, "twin started", {"round": queued.name})
    start_next(store)
    return rounds.read(store, queued.id)
