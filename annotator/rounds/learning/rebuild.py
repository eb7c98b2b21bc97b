"""Train a round again: on the same machine it is the same model, bit for bit."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.errors import CannotRebuild
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.learning.reading import open_encoder
from annotator.rounds.learning.teaching import teach
from annotator.rounds.learning.training_set import training_set_of
from annotator.rounds.settings import settings_of
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store
from db.team import audit

if TYPE_CHECKING:
    from learner.training.trained import TrainedModel

_AFTER_THE_CHECKPOINT = ("scores", "held_back")
"""The parts of a round's metrics that its checkpoint does not have."""


@dataclass(frozen=True)
class Rebuilt:
    """A round that was trained again."""

    round: str
    checkpoint_hash: str
    is_same: bool
    """Whether the checkpoint is the one that the round saved, bit for bit."""


def rebuild_round(store: Store, round_id: int, *, actor: Actor, out: Path | None = None) -> Rebuilt:
    """Train a ready round again from its answers, settings and seed, and compare the checkpoint with its record.

    The checkpoint is written to the new directory `out`, if one is given. Raises CannotRebuild for a round that was
    never ready, or whose answers are no longer what they were.
    """
    from learner.training.checkpoint import check_vacant, save_checkpoint

    check_may_act(store, actor, least="researcher")
    if out is not None:
        check_vacant(out)
    chosen = rounds.read(store, round_id)
    trained = _train_again(store, chosen)
    metrics = {name: value for name, value in chosen.metrics.items() if name not in _AFTER_THE_CHECKPOINT}
    with tempfile.TemporaryDirectory() as place:
        digest = save_checkpoint(trained, out or Path(place) / "checkpoint", metrics)
    rebuilt = Rebuilt(chosen.name, digest, digest == chosen.checkpoint_hash)
    with store.writing():
        audit.record(store, actor, "round rebuilt", {"round": chosen.name, "same": rebuilt.is_same})
    return rebuilt


def _train_again(store: Store, chosen: Round) -> "TrainedModel":
    if chosen.state != "ready":
        raise CannotRebuild(f"Round {chosen.name} is {chosen.state}; choose a round that is ready.")
    training_set = training_set_of(store, chosen)
    if training_set.hash != chosen.training_set_hash:
        raise CannotRebuild(
            f"The answers of round {chosen.name} are no longer what they were: an admission, a decision, a label or a "
            "rule for a word has changed since; start a new round."
        )
    settings = settings_of(chosen)
    return teach(store, training_set, settings, encoder=open_encoder(store, settings))
