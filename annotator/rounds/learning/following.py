"""Write a round's progress into its row, and check there whether it was cancelled."""

import logging
from typing import TYPE_CHECKING

from annotator.jobs import Pace
from db.errors import LostLog, StoreUnavailable
from db.learning import rounds
from db.learning.round_records import ProgressRow
from db.store import Store, now_ms
from learner.errors import TrainingCancelled

if TYPE_CHECKING:
    from learner.training.run import Progress

logger = logging.getLogger(__name__)


class RoundFollower:
    """Writes training's progress into the round's row, and asks it whether to stop."""

    def __init__(self, store: Store, round_id: int) -> None:
        self._store = store
        self._round_id = round_id
        self._pace = Pace()

    def report(self, progress: "Progress") -> None:
        """Write how far the training is, if it is time to."""
        if not self._pace.is_due(is_last=progress.step >= progress.steps_total):
            return
        self._write(
            ProgressRow(
                round_id=self._round_id,
                step=progress.step,
                steps_total=progress.steps_total,
                label_loss=progress.label_loss,
                saliency_loss=progress.saliency_loss,
                dev_loss=progress.dev_loss,
                dev_accuracy=progress.dev_accuracy,
                note="",
                at_ms=now_ms(),
            )
        )

    def report_reading(self, done: int, total: int, note: str) -> None:
        """Write how many sentences are read, if it is time to."""
        if self._pace.is_due(is_last=done >= total):
            self._write(ProgressRow(self._round_id, done, total, None, None, None, None, note, now_ms()))

    def _write(self, row: ProgressRow) -> None:
        try:
            rounds.report(self._store, row)
        except LostLog:
            raise
        except StoreUnavailable as error:
            logger.warning("step %d was not reported: %s", row.step, error)

    def should_stop(self) -> bool:
        """Return whether a person has cancelled the round; raises RoundEnded once its row says that it has ended."""
        rounds.check_working(self._store, self._round_id)
        return rounds.read(self._store, self._round_id).cancel_requested

    def give_up_if_cancelled(self) -> None:
        """Raise TrainingCancelled if a person has cancelled the round."""
        if self.should_stop():
            raise TrainingCancelled
