"""What a round asks for where a pool outside the project is attached; `annotator/outside/` answers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.rounds.learning.reading import Report
from annotator.rounds.learning.training_set import TrainingSet
from annotator.rounds.settings import RoundSettings
from db.learning.round_records import Round
from db.queue.slots import QueueEntry
from db.store import Store

if TYPE_CHECKING:
    from learner.training.trained import TrainedModel


@dataclass(frozen=True)
class Learned:
    """A round that has learned, and is to choose the head of the queue."""

    round: Round
    settings: RoundSettings
    trained: "TrainedModel"
    training_set: TrainingSet
    pool: Sequence[int]
    """The open sentences of the project that it scores."""
    checkpoint: Path
    report: Report
    check_wanted: Callable[[], None]
    """Raises once the round was cancelled or given up."""


ChooseOutside = Callable[[Store, Learned], list[QueueEntry] | None]
"""Returns the head of the queue, whose sentences are in the project by then; None if no pool is attached."""
