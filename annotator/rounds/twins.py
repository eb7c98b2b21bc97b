"""The twin of a round: the same training on the same answers, without the marks."""

from dataclasses import asdict

from annotator.errors import CannotTrain
from annotator.rounds.settings import can_have_twin, of_twin, settings_of
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store


def queue_twin(store: Store, of_round: Round) -> Round:
    """Queue the twin of a ready round: the same answers, settings and seed, with λ = 0.

    Raises CannotTrain for a round that cannot have one, and RoundInProgress for one that has it already.
    """
    if of_round.twin_of is not None or of_round.state != "ready" or of_round.deleted_ms is not None:
        raise CannotTrain(f"Round {of_round.name} cannot have a twin; choose a round that is ready.")
    settings = settings_of(of_round)
    if not can_have_twin(settings):
        raise CannotTrain(f"Round {of_round.name} learned nothing from the marks, so its twin would be the same.")
    return rounds.queue(
        store,
        config=asdict(of_twin(settings)),
        seed=of_round.seed,
        last_annotation=of_round.last_annotation,
        started_by=of_round.started_by,
        twin_of=of_round.id,
    )
