"""What two models look at and predict: the paper's appendix D, counted over all marked sentences of a test set."""

from collections.abc import Sequence
from typing import NamedTuple

from learner.data.example import Example
from learner.reproduction.trial import Outcome

CATEGORIES = {
    "both right, only the taught one looks": "samples 1–7",
    "both right, both look": "samples 8–11",
    "only the taught one is right and looks": "samples 12–14",
    "both wrong, both look": "samples 15–18",
    "only the untaught one is right, and does not look": "samples 19–21",
    "the taught one is wrong and does not look, the untaught one looks": "samples 22–23",
    "none of these": "",
}
"""The categories, and the samples of the paper's tables 3, 6 and 7 that show them.

A model looks if at least one `+` word is among its six most salient. It is right if it predicts the gold label.
"""


class Case(NamedTuple):
    """A marked test sentence with its category, and both models' most salient words."""

    row: int
    category: str
    untaught: tuple[list[int], list[float]]
    taught: tuple[list[int], list[float]]


def sort_sentences(test: Sequence[Example], untaught: Outcome, taught: Outcome) -> list[Case]:
    """Return the marked sentences of a test set in order, each with its category."""
    cases = []
    for (row, *base), (same, *other) in zip(untaught["top"], taught["top"], strict=True):
        if row != same:
            raise ValueError(f"found the words of sentences {row} and {same}, expected both of one test set")
        example = test[row]
        looks = [any((example.marks or "")[place] == "+" for place in places) for places, _ in (base, other)]
        right = [outcome["predicted"][row] == example.label for outcome in (untaught, taught)]
        cases.append(Case(row, _category(right[0], right[1], looks[0], looks[1]), tuple(base), tuple(other)))
    return cases


def _category(base_right: bool, taught_right: bool, base_looks: bool, taught_looks: bool) -> str:
    names = list(CATEGORIES)
    cases = {
        (True, True, False, True): names[0],
        (True, True, True, True): names[1],
        (False, True, False, True): names[2],
        (False, False, True, True): names[3],
        (True, False, False, True): names[4],
        (True, False, False, False): names[4],
        (True, False, True, False): names[5],
        (False, False, True, False): names[5],
    }
    return cases.get((base_right, taught_right, base_looks, taught_looks), names[6])
