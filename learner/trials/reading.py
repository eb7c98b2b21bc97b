"""How far the reading is that many trials share, on standard error."""

import sys
import time

from learner.trials.parallel import minutes_left

SECONDS_BETWEEN_REPORTS = 15


class ReadingReport:
    """Say every 15 seconds how many sentences are read, and how long the rest takes; `name` is what reads them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._began = self._reported = time.monotonic()

    def __call__(self, read: int, of: int) -> None:
        """Say it, if it is time to."""
        now = time.monotonic()
        if now - self._reported < SECONDS_BETWEEN_REPORTS:
            return
        self._reported = now
        left = minutes_left(now - self._began, done=read, of=of)
        sys.stderr.write(f"{self._name}: {read:,} of {of:,} sentences read, {left} min left\n")
        sys.stderr.flush()
