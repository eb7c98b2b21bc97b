"""How the time of something grows with its input: a ratio within one run, which no slower machine changes."""

import time
from collections.abc import Callable

TIMES = 8
"""How much larger the larger input is."""
PROPORTIONAL = 3 * TIMES
"""A ratio below this is not quadratic growth, which would be `TIMES` squared.

It leaves room for a machine that stalls.
"""


def growth(act: Callable[[int], object], size: int) -> float:
    """Return how many times the CPU seconds of `act(size)` the input that is `TIMES` larger takes."""
    return _least_seconds(act, TIMES * size) / _least_seconds(act, size)


def _least_seconds(act: Callable[[int], object], size: int) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        act(size)
        taken.append(time.process_time() - began)
    return min(taken)
