"""The saves of this process, counted: how many answers came, what became of them, and how long they took."""

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The upper bounds of the histogram of seconds; a writer waits 30 s at most for its turn."""
OUTCOMES = ("saved", "surplus", "rejected")


class Saves:
    """Counts saves, of all sessions and threads together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.under_way = 0
        self.failed = 0
        self.outcomes: Counter[str] = Counter()
        self.seconds = 0.0
        self._by_bound = [0] * (len(BOUNDS_S) + 1)

    @contextmanager
    def counted(self, receipts: Sequence[Mapping[str, str]]) -> Iterator[None]:
        """Count one save while the block makes it: it adds to the receipts, and raises if the save fails."""
        began = time.monotonic()
        with self._lock:
            self.under_way += 1
        has_failed = True
        try:
            yield
            has_failed = False
        finally:
            self._finish(receipts, time.monotonic() - began, has_failed=has_failed)

    def durations(self) -> list[int]:
        """Return how many saves took at most as long as each bound, and how many there were in all."""
        with self._lock:
            counts = list(self._by_bound)
        return [sum(counts[: number + 1]) for number in range(len(counts))]

    def _finish(self, receipts: Sequence[Mapping[str, str]], seconds: float, *, has_failed: bool) -> None:
        with self._lock:
            self.under_way -= 1
            self.failed += has_failed
            self.outcomes.update(receipt["state"] for receipt in receipts)
            self.seconds += seconds
            self._by_bound[bisect_left(BOUNDS_S, seconds)] += 1


SAVES = Saves()
"""Those of this process, which serves one project."""
