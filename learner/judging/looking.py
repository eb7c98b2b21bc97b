"""The six categories of the paper's appendix D: what each of two models predicts and looks at, for a marked sentence.

A model is right if it predicts the gold label. It looks if a `+` word is among its most salient ones.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_TITLES = (
    "both right, only {after} looks",
    "both right, both look",
    "only {after} is right and looks",
    "both wrong, both look",
    "only {before} is right, and does not look",
    "{after} is wrong and does not look, {before} looks",
    "none of these",
)
_NONE = len(_TITLES) - 1


class Case(NamedTuple):
    """Two models on one sentence."""

    right_before: bool
    right_after: bool
    looks_before: bool
    looks_after: bool


_CATEGORIES = {
    Case(True, True, False, True): 0,
    Case(True, True, True, True): 1,
    Case(False, True, False, True): 2,
    Case(False, False, True, True): 3,
    Case(True, False, False, True): 4,
    Case(True, False, False, False): 4,
    Case(True, False, True, False): 5,
    Case(False, False, True, False): 5,
}


def titles(*, before: str, after: str) -> tuple[str, ...]:
    """Return the titles of the six categories and of the rest, with these names for the two models."""
    return tuple(title.format(before=before, after=after) for title in _TITLES)


def category_of(case: Case) -> int:
    """Return the place of a sentence's category in `titles`."""
    return _CATEGORIES.get(case, _NONE)


def count_categories(
    right_before: NDArray[np.bool_],
    right_after: NDArray[np.bool_],
    looks_before: NDArray[np.bool_],
    looks_after: NDArray[np.bool_],
) -> list[int]:
    """Return how many sentences are in each category, in the order of `titles`: (n,) each."""
    of_code = np.array([category_of(Case(*case)) for case in product((False, True), repeat=4)])
    code = 8 * right_before + 4 * right_after + 2 * looks_before + looks_after
    return [int(count) for count in np.bincount(of_code[code], minlength=len(_TITLES))]
