"""The process that looks again at the answers that the round that serves has learned from.

`python -m annotator.rounds.looking_again.look_again_process PROJECT ROUND`, started by
`annotator/rounds/looking_again/look_again.py`. Rounds come first: while one is at work, it waits.
"""

import logging
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from annotator.jobs import Pace, job_to_do
from annotator.processes import process_start
from annotator.rounds.learning.process import as_sentence
from annotator.rounds.looking_again.cross_validation import FOLDS, cross_validate, save_confidences
from annotator.rounds.looking_again.look_again_files import STATE, Looking, result_file, set_process
from annotator.rounds.start import settle
from db.learning import rounds
from db.store import Store, now_ms

if TYPE_CHECKING:
    from learner.training.run import Progress

logger = logging.getLogger(__name__)


def look_again(store: Store, round_id: int, *, pause: Callable[[], None] = lambda: time.sleep(1)) -> None:
    """Train without each part of the answers in turn, and write the result into the round's folder.

    `pause` is called again and again while a round is at work.
    """
    follower = _Follower(store, round_id, pause)
    try:
        follower.wait_for_rounds()
        found = cross_validate(store, rounds.read(store, round_id), follow=follower.of_training)
        save_confidences(found, result_file(store, round_id))
        STATE.remove(store, round_id)
    except Exception as error:
        if _is_deleted(store, round_id):  # its folder is gone, and whatever could not be written there
            logger.warning("Round %s was deleted, so looking again with its settings ended.", round_id)
            return
        logger.exception("looking again failed")
        follower.write(error=as_sentence(error))


class _RoundDeleted(Exception):
    """The round by whose settings this process looks was deleted, and with it the folder for the result."""


def _is_deleted(store: Store, round_id: int) -> bool:
    return rounds.read(store, round_id).deleted_ms is not None


class _Follower:
    """Writes how far it is, and makes room for rounds."""

    def __init__(self, store: Store, round_id: int, pause: Callable[[], None]) -> None:
        self._store, self._round_id, self._pause = store, round_id, pause
        self._pace = Pace()
        self._training, self._done = 0, 0.0
        self._began, self._begun_ms, self._waited_s = time.monotonic(), now_ms(), 0.0

    def of_training(self, number: int) -> "_Follower":
        """Follow this training, which counts from 0."""
        self._training = number
        return self

    def report(self, progress: "Progress") -> None:
        self._done = (self._training + progress.step / max(1, progress.steps_total)) / FOLDS
        if self._pace.is_due():
            self.write()

    def should_stop(self) -> bool:
        self.wait_for_rounds()
        return False

    def wait_for_rounds(self) -> None:
        """Return once no round is at work."""
        began, waited = time.monotonic(), False
        while (working := rounds.in_progress(self._store)) is not None:
            self.write(waits_for=working.name)
            waited = True
            self._pause()
            settle(self._store)  # a round whose process was killed must not keep it waiting
        if waited:
            self._waited_s += time.monotonic() - began
            self.write()

    def write(self, *, waits_for: str | None = None, error: str | None = None) -> None:
        if _is_deleted(self._store, self._round_id):
            raise _RoundDeleted
        seconds = round(time.monotonic() - self._began - self._waited_s, 1)
        me = os.getpid()
        looking = Looking(self._done, seconds, self._begun_ms, waits_for, error, me, process_start(me))
        STATE.write(self._store, self._round_id, looking)


def main() -> None:
    """Look again by the settings of the round that the command line names."""
    os.umask(0o077)  # what it writes is for the project's owner alone
    with job_to_do(set_process, niceness=15) as (store, round_id):
        look_again(store, round_id)


if __name__ == "__main__":
    main()
